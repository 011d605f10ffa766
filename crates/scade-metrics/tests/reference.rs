//! Properties on random sets with ties, against the definitions written out slowly.

mod common;

use std::num::NonZeroUsize;

use common::{Set, SplitMix, set};
use scade_metrics::{
    AttackRates, Calibration, CalibrationMap, Clustered, Confidence, Conformal, Points,
    PredictionSet, Rate, Scores, holm,
};

fn sets() -> impl Iterator<Item = Set> {
    (100..160).map(set)
}

fn scores(set: &Set) -> Scores<'_> {
    Scores::new(&set.a, &set.labels).unwrap()
}

fn pairs(set: &Set) -> impl Iterator<Item = (f64, bool)> + Clone + '_ {
    set.a.iter().copied().zip(set.labels.iter().copied())
}

fn of(set: &Set, class: bool) -> Vec<f64> {
    pairs(set).filter(|(_, label)| *label == class).map(|(score, _)| score).collect()
}

/// Ratio of the scores of a class above a threshold.
fn above(set: &Set, class: bool, threshold: f64) -> f64 {
    let own = of(set, class);
    own.iter().filter(|score| **score > threshold).count() as f64 / own.len() as f64
}

#[test]
fn a_point_of_a_curve_has_the_rates_of_its_threshold() {
    for set in sets() {
        let ranking = scores(&set).ranking();
        let roc = ranking.roc().unwrap();
        for point in &roc {
            match point.threshold {
                Some(threshold) => {
                    assert!((point.tpr - above(&set, true, threshold)).abs() < 1e-12);
                    assert!((point.fpr - above(&set, false, threshold)).abs() < 1e-12);
                }
                None => assert_eq!((point.tpr, point.fpr), (1.0, 1.0)),
            }
        }
        assert_eq!(roc.iter().filter(|point| point.threshold.is_none()).count(), 1);
        let area: f64 =
            roc.windows(2).map(|p| (p[1].fpr - p[0].fpr) * (p[1].tpr + p[0].tpr) / 2.0).sum();
        assert!((area - ranking.auc().unwrap()).abs() < 1e-12);
        let point = ranking.equal_error_point().unwrap();
        let rate = (point.fpr + 1.0 - point.tpr) / 2.0;
        assert!((rate - ranking.equal_error_rate().unwrap()).abs() < 1e-12);
    }
}

#[test]
fn det_positions_are_the_normal_quantiles_of_both_errors() {
    let det = scores(&set(3)).ranking().det().unwrap();
    let (first, last) = (det.first().unwrap(), det.last().unwrap());
    assert_eq!((first.fpr, first.fnr, first.probit_fpr, first.probit_fnr), (0.0, 1.0, None, None));
    assert_eq!((last.fpr, last.fnr), (1.0, 0.0));
    for pair in det.windows(2) {
        assert!(pair[0].fpr <= pair[1].fpr && pair[0].fnr >= pair[1].fnr);
        if let (Some(left), Some(right)) = (pair[0].probit_fpr, pair[1].probit_fpr) {
            assert!(left <= right);
        }
    }
    let half = det.iter().find(|point| point.fpr == 0.5);
    assert!(half.is_none_or(|point| point.probit_fpr.unwrap().abs() < 1e-12));
}

