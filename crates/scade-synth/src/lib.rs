//! Drawn talking heads, real and face-swapped, from a seed: clips for the demo and for tests.
//!
//! Nothing here is a photograph, and nobody is shown. An [`Identity`] is a person, a [`ClipSpec`] a
//! recording of one, a [`Scene`] draws its frames; [`SetSettings`] plans a set of clips. Forgeries
//! carry what swaps carry: an inner face of other sharpness, resolution, noise and color behind a
//! blending border. A forgery and the real clip of the same person are the same recording, so that
//! nothing else tells them apart.
//!
//! Drawing needs no FFmpeg. Writing clips does: `write_set`, with the feature `program`, on by
//! default.
//!
//! This crate knows no detector, no network and no way to read videos.

mod background;
mod blur;
mod body;
mod camera;
mod canvas;
mod clip;
mod face;
mod identity;
mod motion;
mod set;
mod shape;
mod swap;
#[cfg(feature = "program")]
mod write;

pub use clip::{ClipSpec, Scene, landmarks, render_frame};
pub use identity::Identity;
pub use set::{PlannedClip, SetSettings};
#[cfg(feature = "program")]
pub use write::{Progress, Summary, WriteError, write_set};
