//! From pictures to faces: pyramid, proposals, refinement, output. Weights, settings and the public
//! detector are elsewhere.

mod boxes;
mod input;
mod nms;
mod pyramid;
mod stages;

pub(crate) use stages::detect;
