//! Plots training curves as SVG or PNG, from plain numbers, and writes text on images: no tensors, no files.
//!
//! Text uses a font that is part of this crate, so that a plot looks the same on every machine, even
//! without installed fonts.

mod axis;
mod curves;
mod error;
mod font;
mod panel;
mod render;
mod text;

pub use curves::{Curves, Epoch};
pub use error::Error;
pub use text::{draw_text, text_width};
