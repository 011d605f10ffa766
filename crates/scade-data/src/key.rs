//! Key of a video: its class and its name.

use crate::{Error, Label, Result};

/// Longest name in bytes, so that `.partial-<name>-old` stays below the 255 of file systems.
const LONGEST_NAME: usize = 200;

/// Key of a video in a prepared dataset. The same name in both classes means two videos.
///
/// The name is a single visible path component on every operating system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VideoKey {
    label: Label,
    name: String,
}

impl VideoKey {
    /// A key for the video `name` of class `label`.
    ///
    /// # Errors
    /// [`Error::VideoName`] when the name is empty, starts with a dot, is longer than 200 bytes, or
    /// contains a path separator, a colon or a control character.
    pub fn new(label: Label, name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        match problem_of(&name) {
            None => Ok(Self { label, name }),
            Some(problem) => Err(Error::VideoName { name, problem }),
        }
    }

    /// The class.
    #[must_use]
    pub fn label(&self) -> Label {
        self.label
    }

    /// The name, without folder and extension.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Display for VideoKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.label, self.name)
    }
}

fn problem_of(name: &str) -> Option<&'static str> {
    let forbidden = |c: char| matches!(c, '/' | '\\' | ':') || c.is_control();
    if name.is_empty() {
        Some("it is empty")
    } else if name.starts_with('.') {
        Some("it starts with a dot")
    } else if name.len() > LONGEST_NAME {
        Some("it is longer than 200 bytes")
    } else if name.contains(forbidden) {
        Some("it contains a path separator, a colon or a control character")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_accepted() {
        for name in ["003", "000_003", "01_02__kitchen talk__ABCD1234", "Иван..2", "a.b"] {
            assert_eq!(VideoKey::new(Label::Real, name).unwrap().name(), name);
        }
    }

    #[test]
    fn names_that_could_leave_the_folder_or_hide_are_refused() {
        let long = "a".repeat(201);
        for name in ["", ".", "..", ".partial-a", "a/b", "../a", "a\\b", "C:a", "a\0b", &long] {
            let error = VideoKey::new(Label::Fake, name).unwrap_err();
            assert!(matches!(error, Error::VideoName { name: got, .. } if got == name));
        }
    }
}
