//! Self-blended images: forgeries made from one real face, so that a detector is trained without
//! forgeries of any tool (Shiohara and Yamasaki, "Detecting Deepfakes with Self-Blended Images", CVPR
//! 2022).
//!
//! A crop becomes a pair: the *target*, which counts as real, and the *blend*, in which the face region of
//! a changed copy of the crop, the *source*, is laid over the target through a soft mask. Source and target
//! differ as those of a face swap do: in color, sharpness, resampling, compression and position. Either
//! of the two is changed, equally often, so that no change by itself tells the classes apart; outside the
//! mask both images are equal to the bit.
//!
//! ```text
//! crop, landmarks → FaceFrame → outline of a region → deformed, filled, softened → mask
//! crop → color and detail of the target ──────────────────────────┬→ target
//! crop → color and detail of the source → moved and deformed ─────┴→ blend
//! ```
//!
//! [`BlendConfig::sample`] draws all random numbers of a pair; [`Blend::apply`] is a pure function of them
//! and the crop. What happens to both halves alike (mirroring, compression) is not a matter of this crate.

mod color;
mod config;
mod detail;
mod field;
mod mask;
mod outline;
mod pair;

pub use color::ColorChange;
pub use config::{BlendConfig, RegionWeights};
pub use detail::Detail;
pub use field::Field;
pub use mask::{fill, soften};
pub use outline::{FaceFrame, Region};
pub use pair::{Blend, Pair, compose};
