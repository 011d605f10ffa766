//! Faces in images: the MTCNN detector on Burn, tracking, crops, and the detector's weights.
//!
//! [`Mtcnn`] is the cascade of Zhang et al., "Joint Face Detection and Alignment using Multi-task
//! Cascaded Convolutional Networks" (2016), with the public weights of facenet-pytorch, which are
//! not part of this repository: `weights::locate` downloads, checks and caches them, in a build with the
//! feature `fetch`.
//! A [`FaceFinder`] also tries other ways where it finds no face.
//! [`crop()`] crops a face, aligned or exactly as the published SCADE-Net does; a [`Tracker`] follows
//! faces through a video.
//!
//! This crate has no notion of video files, datasets or labels, and is generic over the backend; only the
//! small program `scade-face` chooses one.

mod align;
mod cascade;
mod config;
mod crop;
mod error;
mod face;
mod fallback;
mod finder;
mod mtcnn;
mod net;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod synthetic;
mod track;
pub mod weights;

pub use config::MtcnnConfig;
pub use crop::{CropError, CropRule, DEFAULT_CROP_SIZE, UnknownCropRule, crop, points_in_crop};
pub use error::Error;
pub use face::{Face, select_best, select_largest};
pub use fallback::{Fallback, FoundBy};
pub use finder::{DetectorFiles, FaceFinder, Found};
pub use mtcnn::Mtcnn;
pub use scade_kernels::Kernels;
pub use track::Tracker;
