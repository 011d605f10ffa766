//! What can go wrong between a media file and a face sample.

use std::borrow::Cow;
use std::path::PathBuf;

use scade_settings::{Hint, SettingError};

/// A failure to make samples.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is out of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Weights of the face detector, or the detection itself.
    #[error(transparent)]
    Face(#[from] scade_face::Error),
    /// A face that cannot be cropped.
    #[error(transparent)]
    Crop(#[from] scade_face::CropError),
    /// Settings of the defocus map.
    #[error(transparent)]
    Defocus(#[from] scade_defocus::Error),
    /// A crop or mask that cannot be encoded or decoded.
    #[error(transparent)]
    Codec(#[from] scade_image::CodecError),
    /// Weights of the face detector that cannot be read.
    #[error(transparent)]
    Weights(#[from] scade_face::weights::Error),
    /// The face detector has other weights than those that the samples were made with.
    #[error(
        "{} are not the face detector weights that the samples were made with: \
         expected SHA-256 {expected}, got {got}",
        path.display()
    )]
    OtherWeights {
        /// The weights in use.
        path: PathBuf,
        /// Digest in the specification.
        expected: String,
        /// Digest of the file.
        got: String,
    },
    /// A video that cannot be decoded.
    #[error(transparent)]
    Video(#[from] scade_video::Error),
    /// An image file that cannot be read.
    #[error("cannot read the image {}", path.display())]
    ImageFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An image file that cannot be decoded.
    #[error("cannot decode the image {}", path.display())]
    Image {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: scade_image::DecodeError,
    },
    /// A file of another kind than its name says.
    #[error("{} is {found}", path.display())]
    NotAnImage {
        /// The file.
        path: PathBuf,
        /// What it is, in words, and that it is not read as an image.
        found: String,
    },
    /// A thread for decoding could not be started.
    #[error("cannot start a decoding thread")]
    Thread(#[source] std::io::Error),
}

impl Error {
    /// Whether the image or video is to blame and others may be fine, rather than a setting or the machine.
    #[must_use]
    pub fn is_of_the_file(&self) -> bool {
        matches!(
            self,
            Self::Video(_) | Self::ImageFile { .. } | Self::Image { .. } | Self::NotAnImage { .. }
        )
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Weights(error) => error.hint(),
            Self::OtherWeights { .. } => {
                Some("name the folder with the weights that were used then with `weights`".into())
            }
            _ => None,
        }
    }
}
