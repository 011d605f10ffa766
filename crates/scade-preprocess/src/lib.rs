//! Raw media into face samples: decode, detect, crop, map, store.
//!
//! The one place where video, faces and defocus meet. [`Preparer`] turns pictures into face samples
//! and is used alike when a store is made and when a verdict is wanted, so that a detector sees
//! at inference exactly what it saw in training. [`preprocess`] does it for a folder of videos and
//! fills a [`Store`](scade_data::Store). This crate knows nothing of training and metrics.

mod config;
mod discover;
mod error;
mod job;
mod preparation;
mod preparer;
mod report;
mod run;

pub use config::{Config, Frames, Split};
pub use discover::{Source, VIDEO_EXTENSIONS, discover};
pub use error::Error;
pub use preparation::Preparation;
pub use preparer::{PreparedFace, Preparer};
pub use report::{Outcome, Report};
pub use run::{StoreSettings, preprocess};
