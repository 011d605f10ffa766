//! Plots training curves as SVG or PNG, from plain numbers: no tensors, no files.
//!
//! Text uses a font that is part of this crate, so that a plot looks the same on every machine, even
//! without installed fonts.

mod axis;
mod curves;
mod error;
mod font;
mod panel;
mod render;

pub use curves::{Curves, Epoch};
pub use error::Error;
