//! Errors of pages.

/// Something that a page cannot show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes of an image are in no format that every browser shows.
    #[error("an image of a page must be PNG or JPEG; got {length} bytes of another format ({alt})")]
    Image {
        /// What the image shows.
        alt: String,
        /// Number of bytes.
        length: usize,
    },
}
