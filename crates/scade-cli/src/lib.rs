//! What every program does alike: configuration files, logs, progress, errors and exit codes.
//!
//! Results go to stdout, everything made here goes to stderr. This crate knows no tensors, no
//! pictures and no datasets; what a configuration means is the program's own business.

pub mod config;
mod errors;
mod logs;
mod named;
mod progress;
mod set;

pub use errors::{HintExt, Outcome, run, with_hint};
pub use logs::{HeldLogs, init_logs, terminal};
pub use named::named;
pub use progress::{Progress, print};
pub use set::{SetError, set};
