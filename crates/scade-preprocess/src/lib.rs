//! A folder of videos into a prepared dataset of face samples.
//!
//! [`preprocess`] runs a [`FaceStream`](scade_sample::FaceStream) over each video of a dataset, whose
//! [`Layout`] says which there are, and fills a [`Store`](scade_data::Store), whole or by shards that
//! [`merge()`] puts together; [`divide`] splits what it holds and audits the split. This crate knows nothing of training and
//! metrics.

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
