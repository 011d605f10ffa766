//! Faces in an image: the MTCNN detector on Burn, crops of what it finds, and its weights.
//!
//! [`Mtcnn`] is the cascade of Zhang et al., "Joint Face Detection and Alignment using Multi-task
//! Cascaded Convolutional Networks" (2016), with the public weights of facenet-pytorch, which are
//! not part of this repository: `weights::locate` obtains them, checks and caches them, in a build with the
//! feature `fetch`.
//! [`crop()`] cuts a face out, upright or exactly as the published SCADE-Net does; a [`Tracker`] follows
//! faces through a video.
//!
//! This crate knows nothing of videos, datasets or labels, and chooses no backend; only the small
//! program `scade-face` does.

mod align;
mod cascade;
mod config;
mod crop;
mod error;
mod face;
mod mtcnn;
mod net;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod synthetic;
mod track;
pub mod weights;

pub use config::MtcnnConfig;
pub use crop::{CropError, CropRule, DEFAULT_CROP_SIZE, UnknownCropRule, crop};
pub use error::Error;
pub use face::{Face, select_best, select_largest};
pub use mtcnn::Mtcnn;
pub use scade_kernels::Kernels;
pub use track::Tracker;

// Of an earlier version: goes when its users name `SettingError`.
#[doc(hidden)]
pub use scade_settings::SettingError as ConfigError;
