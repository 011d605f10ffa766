//! Defocus maps: the blur of each pixel of an image, as the fourth channel of the detector.
//!
//! One method is one file with one settings type, and one variant of [`Method`]. Callers use a
//! [`Method`] and store [`Method::name`] with their maps. [`Method::estimate`] returns the blur and its
//! confidence, [`Method::map`] the channel of 0..1. Input images have 8 or 16 bits, color or gray; maps
//! are planes of the same size. This crate contains no face detection, no file access and no network
//! except the regression of the band-energy method. Evaluation of the methods: `docs/defocus.md`.

mod band_energy;
mod error;
mod estimate;
mod filters;
mod gradient_ratio;
mod image_view;
mod jeon_woo;
mod method;
mod published;
#[cfg(test)]
mod testing;

pub use band_energy::{BandEnergy, Layer, Network, NetworkSize, band_energy, features};
pub use error::Error;
pub use estimate::{Estimate, FULL_SCALE, Unit};
pub use gradient_ratio::GradientRatio;
pub use image_view::{Gray16Image, ImageView, Rgb16Image};
pub use jeon_woo::JeonWoo;
pub use method::{Method, UnknownMethod};
pub use published::Published;
