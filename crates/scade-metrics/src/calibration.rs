//! Calibration metrics. Also defined when only one class is present.

use crate::Scores;

/// Number of bins of [`Scores::ece`], as commonly published.
const ECE_BINS: usize = 15;

/// Probabilities closer than this to 0 or 1 are clipped before the logarithm.
pub(crate) const LOG_CLIP: f64 = 1e-7;

impl Scores<'_> {
    /// Brier score: the mean squared distance from the label (fake 1, real 0); 0..=1, lower is
    /// better.
    #[must_use]
    pub fn brier(&self) -> f64 {
        self.mean_of(squared_error)
    }

    /// Log loss in nats: the mean of `−ln` of the probability given to the true class, scores
    /// clipped to `1e-7 ..= 1 − 1e-7`; lower is better.
    #[must_use]
    pub fn log_loss(&self) -> f64 {
        self.mean_of(log_loss)
    }

    /// Expected calibration error of the probability of fake: in each of 15 bins of equal width
    /// (closed below, the last one closed above too), the distance between the ratio of fakes and the
    /// mean score, weighted by the ratio of samples in the bin; 0..=1, lower is better.
    /// After <https://arxiv.org/abs/1706.04599>, with the score in place of the confidence. Stored reports
    /// have it under `ece`; [`ece_equal_mass`](Self::ece_equal_mass) is the better estimate.
    #[must_use]
    pub fn ece(&self) -> f64 {
        let mut bins = [Bin::default(); ECE_BINS];
        for (score, fake) in self.pairs() {
            let bin = &mut bins[((score * ECE_BINS as f64) as usize).min(ECE_BINS - 1)];
            bin.scores += score;
            bin.labels += f64::from(u8::from(fake));
        }
        // Per bin: ratio of samples × |mean label − mean score| = |Σ label − Σ score| / n.
        bins.iter().map(|bin| (bin.labels - bin.scores).abs()).sum::<f64>()
            / self.n_samples() as f64
    }

    fn mean_of(&self, loss: impl Fn(f64, f64) -> f64) -> f64 {
        let losses = self.pairs().map(|(score, fake)| loss(score, f64::from(u8::from(fake))));
        losses.sum::<f64>() / self.n_samples() as f64
    }
}

pub(crate) fn squared_error(score: f64, label: f64) -> f64 {
    (score - label).powi(2)
}

pub(crate) fn log_loss(score: f64, label: f64) -> f64 {
    let score = score.clamp(LOG_CLIP, 1.0 - LOG_CLIP);
    -(label * score.ln() + (1.0 - label) * (1.0 - score).ln())
}

/// Sums over the samples of one bin.
#[derive(Clone, Copy, Default)]
struct Bin {
    scores: f64,
    labels: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-12, "expected {expected}, got {got}");
    }

    #[test]
    fn correct_extreme_scores_cost_nothing_and_wrong_ones_stay_finite() {
        let right = Scores::new(&[1.0, 0.0], &[true, false]).unwrap();
        close(right.brier(), 0.0);
        close(right.ece(), 0.0);
        assert!(right.log_loss() < 1.1e-7);
        let wrong = Scores::new(&[0.0, 1.0], &[true, false]).unwrap();
        close(wrong.brier(), 1.0);
        close(wrong.ece(), 1.0);
        // Not to 1e-12: `1 − (1 − 1e-7)` is rounded before its logarithm is taken.
        assert!((wrong.log_loss() + LOG_CLIP.ln()).abs() < 1e-8);
    }

    #[test]
    fn the_error_of_a_bin_is_computed_from_its_means() {
        // Two bins: 0.70 and 0.72 (11th), 0.10 (2nd).
        let scores = Scores::new(&[0.70, 0.72, 0.10], &[true, false, false]).unwrap();
        close(scores.ece(), (2.0 / 3.0) * (0.71 - 0.5) + (1.0 / 3.0) * 0.10);
    }
}
