//! Why faces could not be detected.

use burn::tensor::backend::ExecutionError;

use crate::{ConfigError, weights};

/// A detector that could not be built, or a run of it that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is out of its range.
    #[error("bad face detector settings")]
    Config(#[from] ConfigError),
    /// The weights are missing, damaged or not those of MTCNN.
    #[error("cannot load the face detector")]
    Weights(#[from] weights::Error),
    /// The device failed to compute or to hand over a result.
    #[error("the device failed during face detection")]
    Device(#[source] ExecutionError),
}

impl Error {
    /// What the user can do about it, if there is something.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Weights(error) => error.hint(),
            Self::Config(_) | Self::Device(_) => None,
        }
    }
}
