//! Choice of a threshold for a false positive rate. Never choose it on the test set.

use serde::{Deserialize, Serialize};

use crate::binomial::{most_allowed, upper_bound};
use crate::{Confidence, Metric, Rate, Reason, Scores, Undefined};

/// A threshold that keeps a false positive rate, with what it was chosen by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FprThreshold {
    /// Scores above it are called fake.
    pub threshold: f64,
    /// The false positive rate to stay at or below.
    pub target: Rate,
    /// With this confidence.
    pub confidence: Confidence,
    /// Real samples it was chosen by.
    pub n_real: usize,
    /// Those above the threshold.
    pub false_positives: usize,
    /// Upper bound of the false positive rate, at most `target`.
    pub fpr_at_most: f64,
}

impl Scores<'_> {
    /// The lowest threshold whose false positive rate is at most `target` with `confidence`, by the exact
    /// one-sided upper bound of Clopper and Pearson (1934): as a real score of fixed rank is taken, the
    /// promise holds although the threshold is chosen from the same scores (the order statistics of Wilks
    /// 1941; Tong, Feng and Li 2018). It holds for real samples of the same domain, independent of each
    /// other: videos, not frames. Fakes are ignored and need not be there.
    ///
    /// # Errors
    /// [`Undefined`] when there are too few real samples for the promise: below 299 for 1 % and 2,995 for
    /// 0.1 %, at a confidence of 0.95.
    pub fn threshold_at_fpr(
        &self,
        target: Rate,
        confidence: Confidence,
    ) -> Result<FprThreshold, Undefined> {
        let mut real: Vec<f64> =
            self.pairs().filter(|(_, fake)| !fake).map(|(score, _)| score).collect();
        let (n_real, alpha) = (real.len(), confidence.alpha());
        let Some(allowed) = most_allowed(n_real, target.get(), alpha) else {
            let needed = (alpha.ln() / (-target.get()).ln_1p()).ceil() as usize;
            let reason = match n_real {
                0 => Reason::NoRealSample,
                got => Reason::TooFewReal { needed, got },
            };
            return Err(Undefined { metric: Metric::ThresholdAtFpr(target), reason });
        };
        real.sort_unstable_by(|a, b| b.total_cmp(a));
        let threshold = real[allowed];
        // Fewer than allowed where scores tie.
        let false_positives = real.partition_point(|&score| score > threshold);
        let fpr_at_most = upper_bound(false_positives, n_real, alpha).min(target.get());
        Ok(FprThreshold { threshold, target, confidence, n_real, false_positives, fpr_at_most })
    }
}