#[test]
fn a_figure_has_few_points_all_of_them_true_and_none_far_from_the_next() {
    let mut random = SplitMix(4);
    let labels: Vec<bool> = (0..200_000).map(|index| index % 3 == 0).collect();
    let values: Vec<f64> = labels
        .iter()
        .map(|fake| common::sigmoid(random.normal() + if *fake { 2.0 } else { 0.0 }))
        .collect();
    let ranking = Scores::new(&values, &labels).unwrap().ranking();
    let (full, few) = (ranking.roc().unwrap(), ranking.for_figure().roc().unwrap());
    assert!(full.len() > 190_000 && few.len() < 3000, "{} {}", full.len(), few.len());
    assert_eq!((few.first(), few.last()), (full.first(), full.last()));
    let mut all = full.iter();
    for point in &few {
        assert!(all.any(|other| (other.tpr, other.fpr) == (point.tpr, point.fpr)));
    }
    for pair in few.windows(2) {
        assert!(pair[1].tpr - pair[0].tpr < 1.0 / 400.0 && pair[1].fpr - pair[0].fpr < 1.0 / 400.0);
        let enough = pair[0].fpr * 133_000.0 > 100.0;
        assert!(!enough || pair[1].fpr < 1.03 * pair[0].fpr, "{pair:?}");
    }
    // A small set is left as it is, but for steps that no figure shows.
    let small = scores(&set(7)).ranking();
    assert_eq!(small.for_figure().roc(), small.roc());
}

#[test]
fn risks_are_those_of_the_samples_decided() {
    for set in sets() {
        let curve = scores(&set).risk_coverage(0.5).unwrap();
        let mut area = 0.0;
        let decided = |confidence: f64| {
            pairs(&set).filter(move |(score, _)| (score - 0.5).abs() >= confidence)
        };
        let risk = |confidence: f64| {
            let wrong = decided(confidence).filter(|(score, fake)| (*score > 0.5) != *fake);
            wrong.count() as f64 / decided(confidence).count() as f64
        };
        for point in &curve.points {
            let count = decided(point.confidence).count() as f64;
            assert!((point.coverage - count / set.a.len() as f64).abs() < 1e-12);
            assert!((point.risk - risk(point.confidence)).abs() < 1e-12);
        }
        for (score, _) in pairs(&set) {
            area += risk((score - 0.5).abs()) / set.a.len() as f64;
        }
        assert!((curve.aurc - area).abs() < 1e-12);
        let few = curve.for_figure(NonZeroUsize::new(10).unwrap());
        assert!(few.points.len() <= curve.points.len());
        assert_eq!((few.points.last(), few.aurc), (curve.points.last(), curve.aurc));
    }
}

#[test]
fn every_sample_is_in_one_bin_of_equal_mass_and_equal_scores_in_the_same() {
    for set in sets() {
        for count in [1, 4, 15, 1000] {
            let bins = scores(&set).reliability(NonZeroUsize::new(count).unwrap());
            assert!(bins.len() <= count);
            assert_eq!(bins.iter().map(|bin| bin.n).sum::<usize>(), set.a.len());
            assert!(bins.windows(2).all(|pair| pair[0].high < pair[1].low));
            for bin in &bins {
                let inside = pairs(&set).filter(|(score, _)| (bin.low..=bin.high).contains(score));
                let fakes = inside.clone().filter(|(_, fake)| *fake).count() as f64;
                assert_eq!(inside.clone().count(), bin.n);
                assert!((bin.fake_ratio - fakes / bin.n as f64).abs() < 1e-12);
                let mean = inside.map(|(score, _)| score).sum::<f64>() / bin.n as f64;
                assert!((bin.mean_score - mean).abs() < 1e-12);
            }
        }
    }
    // The trap of the metric, as its documentation says.
    let constant = Scores::new(&[0.25; 4], &[true, false, false, false]).unwrap();
    assert_eq!(constant.ece_equal_mass(), 0.0);
}

