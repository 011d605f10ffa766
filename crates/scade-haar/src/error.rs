//! Errors of reading a cascade.

use std::path::PathBuf;

/// A cascade file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the cascade {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file was read, but is no cascade that this crate supports.
    #[error("cannot use the cascade {}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ParseError,
    },
}

/// A text is not a cascade that this crate supports.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// It is not XML.
    #[error("it is not well-formed XML: {0}")]
    Xml(#[source] roxmltree::Error),
    /// An element is missing or has a value that it must not have.
    #[error("line {line}: `{element}` must be {expected}; got {got}")]
    Value {
        /// Where the element, or the one that should contain it, starts; the first line is 1.
        line: u32,
        /// The name of the element.
        element: String,
        /// What it must be.
        expected: String,
        /// What it is, shortened.
        got: String,
    },
    /// It is a cascade of a kind that this crate does not evaluate.
    #[error("line {line}: {kind} are not supported, only upright Haar-like features in stumps")]
    Unsupported {
        /// Where this shows; the first line is 1.
        line: u32,
        /// The kind, in the plural: "LBP features".
        kind: &'static str,
    },
}
