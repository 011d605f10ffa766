//! Samples in clusters, sorted once for all draws.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use super::Bootstrap;
use super::auc::AucPlan;
use super::draw::Draw;
use super::weights::LANES;
use crate::delong::perfect;
use crate::{InputError, Interval, Metric, Reason, Scores, Undefined};

/// Scores whose samples come in clusters that are resampled as wholes: the frames of a video, or better the
/// videos of an identity, as forgeries share their sources.
///
/// Each draw takes as many clusters as there are, with replacement, from each stratum. Clusters are in one
/// stratum if they have the same set of labels (or of [`stratified`](Self::stratified) keys), so that a draw
/// has both classes whenever the samples have.
#[derive(Debug, Clone)]
pub struct Clustered<'a> {
    scores: Scores<'a>,
    clusters: Clusters,
    sorted: Sorted,
}

impl<'a> Scores<'a> {
    /// For a bootstrap over clusters: samples of equal key are one cluster. Keys are in the order of the
    /// scores.
    ///
    /// # Errors
    /// [`InputError::KeyMismatch`].
    pub fn clustered<K: Hash + Eq>(&self, keys: &[K]) -> Result<Clustered<'a>, InputError> {
        let sorted = Sorted::new(self);
        let clusters = Clusters::new(self, &sorted, keys)?;
        Ok(Clustered { scores: *self, clusters, sorted })
    }

    /// For a bootstrap over independent samples: each is a cluster.
    #[must_use]
    pub fn unclustered(&self) -> Clustered<'a> {
        let sorted = Sorted::new(self);
        let clusters = Clusters::singletons(self, &sorted);
        Clustered { scores: *self, clusters, sorted }
    }
}

impl Clustered<'_> {
    /// Also keeps the numbers of clusters per key (such as the method of a forgery) as they are. Clusters with
    /// the same set of keys are one stratum; one that has its set alone is in every draw.
    ///
    /// # Errors
    /// [`InputError::KeyMismatch`].
    pub fn stratified<S: Hash + Eq>(mut self, keys: &[S]) -> Result<Self, InputError> {
        self.clusters.stratify(&self.scores, keys)?;
        Ok(self)
    }

    /// Number of clusters.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.clusters.len()
    }

    /// The AUC with its interval. Where it is exactly 1 or 0, every draw gives the same; its interval then is
    /// the exact one for pairs of clusters, as in [`Delong::interval`](crate::Delong::interval).
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present, or no stratum has two clusters.
    pub fn auc(&self, plan: &Bootstrap) -> Result<Interval, Undefined> {
        let value = self.scores.ranking().auc()?;
        self.clusters.check()?;
        if let Some(interval) = perfect(value, self.clusters.pairs(&self.scores), plan.confidence) {
            return Ok(interval);
        }
        let auc = AucPlan::new(&self.sorted, &self.clusters);
        plan.interval(value, plan.run(&self.clusters, |rows| auc.evaluate(rows)))
    }

    /// Any metric with its interval; see [`Draw`] for what a draw gives. Use the metrics that do not refuse
    /// small numbers, such as [`point_at_fpr`](crate::Ranking::point_at_fpr), and check the number once.
    ///
    /// ```
    /// use scade_metrics::{Bootstrap, Scores};
    ///
    /// let scores = Scores::new(&[0.9, 0.6, 0.7, 0.1, 0.3, 0.5], &[true, true, true, false, false, false])?;
    /// let videos = ["a", "a", "b", "c", "d", "d"];
    /// let interval = scores
    ///     .clustered(&videos)?
    ///     .interval(&Bootstrap::default(), |draw| draw.ranking().average_precision())?;
    /// assert!(interval.low <= interval.value);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What `metric` gives for the samples themselves; [`Undefined`] when no stratum has two clusters, or more
    /// than one draw in twenty has no value.
    pub fn interval(
        &self,
        plan: &Bootstrap,
        metric: impl Fn(&Draw<'_>) -> Result<f64, Undefined> + Sync,
    ) -> Result<Interval, Undefined> {
        let (sorted, clusters) = (&self.sorted, &self.clusters);
        let once = vec![[1; LANES]; clusters.len()];
        let value = metric(&Draw { sorted, clusters, rows: &once, lane: 0 })?;
        clusters.check()?;
        let values = plan.run(clusters, |rows| {
            std::array::from_fn(|lane| metric(&Draw { sorted, clusters, rows, lane }).ok())
        });
        plan.interval(value, values)
    }
}

/// Samples in descending order of score, real before fake among equals.
#[derive(Debug, Clone)]
pub(crate) struct Sorted {
    pub(crate) samples: Vec<Sample>,
}

