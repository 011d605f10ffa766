//! Preprocessing: from a folder of videos to a prepared dataset of face samples.
//!
//! [`preprocess`] runs a [`FaceStream`](scade_sample::FaceStream) over each video that the [`Layout`] of a
//! dataset finds, and writes the samples to a [`Store`](scade_data::Store), either completely or in shards
//! that [`merge()`] combines; [`divide`] splits the videos and audits the split. This crate does not depend
//! on training or metrics.

mod config;
mod contact;
mod division;
mod error;
mod job;
mod layout;
mod quality;
mod report;
mod run;
mod shard;
mod shards;

pub use config::{Config, Split};
pub use division::{Counts, Division, divide};
pub use error::Error;
pub use layout::{Discovered, Ignored, Layout, Source, discover};
pub use report::{Outcome, Report};
pub use run::preprocess;
pub use shard::{Shard, ShardError};
pub use shards::merge;
