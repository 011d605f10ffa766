//! The losses a forgery detector is trained with, as Burn modules on plain tensors.
//!
//! Two of them score the logit ([`BinaryCrossEntropy`], [`Focal`]; [`ClassificationLoss`] chooses),
//! one shapes the features ([`SingleCenterLoss`]; [`FeatureLoss`] is what such a loss implements).
//! How they are weighted against each other is the
//! training loop's business, and no network is known here.
//!
//! Labels are floats of shape `[batch, 1]`: 0 is real, 1 is fake. Nothing reads a value back from
//! the device, so a training step runs without waiting.

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
