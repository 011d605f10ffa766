//! Variance of an AUC after DeLong, in O(n log n).

use serde::{Deserialize, Serialize};

use crate::{Confidence, Interval, Metric, Reason, Scores, Undefined};

/// Scale on which the interval of an AUC is symmetric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AucScale {
    /// Of the log odds: stays inside 0..=1, and covers better near 1 (Pepe 2003).
    #[default]
    Logit,
    /// Of the AUC itself, cut at 0 and 1.
    Plain,
}

/// An AUC with the placement of each sample, from which its variance follows (DeLong, DeLong and
/// Clarke-Pearson 1988, by the ranks of Sun and Xu 2014). Samples must be independent: score videos, not
/// frames; for clusters see [`Clustered`](crate::Clustered).
#[derive(Debug, Clone)]
pub struct Delong {
    /// Per fake the ratio of the real samples below it, per real sample the ratio of the fakes above it,
    /// ties counting one half; in input order.
    pub(crate) placements: Vec<f64>,
    pub(crate) labels: Vec<bool>,
    auc: f64,
    variance: f64,
}

impl Scores<'_> {
    /// The AUC with what its variance needs.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present, or a class has a single sample.
    pub fn delong(&self) -> Result<Delong, Undefined> {
        let (fake, real) = (self.n_fake(), self.n_samples() - self.n_fake());
        let undefined = |reason| Err(Undefined { metric: Metric::Delong, reason });
        match (fake, real) {
            (0, _) => return undefined(Reason::NoFakeSample),
            (_, 0) => return undefined(Reason::NoRealSample),
            (1, _) => return undefined(Reason::TooFewFake { needed: 2, got: 1 }),
            (_, 1) => return undefined(Reason::TooFewReal { needed: 2, got: 1 }),
            _ => {}
        }
        let (scores, labels) = (self.scores(), self.labels().to_vec());
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let mut placements = vec![0.0; scores.len()];
        let (mut fake_below, mut real_below) = (0, 0);
        for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
            let fakes = tied.iter().filter(|&&index| labels[index]).count();
            let reals = tied.len() - fakes;
            // Twice the number of pairs won, an integer.
            let fake_wins = 2 * real_below + reals;
            let real_loses = 2 * (fake - fake_below) - fakes;
            for &index in tied {
                placements[index] = if labels[index] {
                    fake_wins as f64 / (2 * real) as f64
                } else {
                    real_loses as f64 / (2 * fake) as f64
                };
            }
            (fake_below, real_below) = (fake_below + fakes, real_below + reals);
        }
        let (auc, variance) = mean_and_variance(&placements, &labels);
        Ok(Delong { placements, labels, auc, variance })
    }
}

impl Delong {
    /// The area under the ROC curve, as [`Ranking::auc`](crate::Ranking::auc) up to rounding.
    #[must_use]
    pub fn auc(&self) -> f64 {
        self.auc
    }

    /// The variance of the AUC; 0 where every fake scores above every real sample.
    #[must_use]
    pub fn variance(&self) -> f64 {
        self.variance
    }

    /// The interval of the AUC. An AUC of exactly 1 or 0 has no variance; its interval then is the one of
    /// Clopper and Pearson for as many independent pairs as the smaller class has samples, all of them won
    /// (or lost): wide, but true.
    ///
    /// # Errors
    /// [`Undefined`] when all scores tie.
    pub fn interval(&self, confidence: Confidence, scale: AucScale) -> Result<Interval, Undefined> {
        let fakes = self.labels.iter().filter(|&&fake| fake).count();
        let pairs = fakes.min(self.labels.len() - fakes);
        if let Some(interval) = perfect(self.auc, pairs, confidence) {
            return Ok(interval);
        }
        if self.variance == 0.0 {
            return Err(Undefined { metric: Metric::Delong, reason: Reason::NoVariance });
        }
        let (auc, reach) = (self.auc, confidence.z() * self.variance.sqrt());
        let (low, high) = match scale {
            AucScale::Plain => ((auc - reach).max(0.0), (auc + reach).min(1.0)),
            AucScale::Logit => {
                let (middle, reach) = ((auc / (1.0 - auc)).ln(), reach / (auc * (1.0 - auc)));
                (logistic(middle - reach), logistic(middle + reach))
            }
        };
        Ok(Interval { value: auc, low, high })
    }
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// The exact interval where all of a number of independent pairs were won, or all lost.
pub(crate) fn perfect(auc: f64, pairs: usize, confidence: Confidence) -> Option<Interval> {
    let bound = (confidence.alpha() / 2.0).powf(1.0 / pairs as f64);
    if auc >= 1.0 {
        Some(Interval { value: 1.0, low: bound, high: 1.0 })
    } else if auc <= 0.0 {
        Some(Interval { value: 0.0, low: 0.0, high: 1.0 - bound })
    } else {
        None
    }
}

/// Mean over the fakes, and the variance of that mean by the variances of both classes. Each class has two
/// samples at least.
pub(crate) fn mean_and_variance(values: &[f64], labels: &[bool]) -> (f64, f64) {
    let of = |class: bool| {
        let own = values.iter().zip(labels).filter(move |(_, label)| **label == class);
        own.map(|(value, _)| *value)
    };
    let moments = |class| {
        let n = of(class).count() as f64;
        let mean = of(class).sum::<f64>() / n;
        let squares: f64 = of(class).map(|value| (value - mean).powi(2)).sum();
        (mean, squares / (n - 1.0) / n)
    };
    let ((mean, fake), (_, real)) = (moments(true), moments(false));
    (mean, fake + real)
}