#[test]
fn rates_of_attacks_are_those_of_each_kind_alone() {
    for set in sets() {
        let kinds: Vec<&str> = (0..set.a.len()).map(|i| ["swap", "edit", "sync"][i % 3]).collect();
        let rates = AttackRates::new(scores(&set), &kinds, 0.5, Confidence::default()).unwrap();
        for rate in &rates.kinds {
            let own =
                pairs(&set).zip(&kinds).filter(|((_, fake), kind)| *fake && **kind == rate.kind);
            let missed = own.clone().filter(|((score, _), _)| *score <= 0.5).count();
            assert_eq!((rate.n, rate.apcer.count), (own.count(), missed));
            let alone: Vec<(f64, bool)> = pairs(&set)
                .zip(&kinds)
                .filter(|((_, fake), kind)| !fake || **kind == rate.kind)
                .map(|(pair, _)| pair)
                .collect();
            let (values, labels): (Vec<f64>, Vec<bool>) = alone.into_iter().unzip();
            let ranking = Scores::new(&values, &labels).unwrap().ranking();
            assert_eq!(Ok(rate.auc), ranking.auc());
            assert_eq!(Ok(rate.average_precision), ranking.average_precision());
            assert_eq!(Ok(rate.equal_error_rate), ranking.equal_error_rate());
            assert_eq!(rate.points, Points::new(&ranking));
            assert!(rate.equal_error_rate <= rates.d_eer);
            assert!(rate.apcer.share.value <= rates.apcer);
        }
        let worst = rates.kinds.iter().find(|rate| rate.kind == rates.worst).unwrap();
        assert_eq!(worst.apcer.share.value, rates.apcer);
        assert!((rates.bpcer.share.value - above(&set, false, 0.5)).abs() < 1e-12);
        assert!((rates.acer - (rates.apcer + rates.bpcer.share.value) / 2.0).abs() < 1e-12);
    }
}

#[test]
fn isotonic_regression_is_the_largest_of_the_smallest_means() {
    for set in sets() {
        let fit = Calibration::isotonic(scores(&set)).unwrap();
        let mut values = set.a.clone();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let mean = |low: f64, high: f64| {
            let inside = pairs(&set).filter(|(score, _)| (low..=high).contains(score));
            let fakes = inside.clone().filter(|(_, fake)| *fake).count();
            fakes as f64 / inside.count() as f64
        };
        // Every tenth is enough for a sum over all pairs.
        for (at, &score) in values.iter().enumerate().step_by(10) {
            let smallest = |low: f64| {
                values[at..].iter().map(|high| mean(low, *high)).fold(f64::INFINITY, f64::min)
            };
            let expected = values[..=at].iter().map(|low| smallest(*low)).fold(0.0, f64::max);
            assert!((fit.apply(score) - expected).abs() < 1e-12, "{score}");
        }
    }
}

#[test]
fn calibrated_probabilities_never_fall_and_survive_a_file() {
    let mut fitted = 0;
    for set in sets().take(20) {
        for fit in [Calibration::temperature, Calibration::platt, Calibration::isotonic] {
            // Of a small set at random the scores need not rise with the label.
            let Ok(fit) = fit(scores(&set)) else { continue };
            fitted += 1;
            assert_eq!(fit.n_samples(), set.a.len());
            let read: Calibration =
                serde_json::from_str(&serde_json::to_string(&fit).unwrap()).unwrap();
            assert_eq!(read, fit);
            let mut last = 0.0;
            for step in 0..=1000 {
                let probability = fit.apply(f64::from(step) / 1000.0);
                assert!((last..=1.0).contains(&probability), "{fit:?}");
                last = probability;
            }
            assert_eq!((fit.apply(-3.0), fit.apply(7.0)), (fit.apply(0.0), fit.apply(1.0)));
            assert!(fit.apply(f64::NAN).is_nan());
        }
    }
    assert!(fitted > 50, "{fitted}");
}

