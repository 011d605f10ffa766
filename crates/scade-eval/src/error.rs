//! What is wrong with an input, and where.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use scade_settings::Hint;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// Its line, from 1; `None` for the file as a whole.
    pub line: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}, line {line}", self.file.display()),
            None => write!(f, "{}", self.file.display()),
        }
    }
}

/// Why there is no evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of scores or labels has other content than expected.
    #[error("{place}: expected {expected}, got {got}")]
    Input {
        /// Where.
        place: Place,
        /// What should be there.
        expected: Cow<'static, str>,
        /// What is there.
        got: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
    /// A result has no JSON form.
    #[error("cannot write {}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A figure cannot be plotted.
    #[error("cannot plot {figure}: {reason}")]
    Figure {
        /// Its name.
        figure: String,
        /// Why.
        reason: String,
    },
    /// Scores that no metric accepts.
    #[error("the scores of {what}")]
    Scores {
        /// Of what.
        what: String,
        /// Why.
        #[source]
        source: scade_metrics::InputError,
    },
}

impl Error {
    pub(crate) fn input(
        file: impl Into<PathBuf>,
        line: impl Into<Option<u64>>,
        expected: impl Into<Cow<'static, str>>,
        got: impl fmt::Display,
    ) -> Self {
        let place = Place { file: file.into(), line: line.into() };
        Self::Input { place, expected: expected.into(), got: got.to_string() }
    }

    /// Whether the input is unusable as it is, rather than absent.
    #[must_use]
    pub fn is_bad_input(&self) -> bool {
        matches!(self, Self::Input { .. } | Self::Scores { .. })
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Write(_) | Self::Json { .. } => {
                Some("name a folder that can be written with `output`".into())
            }
            _ => None,
        }
    }
}
