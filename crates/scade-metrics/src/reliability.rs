//! Reliability of probabilities, in bins with equally many samples.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::Scores;

/// Number of bins of [`Scores::ece_equal_mass`].
const BINS: NonZeroUsize = NonZeroUsize::new(15).unwrap();

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Lowest score in the bin.
    pub low: f64,
    /// Highest score in the bin.
    pub high: f64,
    /// Samples in the bin; at least 1.
    pub n: usize,
    /// Mean score: what the detector promises.
    pub mean_score: f64,
    /// Ratio of fakes: what is true.
    pub fake_ratio: f64,
}

impl Scores<'_> {
    /// At most `bins` bins between the quantiles of the scores, as scikit-learn's `calibration_curve` with
    /// `strategy="quantile"`: the edges are interpolated quantiles, and a score at an edge belongs to the bin
    /// below it, so that equal scores share a bin. In order of score; bins without samples are omitted.
    #[must_use]
    pub fn reliability(&self, bins: NonZeroUsize) -> Vec<ReliabilityBin> {
        let mut pairs: Vec<(f64, bool)> = self.pairs().collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut rest = pairs.as_slice();
        let mut found = Vec::new();
        for bin in 1..=bins.get() {
            let inside = if bin == bins.get() {
                rest.len()
            } else {
                let edge = quantile(&pairs, bin, bins.get());
                rest.partition_point(|(score, _)| *score <= edge)
            };
            let (own, others) = rest.split_at(inside);
            found.extend(ReliabilityBin::of(own));
            rest = others;
        }
        found
    }

    /// Expected calibration error over 15 bins with equally many samples ([`reliability`](Self::reliability)):
    /// the distance between the ratio of fakes and the mean score of each bin, weighted by its ratio of the
    /// samples; 0..=1, lower is better. Bins of equal width ([`ece`](Self::ece)) are mostly empty where
    /// scores gather at 0 and 1, and are the more biased (Roelofs et al. 2022).
    ///
    /// Never read it alone: a constant score at the ratio of fakes has an error of 0. See it beside
    /// [`brier`](Self::brier) and [`log_loss`](Self::log_loss).
    #[must_use]
    pub fn ece_equal_mass(&self) -> f64 {
        let bins = self.reliability(BINS);
        let gap = |bin: &ReliabilityBin| bin.n as f64 * (bin.mean_score - bin.fake_ratio).abs();
        bins.iter().map(gap).sum::<f64>() / self.n_samples() as f64
    }
}

impl ReliabilityBin {
    fn of(pairs: &[(f64, bool)]) -> Option<Self> {
        let ((low, _), (high, _)) = (pairs.first()?, pairs.last()?);
        let n = pairs.len();
        let fakes = pairs.iter().filter(|(_, fake)| *fake).count();
        let sum: f64 = pairs.iter().map(|(score, _)| score).sum();
        let (mean_score, fake_ratio) = (sum / n as f64, fakes as f64 / n as f64);
        Some(Self { low: *low, high: *high, n, mean_score, fake_ratio })
    }
}

/// Quantile `part / whole` of sorted scores, interpolated between neighbors (type 7 of Hyndman and Fan).
fn quantile(sorted: &[(f64, bool)], part: usize, whole: usize) -> f64 {
    let position = (sorted.len() - 1) * part;
    let (index, rest) = (position / whole, position % whole);
    let low = sorted[index].0;
    let high = sorted[(index + 1).min(sorted.len() - 1)].0;
    low + (high - low) * (rest as f64 / whole as f64)
}
