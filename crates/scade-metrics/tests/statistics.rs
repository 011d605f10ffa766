//! Metrics, intervals, comparisons, curves and fits against scikit-learn and SciPy on 50 random sets with ties,
//! to 1e-9.
//!
//! `fixtures/statistics.json` holds results alone; the samples are made anew by `common`. It was written by the
//! following, with scikit-learn 1.9.1, SciPy 1.17.1 and NumPy 1.26.4. Variances are by the definition of DeLong;
//! the published fast implementation of the package `confidenceinterval` 1.0.5 agrees, in single precision.
//!
//! ```python
//! import json
//! import numpy as np
//! from scipy import optimize, special, stats
//! from sklearn import calibration, isotonic, metrics
//! from delong import fastDeLong_no_weights  # confidenceinterval 1.0.5
//!
//! M = 2**64 - 1
//! def splitmix(state):
//!     while True:
//!         state = (state + 0x9E3779B97F4A7C15) & M
//!         z = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & M
//!         z = ((z ^ z >> 27) * 0x94D049BB133111EB) & M
//!         yield z ^ z >> 31
//!
//! def samples(seed):
//!     r = splitmix(seed)
//!     n, levels = 12 + next(r) % 190, [7, 20, 100, 1000][seed % 4]
//!     y, a, b = [], [], []
//!     for i in range(n):
//!         fake = next(r) % 2 if i > 3 else i % 2
//!         k, l, m = (next(r) % (levels + 1) for _ in range(3))
//!         y.append(fake); a.append((max(k, l) if fake else k) / levels)
//!         b.append((max(k, l, m) + m if fake else k + m) / (2 * levels))
//!     return np.array(y), np.array(a), np.array(b)
//!
//! def placements(y, s):  # of O(m n) comparisons
//!     wins = np.where(s[y == 1][:, None] > s[y == 0], 1, np.where(s[y == 1][:, None] == s[y == 0], .5, 0))
//!     return wins.mean(1), wins.mean(0)
//!
//! def variance(v10, v01):
//!     return v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)
//!
//! def checksum(values):  # depends on every value and on their order
//!     return float(sum(v / (k + 1) for k, v in enumerate(values)))
//!
//! logit = lambda s: special.logit(np.clip(s, 1e-7, 1 - 1e-7))
//! results, agree = [], []
//! for seed in range(50):
//!     y, a, b = samples(seed)
//!     call = a > .5
//!     fpr, tpr, _ = metrics.roc_curve(y, a, drop_intermediate=False)
//!     precision, recall, _ = metrics.precision_recall_curve(y, a)
//!     at_fpr = [max(t for f, t in zip(fpr, tpr) if f <= x) for x in (.01, .05, .2)]
//!     at_apcer = [min(f for f, t in zip(fpr, tpr) if round((1 - t) * y.sum()) <= x * y.sum()) for x in (.01, .1, .3)]
//!     # Bins between quantiles, as calibration_curve has them, but with integer positions.
//!     order, steps = np.sort(a), [divmod((len(a) - 1) * k, 15) for k in range(1, 15)]
//!     edges = [order[i] + (order[min(i + 1, len(a) - 1)] - order[i]) * (r / 15) for i, r in steps]
//!     ids = np.searchsorted(edges, a)
//!     true, mean = (np.array([v[ids == k].mean() for k in np.unique(ids)]) for v in (y, a))
//!     counts = np.unique(ids, return_counts=True)[1]
//!     theirs = calibration.calibration_curve(y, a, n_bins=15, strategy="quantile")
//!     agree.append(len(theirs[0]) == len(true) and np.allclose(theirs, [true, mean], rtol=0, atol=1e-12))
//!     # DeLong: direct, and the published one.
//!     (a10, a01), (b10, b01) = placements(y, a), placements(y, b)
//!     var, var_difference = variance(a10, a01), variance(a10 - b10, a01 - b01)
//!     order = np.argsort(-y, kind="stable")
//!     aucs, cov = fastDeLong_no_weights(np.vstack([a, b])[:, order], int(y.sum()))
//!     assert np.allclose([cov[0, 0], cov[0, 0] + cov[1, 1] - 2 * cov[0, 1]], [var, var_difference], rtol=1e-5)
//!     z = (a10.mean() - b10.mean()) / var_difference**.5
//!     # Risk and coverage, directly.
//!     distance, wrong = np.abs(a - .5), call != y
//!     risk = [wrong[distance >= d].mean() for d in distance]
//!     # Fits.
//!     x = logit(a); fakes = y.sum()
//!     target = np.where(y == 1, (fakes + 1) / (fakes + 2), 1 / (len(y) - fakes + 2))
//!     loss = lambda p: (np.logaddexp(0, p[0] * x + p[1]) - target * (p[0] * x + p[1])).sum()
//!     def gradient(p):
//!         e = special.expit(p[0] * x + p[1]) - target
//!         return np.array([(e * x).sum(), e.sum()])
//!     rough = optimize.minimize(loss, [1, 0], jac=gradient, method="BFGS").x
//!     platt = optimize.root(gradient, rough, tol=1e-14).x
//!     theirs = calibration._sigmoid_calibration(x, y)
//!     assert np.allclose([-theirs[0], -theirs[1]], platt, atol=2e-3), (theirs, platt)
//!     slope = lambda inverse: (x * (special.expit(inverse * x) - y)).sum()
//!     temperature = 1 / optimize.brentq(slope, 1e-9, 1e4, xtol=1e-15, rtol=1e-15) if slope(0) < 0 else None
//!     grid = np.arange(101) / 100
//!     fit = isotonic.IsotonicRegression(out_of_bounds="clip").fit(a, y)
//!     results.append([float(v) if v is not None else None for v in [
//!         len(y), metrics.roc_auc_score(y, a), metrics.average_precision_score(y, a),
//!         metrics.brier_score_loss(y, a), metrics.log_loss(y, np.clip(a, 1e-7, 1 - 1e-7)),
//!         metrics.accuracy_score(y, call), metrics.balanced_accuracy_score(y, call),
//!         metrics.precision_score(y, call, zero_division=np.nan), metrics.recall_score(y, call),
//!         metrics.f1_score(y, call), len(fpr), checksum(fpr), checksum(tpr),
//!         len(precision) - 1, checksum(precision[-2::-1]), checksum(recall[-2::-1]),
//!         *at_fpr, *at_apcer, checksum(true), checksum(mean), np.abs(true - mean) @ counts / len(y),
//!         np.mean(risk), var, var_difference, z, 2 * stats.norm.sf(abs(z)),
//!         *platt, temperature, checksum(fit.predict(grid))]])
//! assert sum(agree) > 40  # The others have an edge at a score, which theirs misses by rounding.
//! print("[\n" + ",\n".join(json.dumps(r) for r in results) + "\n]")
//! ```

