//! Synthetic talking heads, real and face-swapped, from a seed: clips for the demo and for tests.
//!
//! No real person is shown. An [`Identity`] is a synthetic person, a [`ClipSpec`] describes one clip,
//! a [`Scene`] renders its frames, and [`SetSettings`] plans a set of clips. Forgeries have the
//! artifacts of face swaps: an inner face whose sharpness, resolution, noise and color differ, behind
//! a blending border. A forgery and the real clip of the same person share the recording, so that
//! they differ in the swap alone.
//!
//! Rendering needs no FFmpeg. Writing clips does: `write_set`, with the feature `program` (on by
//! default).
//!
//! This crate contains no detector, no network and no video reader.

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