/// One sample.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) score: f64,
    /// Position in the input.
    pub(crate) index: u32,
    pub(crate) fake: bool,
}

impl Sorted {
    pub(crate) fn new(scores: &Scores<'_>) -> Self {
        let pairs = scores.pairs().enumerate();
        let mut samples: Vec<Sample> = pairs
            // Adding zero makes −0 equal to 0 in a total order too.
            .map(|(index, (score, fake))| Sample { score: score + 0.0, index: index as u32, fake })
            .collect();
        samples.sort_unstable_by(|a, b| {
            b.score.total_cmp(&a.score).then(a.fake.cmp(&b.fake)).then(a.index.cmp(&b.index))
        });
        Self { samples }
    }
}

/// Number of the cluster of each sample, and ends of the strata. Clusters of a stratum have consecutive
/// numbers, in order of their highest score, so that neighbors in that order are neighbors in memory.
#[derive(Debug, Clone)]
pub(crate) struct Clusters {
    of: Vec<u32>,
    strata: Vec<usize>,
}

impl Clusters {
    pub(crate) fn new<K: Hash + Eq>(
        scores: &Scores<'_>,
        sorted: &Sorted,
        keys: &[K],
    ) -> Result<Self, InputError> {
        scores.check_keys(keys.len())?;
        let mut numbers = HashMap::<&K, u32>::new();
        let mut of = vec![0; keys.len()];
        for sample in &sorted.samples {
            let next = numbers.len() as u32;
            of[sample.index as usize] =
                *numbers.entry(&keys[sample.index as usize]).or_insert(next);
        }
        let mut clusters = Self { of, strata: vec![numbers.len()] };
        clusters.stratify(scores, scores.labels())?;
        Ok(clusters)
    }

    fn singletons(scores: &Scores<'_>, sorted: &Sorted) -> Self {
        let n_real = scores.n_samples() - scores.n_fake();
        let (mut real, mut fake) = (0, n_real as u32);
        let mut of = vec![0; scores.n_samples()];
        for sample in &sorted.samples {
            let next = if sample.fake { &mut fake } else { &mut real };
            of[sample.index as usize] = *next;
            *next += 1;
        }
        let mut strata = vec![n_real, scores.n_samples()];
        strata.dedup();
        strata.retain(|&end| end > 0);
        Self { of, strata }
    }

    /// Numbers the clusters anew, by their set of (label, key).
    pub(crate) fn stratify<S: Hash + Eq>(
        &mut self,
        scores: &Scores<'_>,
        keys: &[S],
    ) -> Result<(), InputError> {
        scores.check_keys(keys.len())?;
        let mut numbers = HashMap::<(bool, &S), u32>::new();
        let mut sets = vec![BTreeSet::new(); self.len()];
        for ((&cluster, key), &fake) in self.of.iter().zip(keys).zip(scores.labels()) {
            let next = numbers.len() as u32;
            sets[cluster as usize].insert(*numbers.entry((fake, key)).or_insert(next));
        }
        let mut strata = BTreeMap::<BTreeSet<u32>, Vec<usize>>::new();
        for (cluster, set) in sets.into_iter().enumerate() {
            strata.entry(set).or_default().push(cluster);
        }
        let mut renumbered = vec![0; self.len()];
        let mut next = 0;
        self.strata.clear();
        for cluster in strata.into_values() {
            for old in cluster {
                renumbered[old] = next;
                next += 1;
            }
            self.strata.push(next as usize);
        }
        for cluster in &mut self.of {
            *cluster = renumbered[*cluster as usize];
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.strata.last().copied().unwrap_or_default()
    }

    /// The cluster of a sample.
    pub(crate) fn of(&self, sample: &Sample) -> u32 {
        self.of[sample.index as usize]
    }

    /// First number and end of each stratum.
    pub(crate) fn strata(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.strata.iter().copied());
        starts.zip(&self.strata).map(|(start, &end)| start..end)
    }

    pub(crate) fn check(&self) -> Result<(), Undefined> {
        if self.strata().any(|stratum| stratum.len() > 1) {
            return Ok(());
        }
        Err(Undefined { metric: Metric::Bootstrap, reason: Reason::OneCluster })
    }

    /// Pairs of a fake and a real sample of which no two share a cluster; at least 1.
    fn pairs(&self, scores: &Scores<'_>) -> usize {
        let with = |class: bool| {
            let own = self.of.iter().zip(scores.labels()).filter(|(_, label)| **label == class);
            own.map(|(cluster, _)| cluster).collect::<BTreeSet<_>>().len()
        };
        with(true).min(with(false)).min(self.len() / 2).max(1)
    }
}
