//! The three networks of MTCNN (Zhang et al. 2016), from bytes of pictures to what they say.
//!
//! Pictures lie with their channels interleaved, as RGB files have them: a convolution then is an
//! inner product of some contiguous runs with weights of all output channels side by side, and its
//! vectors are full whatever the width of the picture. The smallest here are 3 pixels wide.

mod area;
mod conv;
mod crop_net;
mod image;
mod layer;
mod onet;
mod pnet;
mod pool;
mod rnet;
mod verdict;

pub use image::{Part, Picture};
pub use layer::LayerWeights;
pub use onet::{ONet, ONetWeights};
pub use pnet::{Cell, PNet, PNetWeights};
pub use rnet::{RNet, RNetWeights};
pub use verdict::Verdict;

#[cfg(test)]
mod tests;
