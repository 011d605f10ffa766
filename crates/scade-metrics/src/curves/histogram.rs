//! Histograms of the scores of each class.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::Scores;

/// Samples of each class in bins of equal width over 0..=1. Bin i of n holds scores from i/n up to, but not
/// including, (i + 1)/n; the last holds 1 too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// Real samples per bin.
    pub real: Vec<usize>,
    /// Fakes per bin.
    pub fake: Vec<usize>,
}

impl Scores<'_> {
    /// The histogram of the scores.
    #[must_use]
    pub fn histogram(&self, bins: NonZeroUsize) -> Histogram {
        let bins = bins.get();
        let mut histogram = Histogram { real: vec![0; bins], fake: vec![0; bins] };
        for (score, fake) in self.pairs() {
            let counts = if fake { &mut histogram.fake } else { &mut histogram.real };
            counts[((score * bins as f64) as usize).min(bins - 1)] += 1;
        }
        histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_in_the_bin_of_its_score() {
        let scores = Scores::new(&[0.0, 0.25, 0.5, 1.0, 0.2], &[false, true, true, true, false]);
        let histogram = scores.unwrap().histogram(NonZeroUsize::new(4).unwrap());
        assert_eq!(histogram, Histogram { real: vec![2, 0, 0, 0], fake: vec![0, 1, 1, 1] });
    }
}
