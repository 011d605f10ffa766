//! Errors in the input, and reasons why a metric is undefined.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Scores or labels that cannot be evaluated.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InputError {
    /// There are no scores.
    #[error("expected at least one score, got none")]
    Empty,
    /// The numbers of scores and labels differ.
    #[error("expected one label per score, got {scores} scores and {labels} labels")]
    LengthMismatch {
        /// Number of scores.
        scores: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A score is NaN, infinite, or outside 0..=1.
    #[error("expected score {index} to be a probability in 0..=1, got {got}")]
    NotAProbability {
        /// Position in the input, from 0.
        index: usize,
        /// The score.
        got: f64,
    },
    /// The threshold is NaN, infinite, or outside 0..=1.
    #[error("expected a threshold in 0..=1, got {got}")]
    Threshold {
        /// The threshold.
        got: f64,
    },
    /// Frames of one video have different labels: two videos have the same key.
    #[error("expected one label for all frames of video `{group}/{video}`, got both real and fake")]
    MixedLabels {
        /// The group in the key of the video.
        group: String,
        /// The name in the key of the video.
        video: String,
    },
}

/// A metric that is undefined for these samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{metric} is undefined: {reason}")]
pub struct Undefined {
    /// The metric.
    pub metric: Metric,
    /// Why it is undefined.
    pub reason: Reason,
}

/// The metrics that can be undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Metric {
    /// Area under the ROC curve.
    Auc,
    /// Average precision.
    AveragePrecision,
    /// Equal error rate.
    EqualErrorRate,
    /// Precision at a threshold.
    Precision,
    /// Recall at a threshold.
    Recall,
    /// F1 at a threshold.
    F1,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auc => "AUC",
            Self::AveragePrecision => "average precision",
            Self::EqualErrorRate => "equal error rate",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "F1",
        })
    }
}

/// Why a metric is undefined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// All labels are real.
    NoFakeSample,
    /// All labels are fake.
    NoRealSample,
    /// No score is above the threshold.
    NothingCalledFake,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NoFakeSample => "there is no fake sample",
            Self::NoRealSample => "there is no real sample",
            Self::NothingCalledFake => "no score is above the threshold",
        })
    }
}
