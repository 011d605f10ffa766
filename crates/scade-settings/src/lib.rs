//! What libraries report to programs: settings out of range, hints, progress, error texts.
//!
//! A library names a setting by its key in a configuration file and knows neither flags nor a terminal;
//! a program translates (`scade-cli`).
//!
//! - [`SettingError`] is the one error of every `validate`. Each level that holds settings of another
//!   adds its own key on the way up, so that the message names the whole path:
//!   `preparation.defocus.constants must be 2, got 999`.
//! - [`Hint`] is what the user can do about an error, kept out of its message.
//! - [`Progress`] is how a library reports how far it is.
//! - [`error_chain`] and [`panic_message`] turn failures into one line of text.

mod error;
mod hint;
mod progress;
mod text;

pub use error::{SettingError, Within, require};
pub use hint::Hint;
pub use progress::{NoProgress, Progress};
pub use text::{error_chain, joined, panic_message};
