//! The image types of the workspace: RGB images, planes, boxes, landmarks, and the operations on them
//! that more than one crate needs.
//!
//! Coordinates: x to the right, y down, in pixels; pixel `(x, y)` covers `[x, x+1) × [y, y+1)`, so
//! that its center is at `(x + ½, y + ½)`, unless a function names another convention. Images are
//! 8-bit RGB, red first. Every operation accepts images that are one pixel wide or high.
//! This crate contains no networks, no file access and no labels.

mod blur;
mod border;
mod chw;
mod codec;
mod decode;
mod geometry;
mod gray;
mod grid;
mod jpeg_pass;
mod plane;
mod quality;
mod resize;
mod separable;
mod similarity;
#[cfg(test)]
mod testing;
mod warp;
mod wide;

pub use blur::blur_rgb;
pub use border::reflect101;
pub use chw::write_chw;
pub use codec::{
    CodecError, CropFormat, FileFormats, MapFormat, crop_dimensions, decode_crop, encode_gray_png,
    encode_png, from_level, level,
};
pub use decode::{DecodeError, IMAGE_EXTENSIONS, decode_image, webp_frames};
pub use geometry::{FaceBox, Landmarks};
pub use gray::gray;
pub use grid::grid;
pub use image::{GrayImage, RgbImage};
pub use jpeg_pass::jpeg_pass;
pub use plane::Plane;
pub use quality::Quality;
pub use resize::{Filter, PixelRect, resize_area, resize_bilinear, resize_rgb};
pub use separable::{Kernel, filter_separable};
pub use similarity::Similarity;
pub use warp::{warp_plane, warp_rgb};
pub use wide::on_wide_vectors;
