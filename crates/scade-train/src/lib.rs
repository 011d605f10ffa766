//! Training a forgery detector: the loop, its schedule, checkpoints, validation and evaluation.
//!
//! [`train`] takes a [`Config`] and a store of face samples and leaves a run folder with a detector
//! that any program can load. This crate knows no raw video and no face detection: what a sample
//! looks like was decided when the store was made, and is handed on unread.

mod adam;
mod average;
mod balance;
mod checkpoint;
mod clip;
mod config;
#[cfg(feature = "tui")]
mod dashboard;
#[cfg(not(feature = "tui"))]
#[path = "no_dashboard.rs"]
mod dashboard;
mod error;
mod evaluate;
mod event_file;
mod flat;
mod history;
mod leaks;
mod maps;
mod meter;
mod nodes;
mod origin;
mod peers;
mod published;
mod run_folder;
mod samples;
mod schedule;
mod selection;
mod shapes;
mod steps;
mod train;
mod trainee;
mod watch;

pub use adam::Algorithm;
pub use balance::Balance;
pub use config::{Config, EarlyStopping, LossConfig, OptimizerConfig, Precision};
pub use error::Error;
pub use evaluate::{Prediction, Scored};
pub use history::EpochRecord;
pub use maps::Maps;
pub use nodes::NodePlace;
pub use published::from_published;
pub use run_folder::RunFolder;
pub use schedule::{Schedule, ScheduleConfig};
pub use steps::Steps;
pub use train::{Conduct, Trained, Unreadable, check_devices, check_store, train};