mod common;

use scade_metrics::{Calibration, CalibrationMap, Confidence, Metrics, Paired, Rate, Scores};

/// Names of the results, in order.
const NAMES: [&str; 34] = [
    "samples",
    "AUC",
    "average precision",
    "Brier score",
    "log loss",
    "accuracy",
    "balanced accuracy",
    "precision",
    "recall",
    "F1",
    "ROC points",
    "ROC FPR",
    "ROC TPR",
    "precision-recall points",
    "PR precision",
    "PR recall",
    "TPR at FPR 1 %",
    "TPR at FPR 5 %",
    "TPR at FPR 20 %",
    "FPR at FNR 1 %",
    "FPR at FNR 10 %",
    "FPR at FNR 30 %",
    "reliability, ratio of fakes",
    "reliability, mean score",
    "ECE, equal mass",
    "area under risk-coverage",
    "DeLong variance",
    "DeLong variance of the difference",
    "DeLong z",
    "DeLong p",
    "Platt slope",
    "Platt intercept",
    "temperature",
    "isotonic",
];

#[test]
fn all_agree_with_scikit_learn_and_scipy() {
    let expected: Vec<Vec<f64>> =
        serde_json::from_str(include_str!("fixtures/statistics.json")).unwrap();
    assert_eq!(expected.len(), 50);
    for (seed, expected) in (0..).zip(expected) {
        let got = results(&common::set(seed));
        assert_eq!((got.len(), expected.len()), (NAMES.len(), NAMES.len()));
        for ((name, got), expected) in NAMES.iter().zip(got).zip(expected) {
            let tolerance = 1e-9 * expected.abs().max(1.0);
            assert!((got - expected).abs() < tolerance, "{seed}, {name}: {expected}, got {got}");
        }
    }
}

fn results(set: &common::Set) -> Vec<f64> {
    let scores = Scores::new(&set.a, &set.labels).unwrap();
    let metrics = Metrics::new(scores, 0.5).unwrap();
    let ranking = scores.ranking();
    let (roc, pr) = (ranking.roc().unwrap(), ranking.precision_recall().unwrap());
    let bins = scores.reliability(15.try_into().unwrap());
    let at_fpr = |rate| ranking.point_at_fpr(Rate::new(rate).unwrap()).unwrap().tpr;
    let at_apcer = |rate| ranking.point_at_apcer(Rate::new(rate).unwrap()).unwrap().fpr;
    let paired = Paired::new(&set.a, &set.b, &set.labels).unwrap();
    let test = paired.delong(Confidence::default()).unwrap();
    // The interval has the standard error times the normal quantile to either side.
    let error = (test.difference.high - test.difference.low) / 2.0 / 1.959_963_984_540_054;
    let platt = Calibration::platt(scores).unwrap();
    let &CalibrationMap::Platt { slope, intercept } = platt.map() else { panic!("{platt:?}") };
    let scaled = Calibration::temperature(scores).unwrap();
    let &CalibrationMap::Temperature { temperature } = scaled.map() else { panic!("{scaled:?}") };
    let isotonic = Calibration::isotonic(scores).unwrap();
    vec![
        scores.n_samples() as f64,
        ranking.auc().unwrap(),
        ranking.average_precision().unwrap(),
        metrics.brier,
        metrics.log_loss,
        metrics.accuracy,
        metrics.balanced_accuracy.and_then(scade_metrics::Value::get).unwrap(),
        metrics.precision.get().unwrap(),
        metrics.recall.get().unwrap(),
        metrics.f1.get().unwrap(),
        roc.len() as f64,
        checksum(roc.iter().map(|point| point.fpr)),
        checksum(roc.iter().map(|point| point.tpr)),
        pr.len() as f64,
        checksum(pr.iter().map(|point| point.precision)),
        checksum(pr.iter().map(|point| point.recall)),
        at_fpr(0.01),
        at_fpr(0.05),
        at_fpr(0.2),
        at_apcer(0.01),
        at_apcer(0.1),
        at_apcer(0.3),
        checksum(bins.iter().map(|bin| bin.fake_ratio)),
        checksum(bins.iter().map(|bin| bin.mean_score)),
        metrics.ece_equal_mass.unwrap(),
        scores.risk_coverage(0.5).unwrap().aurc,
        scores.delong().unwrap().variance(),
        error.powi(2),
        test.difference.value / error,
        test.p_value,
        slope,
        intercept,
        temperature,
        checksum((0..=100).map(|step| isotonic.apply(f64::from(step) / 100.0))),
    ]
}

fn checksum(values: impl Iterator<Item = f64>) -> f64 {
    values.enumerate().map(|(index, value)| value / (index + 1) as f64).sum()
}
