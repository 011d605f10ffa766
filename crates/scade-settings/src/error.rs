//! A setting out of range, with the path of its key.

use std::borrow::Cow;

/// A setting is out of range or contradicts another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} must be {expected}, got {got}")]
pub struct SettingError {
    /// The key, as a configuration file names it, with the keys of the tables around it:
    /// `preparation.defocus.constants`.
    pub path: String,
    /// The allowed values, so that "must be …" reads as a sentence.
    pub expected: Cow<'static, str>,
    /// The actual value.
    pub got: String,
}

impl SettingError {
    /// An error about the setting `path`.
    pub fn new(
        path: impl Into<String>,
        expected: impl Into<Cow<'static, str>>,
        got: impl ToString,
    ) -> Self {
        Self { path: path.into(), expected: expected.into(), got: got.to_string() }
    }

    /// The same error with `path`, the key of the table that contains the setting, in front.
    #[must_use]
    pub fn within(mut self, path: &str) -> Self {
        self.path = format!("{path}.{}", self.path);
        self
    }
}

/// Prefixes the path of an error with the key of its table.
pub trait Within {
    /// The same result with `path`, the key of the table, in front of an error's path.
    ///
    /// # Errors
    /// The same error, with the longer path.
    #[must_use = "this only changes the path of an error"]
    fn within(self, path: &str) -> Self;
}

impl<T> Within for Result<T, SettingError> {
    fn within(self, path: &str) -> Self {
        self.map_err(|error| error.within(path))
    }
}

/// `Ok` when `holds`, else the error about `path`.
///
/// # Errors
/// When `holds` is false.
pub fn require(
    holds: bool,
    path: &str,
    expected: impl Into<Cow<'static, str>>,
    got: impl ToString,
) -> Result<(), SettingError> {
    if holds { Ok(()) } else { Err(SettingError::new(path, expected, got)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_adds_its_key_in_front() {
        let inner = || require(999 == 2, "constants", "2", 999);
        let error = inner().within("defocus").within("preparation").unwrap_err();
        assert_eq!(error.to_string(), "preparation.defocus.constants must be 2, got 999");
        assert_eq!(inner().unwrap_err().within("preparation.defocus"), error);
        assert_eq!(require(true, "constants", "2", 2).within("defocus"), Ok(()));
    }
}
