//! SCADE-Net and Meso-4 on Burn, and their weights on disk.
//!
//! A [`NetworkConfig`] names an architecture and its settings; [`NetworkConfig::init`] creates the
//! [`Network`], which maps images to logits and feature vectors; a [`Predictor`] does the same with frozen
//! weights, faster. [`save`], [`load`] and [`import_pth`] write and read weights; an [`ModelBundle`] is a
//! model bundle.
//!
//! An architecture is one file that implements [`ArchitectureConfig`] and [`Architecture`], and one
//! line in `network.rs`.
//!
//! Image input, defocus maps and training are in other crates.

mod activation;
mod architecture;
mod batch_norm;
mod block;
mod bundle;
mod constrained_conv;
mod eca;
mod head;
mod initial;
mod layers;
mod meso4;
mod network;
mod precision;
mod predictor;
mod scade_net;
mod weights;

pub use activation::Activation;
pub use architecture::{Architecture, ArchitectureConfig, BlocksAndHead, InputShape, Output};
pub use batch_norm::BatchNorm;
pub use block::{Block, BlockConfig};
pub use bundle::{BundleError, ModelBundle};
pub use constrained_conv::{ConstrainedConv, Constraint, RingConv, SumToZeroConv};
pub use eca::Eca;
pub use head::{Head, HeadActivation};
pub use layers::{Layer, trainable_parameters};
pub use meso4::{Meso4, Meso4Config};
pub use network::{Network, NetworkConfig};
pub use predictor::Predictor;
pub use scade_net::{ScadeNet, ScadeNetConfig};
pub use weights::{Error, PickleError, PthError, import_pth, load, save};
