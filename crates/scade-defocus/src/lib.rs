//! Defocus maps: how blurred each pixel of a picture is, as the fourth channel of the detector.
//!
//! One method is one file with one settings type, and one variant of [`Method`]. Whoever makes maps
//! holds a [`Method`] and need not know which it is; whoever stores maps stores [`Method::name`]
//! beside them. [`Method::estimate`] says how many pixels of blur there are and how sure that is,
//! [`Method::map`] is the channel of 0..1. Pictures come in with 8 or 16 bits, colour or grey; maps
//! go out as planes of the same size. This crate knows no faces, no files and no networks but the
//! regression of the band-energy method. How good the methods are: `docs/defocus.md`.

mod band_energy;
mod error;
mod estimate;
mod filters;
mod gradient_ratio;
mod jeon_woo;
mod method;
mod picture;
mod published;
#[cfg(test)]
mod testing;

pub use band_energy::{BandEnergy, Layer, Network, NetworkSize, band_energy, features};
pub use error::Error;
pub use estimate::{Estimate, FULL_SCALE, Unit};
pub use gradient_ratio::GradientRatio;
pub use jeon_woo::JeonWoo;
pub use method::{Method, UnknownMethod};
pub use picture::{Gray16Image, Picture, Rgb16Image};
pub use published::Published;
