//! Evaluation of scores: of a finished detector, or of anybody's.
//!
//! [`ScoreTable`] holds one row for each face, frame or video, with its label, dataset, method and clip;
//! [`evaluate`] makes an [`Evaluation`] of one or more of them, and [`report`] makes that readable.
//!
//! - A clip is (dataset, method, name): four methods that share names have four times the clips.
//! - Samples are counted by frame, track and video, never mixed, and every number has an interval.
//! - What could not be scored is counted as coverage, and never has an invented score.
//! - [`null_scores`] asks how far the labels can be told from facts about the files alone.
//!
//! This library scores nothing and knows no networks; the program of the same name does.

mod error;
mod evaluation;
mod hash;
mod null;
pub mod report;
mod strings;
mod table;
mod units;

pub use error::{Error, Place};
pub use evaluation::{
    ByName, Cluster, Comparison, Coverage, DatasetReport, Estimate, Evaluation, Matrix, MatrixRow,
    MethodReport, Null, Seeds, Settings, Source, System, SystemReport, UnitReport, WorstMethod,
    evaluate,
};
pub use hash::set_sha256;
pub use null::{
    FACTS, FileFacts, LEAK, MOST_FILES, NullScores, VideoFacts, jpeg_quality, null_scores,
};
pub use table::{
    Entry, Known, Labels, ScoreTable, UNNAMED, label_of_path, write_scores, write_workbench,
};
pub use units::{Missing, Unit};

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;
