//! What the user can do about an error.

use std::borrow::Cow;

/// An error that the user can do something about.
pub trait Hint {
    /// What to do, as a phrase without a period, if known. It names settings, not flags: a setting is in
    /// backticks with its key in a configuration file (``name another folder with `output` ``), which
    /// programs replace with the flag.
    fn hint(&self) -> Option<Cow<'static, str>>;
}
