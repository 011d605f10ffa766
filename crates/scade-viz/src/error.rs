//! Errors of plotting.

/// A failure to plot. No plotted value can cause it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The plotting library reported an error.
    #[error("cannot plot: {reason}")]
    Plot {
        /// The reported error.
        reason: String,
    },
    /// The pixels could not be written as PNG.
    #[error("cannot write the plot as PNG")]
    Png(#[from] image::ImageError),
}
