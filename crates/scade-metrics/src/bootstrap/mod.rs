//! Intervals by resampling clusters of samples.

mod auc;
mod clusters;
mod draw;
mod pair;
mod weights;

use std::num::NonZeroUsize;

use rayon::prelude::*;

pub use clusters::Clustered;
pub use draw::Draw;
pub use pair::ClusteredPair;

use crate::{Confidence, Interval, Metric, Reason, Undefined};
use clusters::Clusters;
use weights::{LANES, Row, Weights};

/// How to resample. Draws are computed in parallel; the result depends on the seed alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of draws; 2,000 by default.
    pub draws: NonZeroUsize,
    /// Seed of the random numbers.
    pub seed: u64,
    /// Confidence of the percentile interval.
    pub confidence: Confidence,
}

impl Default for Bootstrap {
    fn default() -> Self {
        const DRAWS: NonZeroUsize = NonZeroUsize::new(2000).unwrap();
        Self { draws: DRAWS, seed: 1, confidence: Confidence::default() }
    }
}

impl Bootstrap {
    /// Value of each draw, in order: `evaluate` has the weights of [`LANES`] draws at a time, one row per
    /// cluster.
    fn run<T: Send>(
        &self,
        clusters: &Clusters,
        evaluate: impl Fn(&[Row]) -> [T; LANES] + Sync,
    ) -> Vec<T> {
        let draws = self.draws.get();
        let batches = draws.div_ceil(LANES) as u64;
        let mut values: Vec<T> = (0..batches)
            .into_par_iter()
            .map_init(
                || Weights::new(clusters),
                |weights, batch| evaluate(weights.draw(clusters, self.seed, batch)),
            )
            .flatten_iter()
            .collect();
        values.truncate(draws);
        values
    }

    /// The percentile interval around `value`, without the draws that have no value.
    fn interval(&self, value: f64, values: Vec<Option<f64>>) -> Result<Interval, Undefined> {
        let values = self.defined(values)?;
        let tail = self.confidence.alpha() / 2.0;
        Ok(Interval {
            value,
            low: percentile(&values, tail),
            high: percentile(&values, 1.0 - tail),
        })
    }

    /// The values of the draws, sorted. Refuses if more than one in twenty has none: those with a value
    /// would then be a selection.
    fn defined(&self, values: Vec<Option<f64>>) -> Result<Vec<f64>, Undefined> {
        let draws = values.len();
        let mut values: Vec<f64> = values.into_iter().flatten().collect();
        let undefined = draws - values.len();
        if undefined * 20 > draws || values.is_empty() {
            let reason = Reason::UndefinedDraws { undefined, draws };
            return Err(Undefined { metric: Metric::Bootstrap, reason });
        }
        values.sort_unstable_by(f64::total_cmp);
        Ok(values)
    }
}

/// Quantile of sorted values, interpolated between neighbors.
fn percentile(sorted: &[f64], part: f64) -> f64 {
    let position = (sorted.len() - 1) as f64 * part;
    let (index, rest) = (position as usize, position.fract());
    let next = sorted[(index + 1).min(sorted.len() - 1)];
    sorted[index] + (next - sorted[index]) * rest
}
