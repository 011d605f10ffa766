//! A face swap benchmark made of real photographs: forgeries of several kinds, with the real recordings
//! that they differ from in the swap alone, for measuring detectors that were trained without such
//! forgeries.
//!
//! ```text
//! photographs → PhotoList → find_photos (MTCNN) → photos with landmarks → pair_up → target, source
//! target, source, Kind → Forger: source warped to the target's landmarks, softened, recolored, blended
//! real photograph, or a forgery for each frame → moved by a virtual camera → H.264 at each CRF
//! ```
//!
//! The same photographs, settings and seed give the same images; [`write_set`] writes them, and completes
//! a set that was interrupted.
//!
//! This crate contains no detector of forgeries and no generative network: faces are exchanged by the
//! image processing that face swapping tools end with, so that their borders, colors and resolution are
//! those of a swap, but expressions are those of the source.

mod clip;
mod color;
mod error;
mod kinds;
mod linear;
mod multiband;
mod pairing;
mod photos;
mod poisson;
mod set;
mod settings;
mod sheet;
mod warp;

pub use clip::Camera;
pub use color::{from_ycc, to_ycc, transfer};
pub use error::Error;
pub use kinds::{Forger, Kind};
pub use multiband::blend_bands;
pub use pairing::{Pair, Pose, pair_up};
pub use photos::{Found, Photo, PhotoFile, PhotoList, Skip, find_photos, load_photo};
pub use poisson::clone_seamlessly;
pub use set::{Summary, claim, write_set};
pub use settings::SwapSettings;
pub use warp::{Spline, warp_by};
