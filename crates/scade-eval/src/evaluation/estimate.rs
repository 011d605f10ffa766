//! Metrics with intervals: those of rates by Wilson where samples are independent, all others by a bootstrap.

use std::num::NonZeroUsize;

use scade_metrics::{
    Bootstrap, Clustered, Confidence, Draw, InputError, Interval, Paired, Rate, Reason, Scores,
    Share, Undefined,
};
use serde::{Deserialize, Serialize};

use super::Cluster;
use crate::units::Samples;

/// A number with its interval of 95 %, or why it is undefined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Estimate {
    /// The number.
    Defined {
        /// Its value.
        value: f64,
        /// Lower end of the interval.
        low: f64,
        /// Upper end of the interval.
        high: f64,
        /// How the interval was computed.
        interval: String,
    },
    /// There is no number.
    Undefined {
        /// Why.
        undefined: String,
    },
}

impl Estimate {
    /// The number, if there is one.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Defined { value, .. } => Some(*value),
            Self::Undefined { .. } => None,
        }
    }

    /// Both ends of its interval.
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        match self {
            Self::Defined { low, high, .. } => Some((*low, *high)),
            Self::Undefined { .. } => None,
        }
    }

    fn new(found: Result<Interval, Undefined>, interval: &str) -> Self {
        match found {
            Ok(Interval { value, low, high }) => {
                Self::Defined { value, low, high, interval: interval.to_owned() }
            }
            Err(Undefined { reason, .. }) => Self::undefined(reason),
        }
    }

    pub(crate) fn undefined(why: impl std::fmt::Display) -> Self {
        Self::Undefined { undefined: why.to_string() }
    }
}

/// How intervals are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    pub(super) draws: usize,
    pub(super) seed: u64,
    pub(super) cluster: Cluster,
}

/// Samples times draws at most; with more samples there are fewer draws, at least [`FEWEST_DRAWS`].
const WORK: usize = 2_000_000_000;
const FEWEST_DRAWS: usize = 100;

impl How {
    /// The bootstrap, and its name.
    fn plan(self, samples: usize) -> (Bootstrap, String) {
        let draws = self.draws.min((WORK / samples.max(1)).max(FEWEST_DRAWS));
        let count = NonZeroUsize::new(draws).unwrap_or(NonZeroUsize::MIN);
        let name = format!(
            "percentile bootstrap over {}, stratified by method, {draws} draws",
            self.cluster
        );
        (Bootstrap { draws: count, seed: self.seed, ..Bootstrap::default() }, name)
    }
}

/// Every metric of one set of samples.
#[derive(Debug, Clone)]
pub(super) struct Statistics {
    pub(super) clusters: usize,
    pub(super) auc: Estimate,
    pub(super) average_precision: Estimate,
    pub(super) equal_error_rate: Estimate,
    pub(super) tpr_at_fpr_1: Estimate,
    pub(super) tpr_at_fpr_01: Estimate,
    pub(super) apcer: Estimate,
    pub(super) bpcer: Estimate,
    pub(super) brier: Estimate,
    pub(super) log_loss: Estimate,
    pub(super) ece: Option<f64>,
}

