//! Errors of reading and writing weights.

use std::path::{Path, PathBuf};

use super::pth::PthError;

/// The weights could not be saved, or a file does not fit the network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file could not be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
    /// The file could not be read.
    #[error("cannot read the weights {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file has another format.
    #[error("{} is not a safetensors file", path.display())]
    NotSafetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// The file has another format.
    #[error("{} is not a PyTorch checkpoint", path.display())]
    NotPth {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: PthError,
    },
    /// The network has a tensor that the file lacks.
    #[error("{}: no tensor `{name}`, expected one of shape {expected:?}", path.display())]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        name: String,
        /// Its shape.
        expected: Vec<usize>,
    },
    /// The file has a tensor that the network lacks.
    #[error("{}: the network has no tensor `{name}`; is it of another architecture?", path.display())]
    UnknownTensor {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        name: String,
    },
    /// A tensor has another shape.
    #[error("{}: `{name}` must have shape {expected:?}, got {got:?}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        name: String,
        /// The network's shape.
        expected: Vec<usize>,
        /// The file's shape.
        got: Vec<usize>,
    },
    /// A tensor has another element type.
    #[error("{}: `{name}` must hold 32-bit floats, got {got}", path.display())]
    WrongType {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        name: String,
        /// The element type, as the file's format names it.
        got: String,
    },
    /// A tensor contains infinities or NaN.
    #[error("{}: `{name}` contains non-finite values", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The tensor's name in the file.
        name: String,
    },
}

impl Error {
    pub(super) fn missing(path: &Path, name: &str, expected: Vec<usize>) -> Self {
        Self::MissingTensor { path: path.to_owned(), name: name.to_owned(), expected }
    }

    pub(super) fn wrong_shape(
        path: &Path,
        name: &str,
        expected: Vec<usize>,
        got: Vec<usize>,
    ) -> Self {
        Self::WrongShape { path: path.to_owned(), name: name.to_owned(), expected, got }
    }

    pub(super) fn wrong_type(path: &Path, name: &str, got: String) -> Self {
        Self::WrongType { path: path.to_owned(), name: name.to_owned(), got }
    }
}
