//! The three networks of MTCNN (Zhang et al. 2016), from 8-bit images to predictions.
//!
//! Channels are interleaved, as in RGB files. A convolution is then an inner product of contiguous runs
//! with the adjacent weights of all output channels, and its vectors are full even for narrow images.
//! The narrowest feature maps here are 3 pixels wide.

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
