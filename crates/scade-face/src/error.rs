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
    /// The frontal face cascade cannot be used.
    #[error(transparent)]
    Cascade(#[from] scade_haar::Error),
    /// The fallback needs a cascade, and none was given.
    #[error("the fallback `haar` needs the file of OpenCV's frontal face cascade")]
    NoCascade,
    /// The device failed to compute or to return a result.
    #[error("the device failed during face detection")]
    Device(#[source] ExecutionError),
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Weights(error) => Hint::hint(error),
            Self::Cascade(_) | Self::NoCascade => Some(
                format!(
                    "name a folder that holds {} with `weights`",
                    scade_haar::FRONTAL_FACE.name
                )
                .into(),
            ),
            Self::Config(_) | Self::Device(_) => None,
        }
    }
}
