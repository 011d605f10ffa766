//! JSON output of our programs, as far as the commands here read it.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// The answer of `scade-train --json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Trained {
    /// The folder of the run, which holds the model bundle.
    pub(crate) run: String,
    pub(crate) epochs: u64,
    /// From 1.
    pub(crate) best_epoch: u64,
    /// Metrics on the test set; none after `--no-eval`.
    pub(crate) test: Option<Report>,
}

impl Trained {
    pub(crate) fn read(answer: &Value) -> Result<Self> {
        Self::deserialize(answer).context("not an answer of scade-train")
    }

    pub(crate) fn test(&self) -> Result<&Report> {
        self.test.as_ref().context("scade-train did not evaluate on the test set")
    }
}

/// An evaluation: metrics in which each frame, or each video, is one sample.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Report {
    pub(crate) frames: Metrics,
    pub(crate) videos: Metrics,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Metrics {
    pub(crate) n_real: u64,
    pub(crate) n_fake: u64,
    pub(crate) auc: Metric,
    pub(crate) average_precision: Metric,
    pub(crate) equal_error_rate: Metric,
    pub(crate) accuracy: f64,
}

/// A number, or why there is none: `0.93` or `{"undefined": "no_real_sample"}`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Metric {
    Defined(f64),
    Undefined { undefined: String },
}

impl Metric {
    /// The number, or an error with the name of the `metric` and the reason.
    pub(crate) fn get(&self, metric: &str) -> Result<f64> {
        match self {
            Self::Defined(value) => Ok(*value),
            Self::Undefined { undefined } => {
                anyhow::bail!("the {metric} is undefined: {undefined}")
            }
        }
    }
}

/// Three decimals, or the reason.
impl std::fmt::Display for Metric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&match self {
            Self::Defined(value) => format!("{value:.3}"),
            Self::Undefined { undefined } => format!("undefined ({undefined})"),
        })
    }
}

/// The answer of `scade-preprocess --json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Preprocessed {
    pub(crate) real_videos: u64,
    pub(crate) fake_videos: u64,
    pub(crate) sampled_frames: u64,
    pub(crate) faces: u64,
    /// Fraction of the sampled frames with a face.
    pub(crate) detection_rate: f64,
}

/// A record of `scade-infer --json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Scored {
    pub(crate) path: String,
    /// Probability of a forgery.
    pub(crate) score: f64,
    pub(crate) label: String,
}

/// `splits.json` of a prepared dataset.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Splits {
    pub(crate) val: Subset,
    pub(crate) test: Subset,
}

/// Names of videos.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Subset {
    pub(crate) real: Vec<String>,
    pub(crate) fake: Vec<String>,
}

/// `audit.json` of a prepared dataset: what the subsets of a split have in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Audit {
    pub(crate) shared_videos: Vec<Value>,
    pub(crate) shared_identities: Vec<Value>,
    pub(crate) shared_sources: Vec<Value>,
}

/// An answer with the AUC of frames and videos, for the tests of the commands that read it.
#[cfg(test)]
pub(crate) fn example(frames: Value, videos: Value) -> Value {
    let metrics = |auc: Value| {
        serde_json::json!({
            "n_real": 4, "n_fake": 5, "auc": auc, "average_precision": 0.5, "equal_error_rate": 0.5,
            "accuracy": 0.5, "threshold_of_another_version": 1,
        })
    };
    serde_json::json!({
        "run": "outputs/run-1", "epochs": 3, "best_epoch": 2,
        "test": { "threshold": 0.5, "frames": metrics(frames), "videos": metrics(videos) },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_read_and_an_undefined_metric_keeps_its_reason() {
        let answer = example(json!(0.75), json!({ "undefined": "no_real_sample" }));
        let trained = Trained::read(&answer).unwrap();
        assert_eq!((trained.best_epoch, trained.epochs), (2, 3));
        let test = trained.test().unwrap();
        assert_eq!(test.frames.auc.get("AUC").unwrap(), 0.75);
        assert_eq!(test.frames.auc.to_string(), "0.750");
        assert_eq!(test.videos.auc.to_string(), "undefined (no_real_sample)");
        let error = test.videos.auc.get("AUC of videos").unwrap_err().to_string();
        assert_eq!(error, "the AUC of videos is undefined: no_real_sample");
    }

    #[test]
    fn a_run_without_evaluation_has_no_metrics() {
        let mut answer = example(json!(0.75), json!(1.0));
        answer["test"] = Value::Null;
        let trained = Trained::read(&answer).unwrap();
        assert!(trained.test().unwrap_err().to_string().contains("test set"));
    }

    #[test]
    fn an_incomplete_answer_is_an_error_with_the_missing_field() {
        let error = format!("{:#}", Trained::read(&json!({ "run": "x" })).unwrap_err());
        assert!(error.contains("scade-train") && error.contains("epochs"), "{error}");
    }
}
