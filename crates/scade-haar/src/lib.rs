//! Faces in images by a cascade of boosted stumps on Haar-like features, with OpenCV's results.
//!
//! The method is that of Viola and Jones, "Rapid Object Detection using a Boosted Cascade of Simple
//! Features" (CVPR 2001), with the features of Lienhart and Maydt, "An Extended Set of Haar-like Features
//! for Rapid Object Detection" (ICIP 2002), the upright ones. A [`Cascade`] is read from a file of OpenCV,
//! [`FRONTAL_FACE`] for one, which is not part of this repository. [`Cascade::detect`] returns
//! the rectangles of OpenCV 4.10's `CascadeClassifier.detectMultiScale`, equal to the last pixel and in the
//! same order as there on one thread.
//!
//! Coordinates: x to the right, y down, in pixels of the image given; a rectangle covers the pixels from
//! `(x, y)` to `(x + width - 1, y + height - 1)`. This crate obtains no files and knows no tracks and
//! no crops.

mod cascade;
mod detect;
mod error;
mod group;
mod parse;
mod plan;
mod published;
mod resize;
mod scales;
mod scan;
mod strip;
mod tile;

pub use cascade::Cascade;
pub use detect::{DetectOptions, Detection, Rect};
pub use error::{Error, ParseError};
pub use published::{FRONTAL_FACE, PublishedFile};
