//! Defocus maps: how blurred each pixel of a picture is, as the fourth channel of the detector.
//!
//! One method is one file with one settings type, and one variant of [`Method`]. Whoever makes maps
//! holds a [`Method`] and need not know which it is; whoever stores maps stores [`Method::name`]
//! beside them. Colours come in as 8-bit RGB, maps go out as planes of 0..1, of the same size.
//! This crate knows no faces, no files and no networks.

mod error;
mod filters;
mod method;
mod published;
#[cfg(test)]
mod testing;

pub use error::Error;
pub use method::Method;
pub use published::Published;
