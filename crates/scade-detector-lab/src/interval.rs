//! Shares and areas under curves with intervals of 95 %.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_metrics::Scores;
use serde::Serialize;

/// Draws of the bootstrap.
const DRAWS: usize = 2000;

/// Normal quantile of a two-sided interval of 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// A value and its interval; NaN where there is nothing to compute it from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Interval {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// A count out of a total, with the interval of its share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Share {
    pub(crate) count: usize,
    pub(crate) share: Interval,
}

/// The interval of Wilson (1927).
pub(crate) fn wilson(count: usize, total: usize) -> Share {
    let n = total as f64;
    let value = count as f64 / n;
    let middle = value + Z * Z / (2.0 * n);
    let reach = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let share = Interval {
        value,
        low: ((middle - reach) / scale).max(0.0),
        high: ((middle + reach) / scale).min(1.0),
    };
    Share { count, share }
}

/// AUC of scores that come in clips, with the percentile interval of a bootstrap over clips, so that frames of
/// one clip do not count as independent.
pub(crate) fn auc_interval(real: &[Vec<f64>], fake: &[Vec<f64>]) -> Interval {
    let value = auc(real.iter(), fake.iter());
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut draws: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let mut sample = |clips: &'_ [Vec<f64>]| -> Vec<usize> {
                (0..clips.len()).map(|_| rng.random_range(0..clips.len())).collect()
            };
            let (real_at, fake_at) = (sample(real), sample(fake));
            auc(real_at.iter().map(|i| &real[*i]), fake_at.iter().map(|i| &fake[*i]))
        })
        .collect();
    draws.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| draws[((DRAWS - 1) as f64 * share).round() as usize];
    Interval { value, low: at(0.025), high: at(0.975) }
}

fn auc<'a>(
    real: impl Iterator<Item = &'a Vec<f64>>,
    fake: impl Iterator<Item = &'a Vec<f64>>,
) -> f64 {
    let mut scores: Vec<f64> = real.flatten().copied().collect();
    let n_real = scores.len();
    scores.extend(fake.flatten());
    let labels: Vec<bool> = (0..scores.len()).map(|i| i >= n_real).collect();
    let auc = Scores::new(&scores, &labels).ok().and_then(|scores| scores.ranking().auc().ok());
    auc.unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In Python:
    /// ```python
    /// z, p, n = 1.959963984540054, 7 / 200, 200
    /// m, r = p + z*z/2/n, z * (p*(1 - p)/n + z*z/4/n/n) ** 0.5
    /// print((m - r) / (1 + z*z/n), (m + r) / (1 + z*z/n))
    /// ```
    #[test]
    fn shares_have_the_interval_of_wilson() {
        let share = wilson(7, 200).share;
        assert!((share.value - 0.035).abs() < 1e-12);
        assert!(
            (share.low - 0.017_055_542_0).abs() < 1e-9
                && (share.high - 0.070_470_611_5).abs() < 1e-9,
            "{share:?}"
        );
        assert!(wilson(0, 50).share.low < 1e-12 && wilson(0, 50).share.high > 0.05);
    }

    #[test]
    fn the_interval_of_an_auc_contains_it_and_narrows_with_more_clips() {
        let clips = |count: usize, shift: f64| -> Vec<Vec<f64>> {
            (0..count).map(|i| vec![((i * 37) % 101) as f64 / 202.0 + shift]).collect()
        };
        let width = |count| {
            let interval = auc_interval(&clips(count, 0.0), &clips(count, 0.15));
            assert!(interval.low <= interval.value && interval.value <= interval.high);
            interval.high - interval.low
        };
        assert!(width(200) < 0.7 * width(40));
        assert!(auc_interval(&[], &clips(3, 0.0)).value.is_nan());
    }
}
