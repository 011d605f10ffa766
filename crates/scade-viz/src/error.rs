//! Errors of figures.

/// A figure that cannot be made. No plotted value can cause it: what is not finite is left out and counted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The figure could not be written as PNG.
    #[error("cannot write the figure as PNG: {reason}")]
    Png {
        /// What the encoder reported.
        reason: String,
    },
    /// Rows of features do not have the stated length.
    #[error("features must be rows of {expected} values; got {got} values in all")]
    Rows {
        /// Values in each row.
        expected: usize,
        /// Number of values.
        got: usize,
    },
}
