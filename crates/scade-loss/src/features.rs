//! Losses on the feature vector: what each implements. A new one is a file of its own here, and one line
//! in the list of the training program's losses.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use scade_settings::SettingError;

/// The settings of a loss on features, and how to make it.
pub trait FeatureLossConfig {
    /// The loss that these settings make.
    type Loss<B: Backend>: FeatureLoss<B>;

    /// Checks the settings.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    fn validate(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Length of the feature vectors that the loss is made for; `None`, the default, for any.
    fn feature_dim(&self) -> Option<usize> {
        None
    }

    /// The loss with fresh parameters, if it has any.
    fn init<B: Backend>(&self, device: &B::Device) -> Self::Loss<B>;
}

/// A loss on features. What it learns, if anything, is trained beside the network: it is a module.
pub trait FeatureLoss<B: Backend>: Module<B> {
    /// The loss of a batch.
    ///
    /// # Shapes
    /// - `features`: `[batch, feature_dim]`
    /// - `labels`: `[batch, 1]`, exactly 0 (real) or 1 (fake)
    /// - output: `[1]`
    ///
    /// # Panics
    /// When the shapes do not fit together.
    fn forward(&self, features: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1>;
}
