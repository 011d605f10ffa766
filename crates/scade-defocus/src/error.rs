//! Why there is no map.

use scade_settings::SettingError;

/// A map that was not made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A setting lies outside what its method can work with.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The image is empty.
    #[error("an image of {width} x {height} has no pixels to map")]
    NoPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
}
