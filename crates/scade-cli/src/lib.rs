//! What every program does alike: configuration files, flags, logs, progress, errors and exit codes.
//!
//! Results go to stdout, everything made here goes to stderr. This crate knows no tensors and no images; what
//! a configuration means is the program's own business.

#[cfg(feature = "config")]
pub mod config;
// Programs without configuration files need no more of it than defaults in help texts.
#[cfg_attr(not(feature = "config"), allow(dead_code, unreachable_pub))]
mod keys;
mod logs;
mod named;
mod program;
mod progress;
mod ratio;
#[cfg(feature = "config")]
mod set;
mod shard;

pub use keys::KeyError;
pub use logs::{HeldLogs, init_logs, terminal};
pub use named::one_of;
pub use program::{EXIT_CODES, HintExt, Outcome, Program, run, with_hint};
pub use progress::{ProgressBar, print};
pub use ratio::ratio;
#[cfg(feature = "config")]
pub use set::{SetError, SetProblem, set};
pub use shard::shard_of;
