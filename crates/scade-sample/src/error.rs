//! What can go wrong between a media file and a face sample.

use std::path::PathBuf;

/// A failure to make samples.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is out of its range.
    #[error("{setting} must be {expected}, got {got}")]
    Setting {
        /// The setting, as a configuration file names it.
        setting: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The value it has.
        got: String,
    },
    /// Settings of the face detector.
    #[error(transparent)]
    Detector(#[from] scade_face::ConfigError),
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
        source: scade_image::CodecError,
    },
    /// A thread for decoding could not be started.
    #[error("cannot start a decoding thread")]
    Thread(#[source] std::io::Error),
}
