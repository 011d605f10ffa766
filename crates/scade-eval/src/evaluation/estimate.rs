//! Metrics with intervals: every metric of one set of samples in one pass of a bootstrap over clusters.

use std::collections::HashMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_metrics::{Reason, Scores};
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

    pub(crate) fn undefined(why: impl std::fmt::Display) -> Self {
        Self::Undefined { undefined: why.to_string() }
    }
}

/// How a bootstrap is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bootstrap {
    pub(super) draws: usize,
    pub(super) seed: u64,
    pub(super) cluster: Cluster,
}

/// Samples times draws at most; with more samples there are fewer draws, at least [`FEWEST_DRAWS`].
const WORK: usize = 2_000_000_000;
const FEWEST_DRAWS: usize = 100;

/// Fewest real samples of which one in a thousand can be told: with n and no false alarm the upper bound is 3/n.
const REALS_FOR_TENTH: usize = 3000;

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
    pub(super) ece: Estimate,
}

/// Metrics in one draw, in this order.
const COUNT: usize = 10;
type Values = [f64; COUNT];

/// A sample, in descending order of score.
struct Sample {
    score: f64,
    fake: bool,
    cluster: u32,
    loss: f64,
}

impl Statistics {
    /// Computes every metric; `strata` has for each sample what the bootstrap draws within.
    pub(super) fn of(samples: &Samples, strata: &[u64], threshold: f64, how: Bootstrap) -> Self {
        let (ordered, clusters) = order(samples);
        let ones = vec![1; clusters];
        let (fake, real) = classes(samples);
        let points = values(&ordered, &ones, threshold);
        let draws = how.draws.min((WORK / samples.len().max(1)).max(FEWEST_DRAWS));
        let mut drawn: [Vec<f64>; COUNT] = std::array::from_fn(|_| Vec::with_capacity(draws));
        let groups = groups(samples, strata);
        let mut rng = ChaCha8Rng::seed_from_u64(how.seed);
        let mut weights = vec![0; clusters];
        for _ in 0..draws {
            draw(&groups, &mut weights, &mut rng);
            let values = values(&ordered, &weights, threshold);
            drawn.iter_mut().zip(values).for_each(|(drawn, value)| drawn.push(value));
        }
        let interval =
            format!("percentile bootstrap over {}, stratified by method, {draws} draws", how.cluster);
        let mut estimates = points.into_iter().zip(drawn).map(|(value, drawn)| {
            let (low, high) = percentiles(drawn);
            Estimate::Defined { value, low, high, interval: interval.clone() }
        });
        let mut next = || estimates.next().unwrap_or_else(|| Estimate::undefined("not computed"));
        let both = |estimate: Estimate| match (fake, real) {
            (0, _) => Estimate::undefined(Reason::NoFakeSample),
            (_, 0) => Estimate::undefined(Reason::NoRealSample),
            _ => estimate,
        };
        let [auc, average_precision, equal_error_rate] = [next(), next(), next()].map(both);
        let [tpr_at_fpr_1, tenth] = [next(), next()].map(both);
        let tpr_at_fpr_01 = if real < REALS_FOR_TENTH {
            Estimate::undefined(format!("it needs {REALS_FOR_TENTH} real samples, got {real}"))
        } else {
            tenth
        };
        let (apcer, bpcer) = (next(), next());
        let some = |estimate, count, reason| if count == 0 { Estimate::undefined(reason) } else { estimate };
        let any = |estimate| some(estimate, fake + real, Reason::NoRealSample);
        Self {
            clusters,
            auc,
            average_precision,
            equal_error_rate,
            tpr_at_fpr_1,
            tpr_at_fpr_01,
            apcer: some(apcer, fake, Reason::NoFakeSample),
            bpcer: some(bpcer, real, Reason::NoRealSample),
            brier: any(next()),
            log_loss: any(next()),
            ece: any(next()),
        }
    }
}

/// The samples in descending order of score, with clusters numbered from 0, and the number of these.
fn order(samples: &Samples) -> (Vec<Sample>, usize) {
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let mut ordered: Vec<Sample> = (0..samples.len())
        .map(|place| {
            let next = numbers.len() as u32;
            let cluster = *numbers.entry(samples.clusters[place]).or_insert(next);
            let (score, fake) = (samples.scores[place], samples.fake[place]);
            // The loss of one sample, by the same rule as that of all.
            let loss = Scores::new(&[score], &[fake]).map_or(0.0, |one| one.log_loss());
            Sample { score, fake, cluster, loss }
        })
        .collect();
    ordered.sort_by(|a, b| b.score.total_cmp(&a.score));
    (ordered, numbers.len())
}

/// Fakes and reals.
fn classes(samples: &Samples) -> (usize, usize) {
    let fake = samples.fake.iter().filter(|fake| **fake).count();
    (fake, samples.len() - fake)
}