impl Statistics {
    /// Computes every metric; `strata` has for each sample what the bootstrap draws within.
    ///
    /// # Errors
    /// When there is no sample, or one that is no probability.
    pub(super) fn of(
        samples: &Samples,
        strata: &[u64],
        threshold: f64,
        how: How,
    ) -> Result<Self, InputError> {
        let scores = Scores::new(&samples.scores, &samples.fake)?;
        let clustered = scores.clustered(&samples.clusters)?.stratified(strata)?;
        let (plan, name) = how.plan(samples.len());
        let of = |metric: &(dyn Fn(&Draw<'_>) -> Result<f64, Undefined> + Sync)| {
            Estimate::new(clustered.interval(&plan, metric), &name)
        };
        let at = |fpr: Rate| match scores.ranking().tpr_at_fpr(fpr) {
            Ok(_) => of(&|draw| draw.ranking().point_at_fpr(fpr).map(|point| point.tpr)),
            Err(Undefined { reason, .. }) => Estimate::undefined(reason),
        };
        let (apcer, bpcer) = rates(scores, &clustered, threshold, how)?;
        Ok(Self {
            clusters: clustered.n_clusters(),
            auc: Estimate::new(clustered.auc(&plan), &name),
            average_precision: of(&|draw| draw.ranking().average_precision()),
            equal_error_rate: of(&|draw| draw.ranking().equal_error_rate()),
            tpr_at_fpr_1: at(Rate::ONE_PERCENT),
            tpr_at_fpr_01: at(Rate::ONE_PER_MILLE),
            apcer,
            bpcer,
            brier: of(&|draw| Ok(draw.brier())),
            log_loss: of(&|draw| Ok(draw.log_loss())),
            ece: Some(scores.ece()),
        })
    }

    /// Of no sample at all.
    pub(super) fn none() -> Self {
        let none = || Estimate::undefined("there is no sample with a score");
        Self {
            clusters: 0,
            auc: none(),
            average_precision: none(),
            equal_error_rate: none(),
            tpr_at_fpr_1: none(),
            tpr_at_fpr_01: none(),
            apcer: none(),
            bpcer: none(),
            brier: none(),
            log_loss: none(),
            ece: None,
        }
    }
}

/// The AUC alone, of samples that are independent.
pub(super) fn auc(samples: &Samples, how: How) -> Estimate {
    let (plan, name) = how.plan(samples.len());
    match Scores::new(&samples.scores, &samples.fake) {
        Ok(scores) => Estimate::new(scores.unclustered().auc(&plan), &name),
        Err(error) => Estimate::undefined(error),
    }
}

/// Ratios of fakes called real, and of real samples called fake.
fn rates(
    scores: Scores<'_>,
    clustered: &Clustered<'_>,
    threshold: f64,
    how: How,
) -> Result<(Estimate, Estimate), InputError> {
    let confusion = scores.confusion(threshold)?;
    let (fakes, reals) = (confusion.tp + confusion.fn_, confusion.fp + confusion.tn);
    if clustered.n_clusters() == scores.n_samples() {
        let wilson =
            |count, total, reason: Reason| match Share::wilson(count, total, Confidence::default())
            {
                Ok(share) => Estimate::new(Ok(share.share), "Wilson"),
                Err(_) => Estimate::undefined(reason),
            };
        let apcer = wilson(confusion.fn_, fakes, Reason::NoFakeSample);
        return Ok((apcer, wilson(confusion.fp, reals, Reason::NoRealSample)));
    }
    let (plan, name) = how.plan(scores.n_samples());
    let ratio = |part: usize, whole: usize| part as f64 / whole as f64;
    let apcer = |draw: &Draw<'_>| {
        let drawn = draw.confusion(threshold);
        Ok(ratio(drawn.fn_, drawn.fn_ + drawn.tp))
    };
    let bpcer = |draw: &Draw<'_>| {
        let drawn = draw.confusion(threshold);
        Ok(ratio(drawn.fp, drawn.fp + drawn.tn))
    };
    let apcer = match fakes {
        0 => Estimate::undefined(Reason::NoFakeSample),
        _ => Estimate::new(clustered.interval(&plan, apcer), &name),
    };
    let bpcer = match reals {
        0 => Estimate::undefined(Reason::NoRealSample),
        _ => Estimate::new(clustered.interval(&plan, bpcer), &name),
    };
    Ok((apcer, bpcer))
}

/// What a comparison of two detectors gives.
pub(super) struct Difference {
    pub(super) auc: [f64; 2],
    pub(super) difference: Estimate,
    pub(super) p: Option<f64>,
    pub(super) test: String,
}

/// The difference of the AUC of `samples` and of `others`, the scores of the same samples by another detector:
/// DeLong's test where samples are independent, else a bootstrap over clusters.
///
/// # Errors
/// As [`Statistics::of`].
pub(super) fn difference(
    samples: &Samples,
    others: &[f64],
    strata: &[u64],
    how: How,
) -> Result<Difference, InputError> {
    let pair = Paired::new(&samples.scores, others, &samples.fake)?;
    let clustered = pair.clustered(&samples.clusters)?.stratified(strata)?;
    let (found, test) = if clustered.n_clusters() == samples.len() {
        (pair.delong(Confidence::default()), "DeLong's paired test over videos".to_owned())
    } else {
        let (plan, name) = how.plan(samples.len());
        (clustered.auc(&plan), format!("paired {name}"))
    };
    let auc = |scores: &[f64]| {
        let ranking = Scores::new(scores, &samples.fake)?.ranking();
        Ok::<_, InputError>(ranking.auc().unwrap_or(f64::NAN))
    };
    let auc = [auc(&samples.scores)?, auc(others)?];
    let p = found.as_ref().ok().map(|found| found.p_value);
    let difference = Estimate::new(found.map(|found| found.difference), &test);
    Ok(Difference { auc, difference, p, test })
}
