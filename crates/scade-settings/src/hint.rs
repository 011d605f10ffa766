//! What the user can do about an error.

use std::borrow::Cow;

/// An error that the user can do something about.
pub trait Hint {
    /// What to do, as half a sentence without a full stop, where something is known. It is in terms of
    /// settings and not of flags: a setting is between backticks, as a configuration file names it
    /// (``name another folder with `output` ``), and programs put the flag in its place.
    fn hint(&self) -> Option<Cow<'static, str>>;
}
