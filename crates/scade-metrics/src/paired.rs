//! Two detectors on the same samples.

use std::hash::Hash;

use serde::{Deserialize, Serialize};

use crate::delong::mean_and_variance;
use crate::normal::two_sided;
use crate::{ClusteredPair, Confidence, InputError, Interval, Metric, Reason, Scores, Undefined};

/// The scores of two detectors for the same samples, in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Paired<'a> {
    pub(crate) a: Scores<'a>,
    pub(crate) b: Scores<'a>,
}

/// A metric of two detectors and its difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metric of the first.
    pub a: f64,
    /// The metric of the second.
    pub b: f64,
    /// `a − b` with its interval.
    pub difference: Interval,
    /// Two-sided p-value of no difference. For several comparisons see [`holm`].
    pub p_value: f64,
}

impl<'a> Paired<'a> {
    /// Scores of the first and of the second detector, and the labels of the samples.
    ///
    /// # Errors
    /// As [`Scores::new`].
    pub fn new(a: &'a [f64], b: &'a [f64], labels: &'a [bool]) -> Result<Self, InputError> {
        Ok(Self { a: Scores::new(a, labels)?, b: Scores::new(b, labels)? })
    }

    /// The paired test of DeLong et al. (1988) for the difference of two AUCs. Samples must be independent.
    ///
    /// # Errors
    /// [`Undefined`] as for [`Scores::delong`], and when the difference has no variance: both detectors
    /// order every pair alike, or one of them is perfectly right where the other is perfectly wrong.
    pub fn delong(&self, confidence: Confidence) -> Result<Comparison, Undefined> {
        let (a, b) = (self.a.delong()?, self.b.delong()?);
        let differences: Vec<f64> =
            a.placements.iter().zip(&b.placements).map(|(a, b)| a - b).collect();
        let (value, variance) = mean_and_variance(&differences, &a.labels);
        if variance == 0.0 {
            return Err(Undefined { metric: Metric::Delong, reason: Reason::NoVariance });
        }
        let reach = confidence.z() * variance.sqrt();
        let difference = Interval { value, low: value - reach, high: value + reach };
        let p_value = two_sided(value / variance.sqrt());
        Ok(Comparison { a: a.auc(), b: b.auc(), difference, p_value })
    }

    /// For a bootstrap over clusters; `keys` as in [`Scores::clustered`].
    ///
    /// # Errors
    /// [`InputError::KeyMismatch`].
    pub fn clustered<K: Hash + Eq>(&self, keys: &[K]) -> Result<ClusteredPair<'a>, InputError> {
        ClusteredPair::new(*self, keys)
    }
}

/// P-values adjusted for several comparisons (Holm 1979), in the order of the input: reject those of at most
/// 0.05, and the chance of any false rejection is at most 0.05.
///
/// # Errors
/// [`InputError::PValue`] for the first that is NaN or outside 0..=1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, InputError> {
    for (index, &got) in p_values.iter().enumerate() {
        if !(0.0..=1.0).contains(&got) {
            return Err(InputError::PValue { index, got });
        }
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let (mut adjusted, mut most) = (vec![0.0; p_values.len()], 0.0_f64);
    for (rank, index) in order.into_iter().enumerate() {
        most = most.max(p_values[index] * (p_values.len() - rank) as f64).min(1.0);
        adjusted[index] = most;
    }
    Ok(adjusted)
}
