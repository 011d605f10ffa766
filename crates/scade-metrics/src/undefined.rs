//! Metrics without a value, and the reasons.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{InputError, Rate};

/// A metric that is undefined for these samples.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{metric} is undefined: {reason}")]
pub struct Undefined {
    /// The metric.
    pub metric: Metric,
    /// Why it is undefined.
    pub reason: Reason,
}

/// Either kind of error, from what checks input and computes at once.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// Input that cannot be evaluated.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A metric without a value.
    #[error(transparent)]
    Undefined(#[from] Undefined),
}

/// The metrics, intervals and fits that can be undefined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// Area under the ROC curve.
    Auc,
    /// Average precision.
    AveragePrecision,
    /// Equal error rate.
    EqualErrorRate,
    /// True positive rate at a false positive rate.
    TprAtFpr(Rate),
    /// BPCER (false positive rate) at an APCER (false negative rate).
    BpcerAtApcer(Rate),
    /// Precision at a threshold.
    Precision,
    /// Recall at a threshold.
    Recall,
    /// F1 at a threshold.
    F1,
    /// Balanced accuracy at a threshold.
    BalancedAccuracy,
    /// APCER (ratio of missed attacks) at a threshold.
    Apcer,
    /// BPCER (ratio of real samples called fake) at a threshold.
    Bpcer,
    /// A curve over all thresholds.
    Curve,
    /// Variance of an AUC after DeLong, and what follows from it.
    Delong,
    /// Interval by resampling.
    Bootstrap,
    /// A fitted map from scores to probabilities.
    Calibration,
    /// The threshold for a false positive rate.
    ThresholdAtFpr(Rate),
    /// The rule that answers real, fake or inconclusive.
    Conformal,
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Auc => "AUC",
            Self::AveragePrecision => "average precision",
            Self::EqualErrorRate => "equal error rate",
            Self::TprAtFpr(rate) => return f.pad(&format!("TPR at FPR {rate}")),
            Self::BpcerAtApcer(rate) => return f.pad(&format!("BPCER at APCER {rate}")),
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::F1 => "F1",
            Self::BalancedAccuracy => "balanced accuracy",
            Self::Apcer => "APCER",
            Self::Bpcer => "BPCER",
            Self::Curve => "curve",
            Self::Delong => "DeLong variance",
            Self::Bootstrap => "bootstrap interval",
            Self::Calibration => "calibration",
            Self::ThresholdAtFpr(rate) => return f.pad(&format!("threshold for FPR {rate}")),
            Self::Conformal => "conformal rule",
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
    /// Fewer real samples than the statement needs. With n of them and none called fake, a false
    /// positive rate of up to about 3/n cannot be excluded at 95 % (the rule of three).
    TooFewReal {
        /// The least number.
        needed: usize,
        /// The number of real samples.
        got: usize,
    },
    /// Fewer fakes than the statement needs, by the same rule.
    TooFewFake {
        /// The least number.
        needed: usize,
        /// The number of fakes.
        got: usize,
    },
    /// A single cluster of each kind: nothing varies when clusters are resampled.
    OneCluster,
    /// More than one draw of the bootstrap in twenty had no value.
    UndefinedDraws {
        /// Draws without a value.
        undefined: usize,
        /// All draws.
        draws: usize,
    },
    /// All variance terms are zero.
    NoVariance,
    /// Every score is on the right side of 1/2, so that the likelihood has no maximum.
    Separable,
    /// Scores do not rise with the label, so that no increasing map fits better than a constant.
    NotIncreasing,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoFakeSample => "there is no fake sample",
            Self::NoRealSample => "there is no real sample",
            Self::NothingCalledFake => "no score is above the threshold",
            Self::TooFewReal { needed, got } => {
                return f.pad(&too_few(*needed, *got, "real samples", "false positive"));
            }
            Self::TooFewFake { needed, got } => {
                return f.pad(&too_few(*needed, *got, "fakes", "false negative"));
            }
            Self::OneCluster => "no class has two clusters to resample",
            Self::UndefinedDraws { undefined, draws } => {
                return f.pad(&format!("{undefined} of {draws} draws have no value"));
            }
            Self::NoVariance => "the variance is zero",
            Self::Separable => "every score is on the right side of 0.5",
            Self::NotIncreasing => "scores do not rise with the label",
        };
        f.pad(text)
    }
}

fn too_few(needed: usize, got: usize, samples: &str, error: &str) -> String {
    format!(
        "it needs {needed} {samples} and there are {got} (rule of three: with n and no error, a \
         {error} rate of up to 3/n cannot be excluded)"
    )
}
