//! Ranking metrics, which need no threshold.
//!
//! All three make one pass over the distinct scores in descending order. Samples with the same score pass
//! the threshold together, so that the order of ties in the input does not matter.

use serde::{Deserialize, Serialize};

use crate::{Metric, Reason, Scores, Undefined};

/// The samples in descending order of score; see [`Scores::ranking`].
#[derive(Debug, Clone)]
pub struct Ranking {
    /// One entry per distinct score, highest score first.
    pub(crate) ties: Vec<Tie>,
    pub(crate) n_fake: u64,
    pub(crate) n_real: u64,
}

/// Number of samples with the same score, or with scores from `low` to `high` where several were merged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tie {
    pub(crate) high: f64,
    pub(crate) low: f64,
    pub(crate) fake: u64,
    pub(crate) real: u64,
}

/// A threshold and the rates at it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// Scores above it are called fake: midway between two neighboring scores; the highest score where
    /// nothing is called fake; `None` where everything is, which no threshold in 0..=1 does if a score is 0.
    pub threshold: Option<f64>,
    /// Ratio of the fakes called fake (true positive rate; 1 − APCER).
    pub tpr: f64,
    /// Ratio of the real samples called fake (false positive rate; BPCER).
    pub fpr: f64,
}

/// What is called fake at one point of the curve.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) threshold: Option<f64>,
    pub(crate) tp: u64,
    pub(crate) fp: u64,
}

impl Scores<'_> {
    /// Sorts the samples; O(n log n).
    #[must_use]
    pub fn ranking(&self) -> Ranking {
        let mut pairs: Vec<(f64, bool)> = self.pairs().collect();
        pairs.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let ties: Vec<Tie> = pairs
            .chunk_by(|a, b| a.0 == b.0)
            .map(|tied| {
                let fake = tied.iter().filter(|(_, fake)| *fake).count() as u64;
                let (high, low) = (tied[0].0, tied[0].0);
                Tie { high, low, fake, real: tied.len() as u64 - fake }
            })
            .collect();
        let n_fake = self.n_fake() as u64;
        Ranking { ties, n_fake, n_real: self.n_samples() as u64 - n_fake }
    }
}

