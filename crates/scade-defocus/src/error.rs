//! Errors of map computation.

use scade_settings::SettingError;

/// Why a map could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// A setting is out of range.
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
