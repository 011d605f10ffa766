//! Errors of face detection.

use std::borrow::Cow;

use burn::tensor::backend::ExecutionError;
use scade_settings::{Hint, SettingError};

use crate::weights;

/// The detector could not be built, or detection failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is out of range.
    #[error("bad face detector settings")]
    Config(#[from] SettingError),
    /// The weights are missing, corrupt or not those of MTCNN.
    #[error("cannot load the face detector")]
    Weights(#[from] weights::Error),
    /// The device failed to compute or to return a result.
    #[error("the device failed during face detection")]
    Device(#[source] ExecutionError),
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Weights(error) => Hint::hint(error),
            Self::Config(_) | Self::Device(_) => None,
        }
    }
}
