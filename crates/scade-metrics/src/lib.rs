//! Metrics of how well scores separate fake from real.
//!
//! A score is a probability of fake in 0..=1, a label is `true` for fake. Everything works on plain
//! slices; this crate depends on neither tensors, images nor files.
//!
//! - [`Scores`] checks its input once; its methods are the metrics.
//! - [`Ranking`] (from [`Scores::ranking`]): AUC, average precision, equal error rate.
//! - [`Confusion`] (from [`Scores::confusion`]): accuracy, precision, recall, F1 at a threshold.
//! - [`Scores::brier`], [`Scores::log_loss`], [`Scores::ece`]: calibration.
//! - [`Points`], [`AttackRates`]: rates at stated rates of the other error, and per kind of attack.
//! - [`Scores::reliability`], [`Ranking::roc`] and its neighbors, [`Scores::risk_coverage`],
//!   [`Scores::histogram`]: data for figures.
//! - [`Share::wilson`], [`Delong`], [`Clustered`]: intervals. [`Paired`], [`holm`]: comparisons.
//! - Fitted on validation scores: [`Calibration`], [`FprThreshold`], [`Scores::balanced_threshold`],
//!   [`Ranking::equal_error_point`], [`Conformal`].
//! - [`Pooling`]: one score for a video from the scores of its faces, in training and inference.
//! - [`Report`]: all of these, per frame (face), per track and per video, as JSON and as a table.
//!
//! A metric without a value for the data, such as an AUC without a real sample, is [`Undefined`] with a
//! reason, never a placeholder number.

mod attacks;
mod binomial;
mod bootstrap;
mod calibrate;
mod calibration;
mod conformal;
mod curves;
mod delong;
mod error;
mod fpr_threshold;
mod interval;
mod normal;
mod operating_point;
mod paired;
mod points;
mod pooling;
mod ranking;
mod rate;
mod reliability;
mod report;
mod scores;
mod table;
mod threshold;
mod undefined;
mod video;

pub use attacks::{AttackRate, AttackRates};
pub use bootstrap::{Bootstrap, Clustered, ClusteredPair, Draw};
pub use calibrate::{Calibration, CalibrationMap};
pub use conformal::{Conclusion, Conclusions, Conformal, PredictionSet};
pub use curves::{DetPoint, Histogram, PrecisionRecallPoint, RiskCoverage, RiskPoint};
pub use delong::{AucScale, Delong};
pub use error::InputError;
pub use fpr_threshold::FprThreshold;
pub use interval::{Interval, Share};
pub use normal::quantile as normal_quantile;
pub use paired::{Comparison, Paired, holm};
pub use points::Points;
pub use pooling::{Pooling, TrackScore};
pub use ranking::{OperatingPoint, Ranking};
pub use rate::{Confidence, Rate};
pub use reliability::ReliabilityBin;
pub use report::{Metrics, Report, Value};
pub use scores::Scores;
pub use threshold::Confusion;
pub use undefined::{Metric, MetricError, Reason, Undefined};
pub use video::{FrameScore, VideoKey, VideoScore, pool_videos};