#[test]
fn a_temperature_and_a_slope_undo_what_made_scores_too_confident() {
    let mut random = SplitMix(5);
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..40_000 {
        let logit = 1.5 * random.normal();
        labels.push(random.uniform() < common::sigmoid(logit));
        values.push(common::sigmoid(3.0 * logit + 0.6));
    }
    let scores = Scores::new(&values, &labels).unwrap();
    let platt = Calibration::platt(scores).unwrap();
    let &CalibrationMap::Platt { slope, intercept } = platt.map() else { panic!("{platt:?}") };
    assert!((slope - 1.0 / 3.0).abs() < 0.02 && (intercept + 0.2).abs() < 0.03, "{platt:?}");
    let calibrated: Vec<f64> = values.iter().map(|score| platt.apply(*score)).collect();
    let after = Scores::new(&calibrated, &labels).unwrap();
    assert!(after.ece_equal_mass() < 0.01 && scores.ece_equal_mass() > 0.05);
    assert!(after.log_loss() < scores.log_loss());
    let scaled = Calibration::temperature(scores).unwrap();
    let &CalibrationMap::Temperature { temperature } = scaled.map() else { panic!("{scaled:?}") };
    assert!((2.5..3.5).contains(&temperature), "{temperature}");
}

#[test]
fn a_conformal_set_holds_the_labels_whose_p_value_is_above_the_error() {
    for set in sets() {
        let (real, fake) = (of(&set, false), of(&set, true));
        for error in [0.1, 0.2, 0.25, 0.37] {
            let Ok(rule) = Conformal::new(scores(&set), Rate::new(error).unwrap()) else {
                assert!(((real.len().min(fake.len()) + 1) as f64) * error < 1.0);
                continue;
            };
            for step in 0..=200 {
                let score = f64::from(step) / 200.0;
                // Ratio of the calibration scores at least as strange, the new one among them.
                let p = |n: usize, stranger: usize| (stranger + 1) as f64 / (n + 1) as f64;
                let p_real = p(real.len(), real.iter().filter(|s| **s >= score).count());
                let p_fake = p(fake.len(), fake.iter().filter(|s| **s <= score).count());
                let expected = match (p_real > error + 1e-12, p_fake > error + 1e-12) {
                    (true, true) => PredictionSet::Both,
                    (true, false) => PredictionSet::Real,
                    (false, true) => PredictionSet::Fake,
                    (false, false) => PredictionSet::Neither,
                };
                assert_eq!(rule.set(score), expected, "{error} {score}");
            }
            let read: Conformal =
                serde_json::from_str(&serde_json::to_string(&rule).unwrap()).unwrap();
            assert_eq!(read, rule);
            assert_eq!(rule.set(f64::NAN), PredictionSet::Neither);
        }
    }
}

#[test]
fn adjusted_p_values_are_those_of_the_steps_of_holm() {
    let mut random = SplitMix(6);
    for n in [1, 2, 5, 9] {
        let p: Vec<f64> = (0..n).map(|_| random.uniform().powi(2)).collect();
        let adjusted = holm(&p).unwrap();
        for level in [0.001, 0.01, 0.05, 0.2, 0.6] {
            // Step down: compare the k-th smallest with level / (n − k) until the first that fails.
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
            let steps = order.iter().enumerate();
            let rejected: Vec<usize> = steps
                .take_while(|(k, index)| p[**index] * (n - k) as f64 <= level)
                .map(|(_, index)| *index)
                .collect();
            for (index, adjusted) in adjusted.iter().enumerate() {
                assert_eq!(*adjusted <= level, rejected.contains(&index), "{p:?} {level}");
            }
        }
    }
    assert_eq!(holm(&[0.01, 0.04, 0.03]).unwrap(), [0.03, 0.06, 0.06]);
    assert!(holm(&[0.5, f64::NAN]).is_err() && holm(&[1.1]).is_err());
    assert_eq!(holm(&[]).unwrap(), [0.0; 0]);
}

#[test]
fn clusters_are_counted_by_key() {
    let set = set(9);
    let keys: Vec<usize> = (0..set.a.len()).map(|index| index / 3).collect();
    let clustered: Clustered<'_> = scores(&set).clustered(&keys).unwrap();
    assert_eq!(clustered.n_clusters(), set.a.len().div_ceil(3));
    assert_eq!(scores(&set).unclustered().n_clusters(), set.a.len());
}
