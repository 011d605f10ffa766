//! Every metric against scikit-learn and NumPy, to 1e-9.
//!
//! `fixtures/scores.json` was made by (metrics = sklearn.metrics):
//!
//! ```python
//! rng = np.random.default_rng(5)
//! for n, ties in [(40, False), (500, False), (500, True), (2, False)]:
//!     y = rng.integers(0, 2, n); y[:2] = [0, 1]
//!     s = np.clip(0.5 + 0.25 * (y - 0.5) + rng.normal(0, 0.2, n), 0, 1)
//!     if ties: s = np.round(s, 1)
//!     fpr, tpr, _ = metrics.roc_curve(y, s, drop_intermediate=False)
//!     fnr = 1 - tpr; k = np.nanargmin(np.abs(fnr - fpr)); eer = (fpr[k] + fnr[k]) / 2
//!     b = s > 0.5; bins = np.clip((s * 15).astype(int), 0, 14)
//!     metrics.roc_auc_score(y, s), metrics.average_precision_score(y, s)
//!     metrics.accuracy_score(y, b), metrics.confusion_matrix(y, b, labels=[0, 1]).ravel()
//!     metrics.precision_recall_fscore_support(y, b, average="binary", zero_division=0)
//!     np.mean((s - y) ** 2), metrics.log_loss(y, np.clip(s, 1e-7, 1 - 1e-7))
//!     sum(abs(y[bins == i].mean() - s[bins == i].mean()) * (bins == i).mean()
//!         for i in range(15) if (bins == i).any())
//! ```

use scade_eval::{Confusion, Metrics, Scores};
use serde_json::Value as Json;

const TOLERANCE: f64 = 1e-9;

fn cases() -> Vec<Json> {
    serde_json::from_str(include_str!("fixtures/scores.json")).unwrap()
}

fn numbers(case: &Json, key: &str) -> Vec<f64> {
    case[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn metrics_agree_with_scikit_learn() {
    let cases = cases();
    assert_eq!(cases.len(), 4);
    for case in &cases {
        let scores = numbers(case, "scores");
        let labels: Vec<bool> = numbers(case, "labels").iter().map(|&label| label == 1.0).collect();
        let metrics = Metrics::new(Scores::new(&scores, &labels).unwrap(), 0.5).unwrap();
        check(case, &metrics);
    }
}

fn check(case: &Json, metrics: &Metrics) {
    let pairs = [
        ("auc", metrics.auc.get()),
        ("ap", metrics.average_precision.get()),
        ("eer_nearest_point", metrics.equal_error_rate.get()),
        ("accuracy@0.5(>)", Some(metrics.accuracy)),
        ("precision", metrics.precision.get()),
        ("recall", metrics.recall.get()),
        ("f1", metrics.f1.get()),
        ("brier", Some(metrics.brier)),
        ("log_loss", Some(metrics.log_loss)),
        ("ece_15_equal_width_bins", Some(metrics.ece)),
    ];
    for (key, got) in pairs {
        let (expected, got) = (case[key].as_f64().unwrap(), got.unwrap());
        assert!((got - expected).abs() < TOLERANCE, "{key}: expected {expected}, got {got}");
    }
    let Confusion { tp, fp, tn, fn_ } = metrics.confusion;
    let counts = [tn, fp, fn_, tp].map(|count| count as f64);
    assert_eq!(numbers(case, "confusion[tn,fp,fn,tp]"), counts);
}
