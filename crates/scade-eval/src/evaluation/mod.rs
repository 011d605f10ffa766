//! Everything that is reported, as one serializable value.

mod compare;
mod dataset;
mod estimate;
mod matrix;
mod run;

use std::path::PathBuf;

use scade_metrics::Pooling;
use serde::{Deserialize, Serialize};

use crate::{Missing, Unit};

pub use estimate::Estimate;
pub use matrix::{Matrix, MatrixRow, Seeds};
pub use run::{Settings, System, evaluate};

/// An evaluation of one or more detectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Version of the program.
    pub version: String,
    /// The command line, where the program was run from one.
    pub command: Option<String>,
    /// How it was computed.
    pub settings: Settings,
    /// One for each detector.
    pub systems: Vec<SystemReport>,
    /// One for each pair of detectors and dataset with videos in common.
    pub comparisons: Vec<Comparison>,
    /// AUC of every detector on every dataset.
    pub matrix: Matrix,
    /// What the reader must know: ignored columns, few samples, data that was seen before.
    pub notes: Vec<String>,
}

/// One detector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SystemReport {
    /// Its name.
    pub name: String,
    /// Score above which a sample is called fake.
    pub threshold: f64,
    /// Where the threshold comes from.
    pub threshold_from: String,
    /// How faces are pooled to tracks and videos.
    pub pooling: Pooling,
    /// What was read or run.
    pub sources: Vec<Source>,
    /// One for each dataset, by name.
    pub datasets: Vec<DatasetReport>,
}

/// A file or folder with its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What it is: `scores`, `detector`, `dataset`.
    pub what: String,
    /// Its path or name.
    pub path: PathBuf,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// One detector on one dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatasetReport {
    /// Name of the dataset.
    pub name: String,
    /// One for each unit that the scores have.
    pub units: Vec<UnitReport>,
    /// One for each method of forgery, against all real videos; the unit is the video.
    pub methods: Vec<MethodReport>,
    /// The method of which most videos pass for real, with the ratio.
    pub worst: Option<WorstMethod>,
    /// What would come out if clips were identified by their names alone, where names recur.
    pub by_name_alone: Option<ByName>,
    /// What facts about the files alone achieve.
    pub null: Null,
}

/// How many samples there were, and how many have a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Samples that were to be scored.
    pub asked: usize,
    /// Those with a score.
    pub scored: usize,
}

impl Coverage {
    /// The ratio, 0..=1; 1 of none.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        if self.asked == 0 { 1.0 } else { self.scored as f64 / self.asked as f64 }
    }
}

/// Every metric of the samples of one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitReport {
    /// What one sample is.
    pub unit: Unit,
    /// How many have a score.
    pub coverage: Coverage,
    /// Real samples that count.
    pub real: usize,
    /// Fake samples that count.
    pub fake: usize,
    /// What was resampled together.
    pub cluster: Cluster,
    /// How many of them there are.
    pub clusters: usize,
    /// Area under the ROC curve.
    pub auc: Estimate,
    /// Average precision.
    pub average_precision: Estimate,
    /// Equal error rate.
    pub equal_error_rate: Estimate,
    /// Ratio of fakes found where 1 % of the real samples are called fake.
    pub tpr_at_fpr_1: Estimate,
    /// The same at 0.1 %; undefined with fewer than 3,000 real samples.
    pub tpr_at_fpr_01: Estimate,
    /// Ratio of the fakes that are called real, at the threshold (ISO/IEC 30107-3, over all methods).
    pub apcer: Estimate,
    /// Ratio of the real samples that are called fake, at the threshold.
    pub bpcer: Estimate,
    /// Brier score.
    pub brier: Estimate,
    /// Log loss in nats.
    pub log_loss: Estimate,
    /// Expected calibration error, without an interval.
    pub ece: Option<f64>,
}

/// What intervals take as independent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cluster {
    /// Videos.
    Video,
    /// People or source clips.
    Identity,
}

impl std::fmt::Display for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Video => "videos",
            Self::Identity => "identities",
        })
    }
}

/// One method of forgery against all real videos of its dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodReport {
    /// Its name; empty where it is not known.
    pub method: String,
    /// Fake videos.
    pub coverage: Coverage,
    /// Fake videos that count.
    pub fake: usize,
    /// Area under the ROC curve against all real videos.
    pub auc: Estimate,
    /// Ratio of its videos that are called real.
    pub apcer: Estimate,
}

/// The method that passes most often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorstMethod {
    /// Its name.
    pub method: String,
    /// Ratio of its videos that are called real.
    pub apcer: Estimate,
}

/// What pooling by folder name would make of clips of several methods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ByName {
    /// Videos, each identified by dataset, method and name.
    pub videos: usize,
    /// What would be left of them.
    pub videos_by_name: usize,
    /// Their AUC, if it is defined.
    pub auc_by_name: Option<f64>,
}

/// The zero-pixel null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Null {
    /// AUC of a classifier that sees only facts about the files.
    Measured {
        /// The AUC.
        auc: Estimate,
        /// Files that were looked at.
        files: usize,
        /// The facts in which they differ.
        facts: Vec<String>,
    },
    /// Why there is none.
    Unknown(String),
}

impl Null {
    /// Whether the facts give the labels away.
    #[must_use]
    pub fn leaks(&self) -> bool {
        match self {
            Self::Measured { auc, .. } => auc.value().is_some_and(|auc| auc >= crate::LEAK),
            Self::Unknown(_) => false,
        }
    }
}

/// Two detectors on the videos that both have scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The dataset.
    pub dataset: String,
    /// The first detector.
    pub a: String,
    /// The second one.
    pub b: String,
    /// Real videos in common.
    pub real: usize,
    /// Fake videos in common.
    pub fake: usize,
    /// AUC of the first on them.
    pub auc_a: f64,
    /// AUC of the second on them.
    pub auc_b: f64,
    /// AUC of the first minus that of the second.
    pub difference: Estimate,
    /// Probability of a difference at least as large if there were none.
    pub p: Option<f64>,
    /// The same, adjusted for the number of comparisons (Holm).
    pub p_holm: Option<f64>,
    /// The test.
    pub test: String,
}

/// Names of the options of missing scores, for reports.
impl Missing {
    /// In words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Exclude => "left out and counted",
            Self::AsReal => "counted as real (score 0)",
            Self::AsFake => "counted as fake (score 1)",
        }
    }
}
