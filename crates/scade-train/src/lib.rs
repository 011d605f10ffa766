//! Training a forgery detector: steps, schedule, checkpoints, validation and evaluation.
//!
//! [`Run::open`] checks a [`Config`], the devices and a prepared dataset; [`train`] leaves a run folder with
//! a model bundle that any program can load, and reports to a [`Reporter`] meanwhile. This crate knows no
//! raw video, no face detection and no terminal: how samples are made was decided when the dataset was
//! prepared, and is copied into the bundle unread.

mod adam;
mod balance;
mod bucket;
mod checkpoint;
mod clip;
mod config;
mod decision;
mod device_workers;
mod ema;
mod epoch;
mod epoch_record;
mod error;
mod evaluate;
mod flat;
mod identity;
mod leaks;
mod loss_accumulator;
mod losses;
mod maps;
mod preview;
mod process_group;
mod report;
mod run;
mod run_folder;
mod samples;
mod schedule;
mod seed;
mod selection;
mod shapes;
mod sharding;
mod steps;
mod train;
mod train_module;

pub use adam::Algorithm;
pub use balance::Balance;
pub use config::{Config, EarlyStopping, OptimizerConfig, Precision};
pub use decision::ValMetrics;
pub use epoch_record::{EpochRecord, Timing};
pub use error::Error;
pub use evaluate::{Prediction, Scored};
pub use losses::{LossConfig, StepLosses};
pub use maps::Maps;
pub use preview::preview;
pub use process_group::ProcessRank;
#[cfg(feature = "tui")]
pub use report::Dashboard;
pub use report::{Ending, NoReport, Rendezvous, Reporter, Reporters, RunStart, StepRecord};
pub use run::{Run, RunOptions, Trained, Unreadable};
pub use run_folder::RunFolder;
pub use schedule::{Schedule, ScheduleConfig};
pub use steps::Steps;
pub use train::train;
