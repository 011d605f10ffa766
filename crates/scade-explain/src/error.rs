//! Errors of explanations.

use scade_settings::SettingError;

/// Why there is no explanation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The network does not consist of blocks and a head.
    #[error("cannot explain this network: expected blocks followed by a head")]
    Form,
    /// There is no such block.
    #[error("`block` must be 1 to {blocks}, got {got}")]
    Block {
        /// Number of blocks of the network.
        blocks: usize,
        /// The requested block.
        got: usize,
    },
    /// The gradients are NaN or infinite, as damaged weights make them.
    #[error("the gradients at block {block} are not finite")]
    NotFinite {
        /// The block.
        block: usize,
    },
    /// A heat map of another size than the image.
    #[error(
        "the heat map must be {} × {} as the image, got {} × {}", expected[0], expected[1], got[0], got[1]
    )]
    Size {
        /// Width and height of the image in pixels.
        expected: [usize; 2],
        /// Width and height of the map.
        got: [usize; 2],
    },
    /// A setting out of range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Text of a sheet could not be written.
    #[error("cannot write the text of a sheet")]
    Text(#[from] scade_viz::Error),
}
