//! Images for people, from plain numbers: no tensors, no files.
//!
//! Text is drawn with a font that is part of this crate, so that an image looks the same on every
//! machine, one without fonts included.

mod axis;
mod curves;
mod error;
mod font;
mod panel;
mod render;

pub use curves::{Curves, Epoch};
pub use error::Error;
