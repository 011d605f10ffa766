//! Defocus maps: how blurred each pixel of an image is, as the fourth channel of the detector.
//!
//! One method is one file with one settings type, and one variant of [`Method`]. Whoever makes maps
//! holds a [`Method`] and need not know which it is; whoever stores maps stores [`Method::name`]
//! beside them. [`Method::estimate`] says how many pixels of blur there are and how sure that is,
//! [`Method::map`] is the channel of 0..1. Images come in with 8 or 16 bits, color or gray; maps
//! go out as planes of the same size. This crate knows no faces, no files and no networks but the
//! regression of the band-energy method. How good the methods are: `docs/defocus.md`.

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