impl Ranking {
    /// Area under the ROC curve: the chance that a random fake scores above a random real sample,
    /// ties counting one half. This is the Mann-Whitney statistic with average ranks.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn auc(&self) -> Result<f64, Undefined> {
        self.both_classes(Metric::Auc)?;
        // Twice the number of won pairs is an integer: a tie counts 1, a win 2.
        let mut real_below = self.n_real;
        let mut doubled: u128 = 0;
        for tie in &self.ties {
            real_below -= tie.real;
            doubled += u128::from(tie.fake) * u128::from(2 * real_below + tie.real);
        }
        Ok(doubled as f64 / 2.0 / (self.n_fake as f64 * self.n_real as f64))
    }

    /// Average precision: the precision at each distinct score, weighted by the recall gained
    /// there, `Σ (Rₙ − Rₙ₋₁) Pₙ`, without interpolation, as scikit-learn's
    /// [`average_precision_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html).
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn average_precision(&self) -> Result<f64, Undefined> {
        self.both_classes(Metric::AveragePrecision)?;
        let (mut tp, mut fp, mut sum) = (0, 0, 0.0);
        for tie in &self.ties {
            tp += tie.fake;
            fp += tie.real;
            sum += tie.fake as f64 * tp as f64 / (tp + fp) as f64;
        }
        Ok(sum / self.n_fake as f64)
    }

    /// Equal error rate: the mean of the false positive and false negative rate at the point of
    /// the ROC curve where they differ least. The points are "nothing is fake" and one per distinct
    /// score, with nothing interpolated between them; of equally near points the one with the
    /// highest threshold is used.
    ///
    /// ISO/IEC 30107-3 calls it D-EER when all attacks are pooled; see
    /// [`AttackRates::d_eer`](crate::AttackRates::d_eer) for the one of the worst kind of attack.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn equal_error_rate(&self) -> Result<f64, Undefined> {
        let point = self.equal_error_counts()?;
        let (fakes, reals) = (u128::from(self.n_fake), u128::from(self.n_real));
        let (missed, alarms) = (u128::from(self.n_fake - point.tp), u128::from(point.fp));
        Ok((missed * reals + alarms * fakes) as f64 / 2.0 / (fakes * reals) as f64)
    }

    /// The point of [`equal_error_rate`](Self::equal_error_rate): a threshold that treats both classes
    /// alike. Fit it on validation scores, never on those that it is tested with.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn equal_error_point(&self) -> Result<OperatingPoint, Undefined> {
        Ok(self.point(self.equal_error_counts()?))
    }

    fn equal_error_counts(&self) -> Result<Counts, Undefined> {
        self.both_classes(Metric::EqualErrorRate)?;
        // Both rates over the common denominator `n_fake · n_real`, to compare exactly.
        let (fakes, reals) = (u128::from(self.n_fake), u128::from(self.n_real));
        let difference = |point: &Counts| {
            let missed = u128::from(self.n_fake - point.tp);
            (missed * reals).abs_diff(u128::from(point.fp) * fakes)
        };
        // The first of several, which `min_by_key` promises.
        let nearest = self.counts().min_by_key(difference);
        nearest.ok_or(Undefined { metric: Metric::EqualErrorRate, reason: Reason::NoFakeSample })
    }

    /// "Nothing is fake", then one point per entry, in order of falling thresholds.
    pub(crate) fn counts(&self) -> impl Iterator<Item = Counts> + '_ {
        let first = Counts { threshold: self.ties.first().map(|tie| tie.high), tp: 0, fp: 0 };
        let mut last = first;
        let rest = self.ties.iter().enumerate().map(move |(index, tie)| {
            let below = self.ties.get(index + 1).map(|next| next.high);
            last = Counts {
                threshold: below.map(|below| between(below, tie.low)),
                tp: last.tp + tie.fake,
                fp: last.fp + tie.real,
            };
            last
        });
        std::iter::once(first).chain(rest)
    }

    /// The rates at a point; both classes must be present.
    pub(crate) fn point(&self, Counts { threshold, tp, fp }: Counts) -> OperatingPoint {
        let (tpr, fpr) = (tp as f64 / self.n_fake as f64, fp as f64 / self.n_real as f64);
        OperatingPoint { threshold, tpr, fpr }
    }

    pub(crate) fn both_classes(&self, metric: Metric) -> Result<(), Undefined> {
        match (self.n_fake, self.n_real) {
            (0, _) => Err(Undefined { metric, reason: Reason::NoFakeSample }),
            (_, 0) => Err(Undefined { metric, reason: Reason::NoRealSample }),
            _ => Ok(()),
        }
    }
}

