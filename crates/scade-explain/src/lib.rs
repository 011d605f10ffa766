//! Why a network gives its score: heat maps, how faithful they are, and what its layers compute.
//!
//! An [`Explainer`] is made from a [`Predictor`](scade_model::Predictor). It computes Grad-CAM for either
//! class at any block ([`Explainer::grad_cam`]), measures a heat map by deletion and insertion
//! ([`Explainer::faithfulness`]), and gives the kernels of the first layer, the feature maps and the
//! attention gates as numbers ([`Explainer::first_kernels`], [`Explainer::feature_maps`]). An [`Explanation`]
//! collects what belongs to one face; [`Explanation::sheet`] shows it as one image.
//!
//! A heat map says which regions the score depended on. It does not say why, and it is no proof of a forgery.
//!
//! This crate contains no face detection, no files and no training.

mod cam;
mod class;
mod color;
mod error;
mod explainer;
mod explanation;
mod faithfulness;
mod feature_maps;
mod images;
mod layers;
mod sheet;
mod upsample;

pub use cam::{Cam, GradCam};
pub use class::Class;
pub use color::{colorize, overlay, viridis};
pub use error::Error;
pub use explainer::Explainer;
pub use explanation::Explanation;
pub use faithfulness::{Curve, Curves, Faithfulness, FaithfulnessOptions, random_map};
pub use feature_maps::{FeatureMaps, FirstKernels};
pub use images::{feature_map_image, gate_image, kernel_image};
