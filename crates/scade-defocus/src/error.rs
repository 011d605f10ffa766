//! Why there is no map.

/// A map that was not made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A setting lies outside what its method can work with.
    #[error("{key} must be {expected}, got {got}")]
    Setting {
        /// The setting, as it is spelt in a configuration.
        key: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        got: String,
    },
    /// The picture is empty.
    #[error("a picture of {width} x {height} has no pixels to map")]
    NoPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
}
