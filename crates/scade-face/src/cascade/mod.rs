//! The cascade from images to faces: pyramid, proposals, refinement, output. Weights, settings and the
//! public detector are in other modules.

mod boxes;
mod nms;
mod pyramid;
mod stages;

pub(crate) use pyramid::Level;
#[cfg(test)]
pub(crate) use pyramid::levels;
pub(crate) use stages::detect;
