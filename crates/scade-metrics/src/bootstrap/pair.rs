//! The bootstrap of the difference of two detectors: both see the same draws.

use std::hash::Hash;

use super::auc::AucPlan;
use super::clusters::{Clusters, Sorted};
use super::weights::{LANES, Row};
use super::{Bootstrap, Draw};
use crate::{Comparison, InputError, Paired, Undefined};

/// The scores of two detectors for the same samples in clusters; see [`Clustered`](super::Clustered).
#[derive(Debug, Clone)]
pub struct ClusteredPair<'a> {
    pair: Paired<'a>,
    clusters: Clusters,
    a: Sorted,
    b: Sorted,
}

impl<'a> ClusteredPair<'a> {
    pub(crate) fn new<K: Hash + Eq>(pair: Paired<'a>, keys: &[K]) -> Result<Self, InputError> {
        let (a, b) = (Sorted::new(&pair.a), Sorted::new(&pair.b));
        let clusters = Clusters::new(&pair.a, &a, keys)?;
        Ok(Self { pair, clusters, a, b })
    }

    /// As [`Clustered::stratified`](super::Clustered::stratified).
    ///
    /// # Errors
    /// [`InputError::KeyMismatch`].
    pub fn stratified<S: Hash + Eq>(mut self, keys: &[S]) -> Result<Self, InputError> {
        self.clusters.stratify(&self.pair.a, keys)?;
        Ok(self)
    }

    /// Number of clusters.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.clusters.len()
    }

    /// The difference of the AUCs. Its p-value is twice the ratio of the draws on the other side of zero,
    /// with one draw added, at most 1.
    ///
    /// # Errors
    /// As [`Clustered::auc`](super::Clustered::auc).
    pub fn auc(&self, plan: &Bootstrap) -> Result<Comparison, Undefined> {
        let (a, b) = (self.pair.a.ranking().auc()?, self.pair.b.ranking().auc()?);
        self.clusters.check()?;
        let of = |sorted| AucPlan::new(sorted, &self.clusters);
        let (plan_a, plan_b) = (of(&self.a), of(&self.b));
        let values = plan.run(&self.clusters, |rows| {
            let (a, b) = (plan_a.evaluate(rows), plan_b.evaluate(rows));
            std::array::from_fn(|lane| Some(a[lane]? - b[lane]?))
        });
        compare(plan, a, b, values)
    }

    /// The difference of any metric, with a p-value as in [`auc`](Self::auc).
    ///
    /// # Errors
    /// As [`Clustered::interval`](super::Clustered::interval).
    pub fn difference(
        &self,
        plan: &Bootstrap,
        metric: impl Fn(&Draw<'_>) -> Result<f64, Undefined> + Sync,
    ) -> Result<Comparison, Undefined> {
        let once = vec![[1; LANES]; self.clusters.len()];
        let of = |sorted, rows: &[Row], lane| {
            metric(&Draw { sorted, clusters: &self.clusters, rows, lane })
        };
        let (a, b) = (of(&self.a, &once, 0)?, of(&self.b, &once, 0)?);
        self.clusters.check()?;
        let values = plan.run(&self.clusters, |rows| {
            std::array::from_fn(|lane| {
                let (a, b) = (of(&self.a, rows, lane), of(&self.b, rows, lane));
                Some(a.ok()? - b.ok()?)
            })
        });
        compare(plan, a, b, values)
    }
}

fn compare(
    plan: &Bootstrap,
    a: f64,
    b: f64,
    values: Vec<Option<f64>>,
) -> Result<Comparison, Undefined> {
    let at_most = |sign: f64| values.iter().flatten().filter(|value| **value * sign <= 0.0).count();
    let beyond = at_most(1.0).min(at_most(-1.0)) + 1;
    let draws = values.iter().flatten().count() + 1;
    let p_value = (2.0 * beyond as f64 / draws as f64).min(1.0);
    Ok(Comparison { a, b, difference: plan.interval(a - b, values)?, p_value })
}
