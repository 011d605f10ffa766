//! The losses a forgery detector is trained with, as Burn modules on plain tensors.
//!
//! Two are losses on the logit ([`BinaryCrossEntropy`], [`Focal`]; [`ClassificationLoss`] is their enum),
//! one is on the features ([`SingleCenterLoss`]; [`FeatureLoss`] is the trait of such losses). The
//! training loop weights them against each other. This crate does not depend on networks.
//!
//! Labels are floats of shape `[batch, 1]`: 0 is real, 1 is fake. No value is read back from the device, so
//! a training step does not synchronize with it.

mod binary_cross_entropy;
mod classification;
mod features;
mod focal;
mod single_center;

#[cfg(test)]
mod testing;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use classification::ClassificationLoss;
pub use features::{FeatureLoss, FeatureLossConfig};
pub use focal::Focal;
pub use single_center::{SingleCenterForm, SingleCenterLoss, SingleCenterLossConfig};