/// Clusters that are drawn from among themselves, in an order that does not depend on hashes.
fn groups(samples: &Samples, strata: &[u64]) -> Vec<Vec<u32>> {
    let mut numbers: HashMap<u32, u32> = HashMap::new();
    let mut places: HashMap<u64, usize> = HashMap::new();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for place in 0..samples.len() {
        let next = numbers.len() as u32;
        // A cluster in several strata belongs to the first.
        if let std::collections::hash_map::Entry::Vacant(new) = numbers.entry(samples.clusters[place]) {
            new.insert(next);
            let group = *places.entry(strata[place]).or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
            groups[group].push(next);
        }
    }
    groups
}

/// The metrics where each cluster counts as often as `weights` says; NaN where one is undefined.
fn values(ordered: &[Sample], weights: &[u32], threshold: f64) -> Values {
    let weight = |sample: &Sample| f64::from(weights[sample.cluster as usize]);
    let (mut fakes, mut reals) = (0.0, 0.0);
    let (mut brier, mut loss, mut missed, mut alarms) = (0.0, 0.0, 0.0, 0.0);
    let mut bins = [0.0; 15];
    for sample in ordered {
        let weight = weight(sample);
        let label = f64::from(u8::from(sample.fake));
        brier += weight * (sample.score - label).powi(2);
        loss += weight * sample.loss;
        bins[((sample.score * 15.0) as usize).min(14)] += weight * (label - sample.score);
        let is_called_fake = sample.score > threshold;
        if sample.fake {
            fakes += weight;
            missed += if is_called_fake { 0.0 } else { weight };
        } else {
            reals += weight;
            alarms += if is_called_fake { weight } else { 0.0 };
        }
    }
    let (mut tp, mut fp, mut auc, mut precision) = (0.0, 0.0, 0.0, 0.0);
    // The point where nothing is called fake.
    let (mut eer, mut least) = (0.5, 1.0);
    let (mut at_1, mut at_01) = (0.0, 0.0);
    for tied in ordered.chunk_by(|a, b| a.score == b.score) {
        let sum = |fake: bool| tied.iter().filter(|s| s.fake == fake).map(&weight).sum::<f64>();
        let (fake, real) = (sum(true), sum(false));
        auc += fake * (reals - fp - real + real / 2.0);
        tp += fake;
        fp += real;
        if tp + fp > 0.0 {
            precision += fake * tp / (tp + fp);
        }
        let (miss, alarm) = (1.0 - tp / fakes, fp / reals);
        if (miss - alarm).abs() < least {
            (least, eer) = ((miss - alarm).abs(), (miss + alarm) / 2.0);
        }
        if alarm <= 0.01 {
            at_1 = tp / fakes;
        }
        if alarm <= 0.001 {
            at_01 = tp / fakes;
        }
    }
    let all = fakes + reals;
    let ece = bins.iter().map(|bin| f64::abs(*bin)).sum::<f64>() / all;
    let ranking = [auc / (fakes * reals), precision / fakes, eer, at_1, at_01];
    let [a, b, c, d, e] = ranking;
    [a, b, c, d, e, missed / fakes, alarms / reals, brier / all, loss / all, ece]
}

/// The interval of 95 %.
fn percentiles(mut drawn: Vec<f64>) -> (f64, f64) {
    drawn.retain(|value| value.is_finite());
    drawn.sort_unstable_by(f64::total_cmp);
    let at = |ratio: f64| match drawn.len() {
        0 => f64::NAN,
        n => drawn[((n - 1) as f64 * ratio).round() as usize],
    };
    (at(0.025), at(0.975))
}

/// What a comparison of two detectors gives.
pub(super) struct Difference {
    pub(super) auc: [f64; 2],
    pub(super) difference: Estimate,
    pub(super) p: Option<f64>,
    pub(super) test: String,
}

/// The difference of the AUC of `samples` and of `others`, the scores of the same samples by another detector.
pub(super) fn difference(
    samples: &Samples,
    others: &[f64],
    strata: &[u64],
    how: Bootstrap,
) -> Difference {
    let second = Samples { scores: others.to_vec(), ..samples.clone() };
    let (first, clusters) = order(samples);
    let (second, _) = order(&second);
    let groups = groups(samples, strata);
    let auc = |weights: &[u32]| [&first, &second].map(|ordered| values(ordered, weights, 0.5)[0]);
    let point = auc(&vec![1; clusters]);
    let draws = how.draws.min((WORK / samples.len().max(1)).max(FEWEST_DRAWS));
    let mut rng = ChaCha8Rng::seed_from_u64(how.seed);
    let mut weights = vec![0; clusters];
    let mut drawn = Vec::with_capacity(draws);
    for _ in 0..draws {
        draw(&groups, &mut weights, &mut rng);
        let [a, b] = auc(&weights);
        drawn.push(a - b);
    }
    let (low, high) = percentiles(drawn);
    let interval = format!("paired percentile bootstrap over {}, {draws} draws", how.cluster);
    let difference = Estimate::Defined { value: point[0] - point[1], low, high, interval };
    Difference { auc: point, difference, p: None, test: String::new() }
}

/// The weights of one draw: within each group as many clusters as it has, with replacement.
fn draw(groups: &[Vec<u32>], weights: &mut [u32], rng: &mut ChaCha8Rng) {
    weights.fill(0);
    for group in groups {
        for _ in 0..group.len() {
            weights[group[rng.random_range(0..group.len())] as usize] += 1;
        }
    }
}
