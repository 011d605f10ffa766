//! What can keep an image from being made.

/// A failure to draw. No value that is drawn can cause it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The drawing library refused a shape or a text.
    #[error("cannot draw: {reason}")]
    Draw {
        /// What it said.
        reason: String,
    },
    /// The pixels could not be written as PNG.
    #[error("cannot write the image as PNG")]
    Png(#[from] image::ImageError),
}
