//! Metrics of how well scores separate fake from real.
//!
//! A score is a probability of fake in 0..=1, a label is `true` for fake. Everything works on plain
//! slices; this crate depends on neither tensors, images nor files.
//!
//! - [`Scores`] checks its input once; its methods are the metrics.
//! - [`Ranking`] (from [`Scores::ranking`]): AUC, average precision, equal error rate.
//! - [`Confusion`] (from [`Scores::confusion`]): accuracy, precision, recall, F1 at a threshold.
//! - [`Scores::brier`], [`Scores::log_loss`], [`Scores::ece`]: calibration.
//! - [`Pooling`]: one score for a video from the scores of its faces, in training and inference.
//! - [`Report`]: all of these, per frame (face), per track and per video, as JSON and as a table.
//!
//! A metric without a value for the data, such as an AUC without a real sample, is [`Undefined`] with a
//! reason, never a placeholder number.

mod calibration;
mod error;
mod operating_point;
mod pooling;
mod ranking;
mod report;
mod scores;
mod table;
mod threshold;
mod video;

pub use error::{InputError, Metric, Reason, Undefined};
pub use pooling::{Pooling, TrackScore};
pub use ranking::Ranking;
pub use report::{Metrics, Report, Value};
pub use scores::Scores;
pub use threshold::Confusion;
pub use video::{FrameScore, VideoKey, VideoScore, pool_videos};
