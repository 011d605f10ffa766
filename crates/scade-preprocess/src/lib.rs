//! Raw media into face samples: decode, detect, crop, map, store.
//!
//! The one place where video, faces and defocus meet. [`Preparer`] turns pictures into face samples
//! and is used alike when a store is made and when a verdict is wanted, so that a detector sees
//! at inference exactly what it saw in training. [`preprocess`] does it for a folder of videos and
//! fills a [`Store`](scade_data::Store), whole or by shards that [`merge()`] puts together;
//! [`divide`] splits what it holds and audits the split. This crate knows nothing of training and
//! metrics.

mod config;
mod contact;
mod division;
mod error;
mod job;
mod layout;
mod masks;
mod preparation;
mod preparer;
mod quality;
mod report;
mod run;
mod settings;
mod shard;
mod shards;

pub use config::{Config, Frames, Split};
pub use division::{Counts, Division, divide};
pub use error::Error;
pub use layout::{Discovered, Ignored, Layout, Source, VIDEO_EXTENSIONS, discover};
pub use preparation::{Choice, Preparation};
pub use preparer::{Missed, Prepared, PreparedFace, Preparer};
pub use report::{Outcome, Report};
pub use run::preprocess;
pub use settings::StoreSettings;
pub use shard::{Shard, ShardError};
pub use shards::merge;
