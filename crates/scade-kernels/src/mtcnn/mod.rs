//! The three networks of MTCNN (Zhang et al. 2016), from bytes of images to what they say.
//!
//! Images lie with their channels interleaved, as RGB files have them: a convolution then is an
//! inner product of some contiguous runs with weights of all output channels side by side, and its
//! vectors are full whatever the width of the image. The smallest here are 3 pixels wide.

mod area;
mod conv;
mod crop_net;
mod image;
mod layer;
mod onet;
mod pnet;
mod pool;
mod prediction;
mod rnet;

pub use image::{ImageView, Part};
pub use layer::LayerWeights;
pub use onet::{ONet, ONetWeights};
pub use pnet::{Cell, PNet, PNetWeights};
pub use prediction::Prediction;
pub use rnet::{RNet, RNetWeights};

#[cfg(test)]
mod tests;
