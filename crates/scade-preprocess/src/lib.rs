//! Preprocessing: from a folder of videos and images to a prepared dataset of face samples.
//!
//! [`preprocess`] runs a [`FaceStream`](scade_sample::FaceStream) over each video that the [`Layout`] of a
//! dataset finds, and writes the samples to a [`PreparedDataset`](scade_data::PreparedDataset), either completely or in shards
//! that [`merge()`] combines; [`split_dataset`] splits the videos and audits the split. This crate does not depend
//! on training or metrics.

mod config;
mod contact;
mod error;
mod job;
mod layout;
mod quality;
mod report;
mod run;
mod shards;
mod split_report;

pub use config::{Config, Split};
pub use error::Error;
pub use layout::{Discovered, Identities, Ignored, Layout, Source, discover};
pub use report::{Outcome, Report};
pub use run::preprocess;
pub use scade_settings::{Shard, ShardError};
pub use shards::merge;
pub use split_report::{Counts, SplitReport, split_dataset};
