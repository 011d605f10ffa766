//! Interface between libraries and programs: setting errors, hints, progress, shards, error texts.
//!
//! A library names a setting by its key in a configuration file, independent of flags and terminals;
//! programs translate keys to flags (`scade-cli`).
//!
//! - [`SettingError`] is the error of every `validate`. Each level that contains settings of another
//!   adds its own key, so that the message names the full path:
//!   `preparation.defocus.constants must be 2, got 999`.
//! - [`Hint`] is what the user can do about an error, separate from its message.
//! - [`Progress`] is how a library reports progress.
//! - [`Shard`] is the part of a list of inputs that one of several processes works on.
//! - [`error_chain`] and [`panic_message`] format failures as one line of text.

mod error;
mod hint;
mod progress;
mod shard;
mod text;

pub use error::{SettingError, Within, require};
pub use hint::Hint;
pub use progress::{NoProgress, Progress};
pub use shard::{Shard, ShardError};
pub use text::{error_chain, joined, panic_message};
