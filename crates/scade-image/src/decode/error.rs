//! Why an image could not be decoded.

use image::error::UnsupportedErrorKind;
use image::{ImageError, ImageFormat};

use super::name;

/// Why bytes give no image.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The first bytes are not those of a format that is read.
    #[error("not an image of a supported format (JPEG, PNG, WebP, BMP, TIFF, GIF, HEIC)")]
    NotAnImage,
    /// A valid image with a feature that is not supported.
    #[error("a {format} with {feature}, which is not supported")]
    Unsupported {
        /// The format.
        format: &'static str,
        /// The feature.
        feature: String,
    },
    /// An image that is cut short or damaged.
    #[error("the {format} is damaged or cut short: {cause}")]
    Damaged {
        /// The format.
        format: &'static str,
        /// What the decoder reports. The message holds it, so that it is no source of the chain.
        cause: Cause,
    },
    /// More pixels than are decoded, or too many for so small a file.
    #[error(
        "{width} × {height} pixels in {bytes} bytes; at most 32,768 a side, and 4 million or \
         500 for each byte"
    )]
    TooLarge {
        /// Declared width in pixels.
        width: u32,
        /// Declared height in pixels.
        height: u32,
        /// Size of the file.
        bytes: usize,
    },
}

/// What a decoder reports.
type Cause = Box<dyn std::error::Error + Send + Sync>;

impl DecodeError {
    /// An error of the crate `image`.
    pub(super) fn of(format: ImageFormat, error: ImageError) -> Self {
        let format = name(format);
        match error {
            ImageError::Unsupported(error) => {
                let feature = match error.kind() {
                    UnsupportedErrorKind::Color(color) => format!("the color type {color:?}"),
                    UnsupportedErrorKind::GenericFeature(feature) => feature,
                    _ => "an unknown feature".to_owned(),
                };
                Self::Unsupported { format, feature }
            }
            ImageError::Limits(_) => {
                Self::Unsupported { format, feature: "more pixels than are decoded".to_owned() }
            }
            ImageError::Decoding(error) => {
                // Its own message repeats the format.
                let inner = std::error::Error::source(&error).map(ToString::to_string);
                let cause = inner.unwrap_or_else(|| error.to_string()).into();
                Self::Damaged { format, cause }
            }
            error => Self::Damaged { format, cause: error.into() },
        }
    }
}