/// A threshold above `low` scores and not above `high` ones: midway, or `low` where rounding up would
/// exclude `high`.
pub(crate) fn between(low: f64, high: f64) -> f64 {
    let middle = low + (high - low) / 2.0;
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Every pair of a fake and a real sample, one by one.
    fn auc_by_pairs(scores: &[f64], labels: &[bool]) -> f64 {
        let (mut won, mut pairs) = (0.0, 0.0);
        for (&fake, _) in scores.iter().zip(labels).filter(|(_, label)| **label) {
            for (&real, _) in scores.iter().zip(labels).filter(|(_, label)| !**label) {
                won += if fake > real { 1.0 } else { f64::from(u8::from(fake == real)) / 2.0 };
                pairs += 1.0;
            }
        }
        won / pairs
    }

    /// Recounts true and false positives at every distinct score, highest first.
    fn counts_at_each_score(scores: &[f64], labels: &[bool]) -> Vec<(f64, f64)> {
        let mut thresholds = scores.to_vec();
        thresholds.sort_by(|a, b| b.total_cmp(a));
        thresholds.dedup();
        let count = |threshold: f64, fake: bool| {
            let called = scores.iter().zip(labels).filter(|&(&s, &l)| s >= threshold && l == fake);
            called.count() as f64
        };
        thresholds.into_iter().map(|t| (count(t, true), count(t, false))).collect()
    }

    fn average_precision_by_recount(scores: &[f64], labels: &[bool]) -> f64 {
        let counts = counts_at_each_score(scores, labels);
        let n_fake = counts.last().unwrap().0;
        let recall_before = std::iter::once(0.0).chain(counts.iter().map(|(tp, _)| tp / n_fake));
        let gains = counts.iter().zip(recall_before);
        gains.map(|((tp, fp), before)| (tp / n_fake - before) * tp / (tp + fp)).sum()
    }

    fn distance_from_the_diagonal(scores: &[f64], labels: &[bool], rate: f64) -> f64 {
        let counts = counts_at_each_score(scores, labels);
        let (n_fake, n_real) = *counts.last().unwrap();
        let rates = |(tp, fp): (f64, f64)| (1.0 - tp / n_fake, fp / n_real);
        let points = std::iter::once((0.0, 0.0)).chain(counts).map(rates);
        let least = points.clone().map(|(fnr, fpr)| (fnr - fpr).abs()).fold(f64::MAX, f64::min);
        let near = points.filter(|(fnr, fpr)| (fnr - fpr).abs() < least + 1e-12);
        near.map(|(fnr, fpr)| ((fnr + fpr) / 2.0 - rate).abs()).fold(f64::MAX, f64::min)
    }

    /// Small sets with many ties: `levels` distinct scores at most, both classes present.
    fn random_sets() -> impl Iterator<Item = (Vec<f64>, Vec<bool>)> {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        (0..500).map(move |_| {
            let n = rng.random_range(2..40);
            let levels = rng.random_range(1..30);
            let scores =
                (0..n).map(|_| f64::from(rng.random_range(0..=levels)) / f64::from(levels));
            let scores: Vec<f64> = scores.collect();
            let mut labels: Vec<bool> = (0..n).map(|_| rng.random()).collect();
            (labels[0], labels[1]) = (true, false);
            (scores, labels)
        })
    }

    #[test]
    fn ranking_agrees_with_counting_pairs() {
        for (scores, labels) in random_sets() {
            let ranking = Scores::new(&scores, &labels).unwrap().ranking();
            let auc = ranking.auc().unwrap();
            assert!((auc - auc_by_pairs(&scores, &labels)).abs() < 1e-12, "{scores:?} {labels:?}");
            let precision = ranking.average_precision().unwrap();
            let reference = average_precision_by_recount(&scores, &labels);
            assert!((precision - reference).abs() < 1e-12, "{scores:?} {labels:?}");
            let rate = ranking.equal_error_rate().unwrap();
            assert!(distance_from_the_diagonal(&scores, &labels, rate) < 1e-12, "{scores:?}");
        }
    }

    #[test]
    fn the_order_of_the_input_does_not_matter() {
        for (mut scores, mut labels) in random_sets().take(50) {
            let before = Scores::new(&scores, &labels).unwrap().ranking();
            scores.reverse();
            labels.reverse();
            let after = Scores::new(&scores, &labels).unwrap().ranking();
            assert_eq!(before.auc(), after.auc());
            assert_eq!(before.average_precision(), after.average_precision());
            assert_eq!(before.equal_error_rate(), after.equal_error_rate());
        }
    }

    #[test]
    fn uninformative_scores_give_one_half() {
        let ranking = Scores::new(&[0.0, -0.0, 0.0, 0.0], &[true, false, false, true]).unwrap();
        assert_eq!(ranking.ranking().auc(), Ok(0.5));
        assert_eq!(ranking.ranking().equal_error_rate(), Ok(0.5));
    }

    #[test]
    fn of_equally_near_points_the_highest_threshold_is_used() {
        // Below 0.9 the rates are (fnr 1, fpr 1/2), below 0.8 they are (0, 1/2).
        let scores = Scores::new(&[0.9, 0.8, 0.1], &[false, true, false]).unwrap();
        assert_eq!(scores.ranking().equal_error_rate(), Ok(0.75));
    }

    #[test]
    fn one_class_has_no_ranking() {
        for (label, reason) in [(true, Reason::NoRealSample), (false, Reason::NoFakeSample)] {
            let ranking = Scores::new(&[0.2, 0.9], &[label; 2]).unwrap().ranking();
            let undefined = |metric| Err(Undefined { metric, reason });
            assert_eq!(ranking.auc(), undefined(Metric::Auc));
            assert_eq!(ranking.average_precision(), undefined(Metric::AveragePrecision));
            assert_eq!(ranking.equal_error_rate(), undefined(Metric::EqualErrorRate));
        }
    }
}
