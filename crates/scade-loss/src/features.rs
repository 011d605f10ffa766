//! The traits of losses on the feature vector. A new loss is a file of its own here and one line in the
//! training program's list of losses.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};

use scade_settings::SettingError;

/// The settings of a loss on features and its constructor.
pub trait FeatureLossConfig {
    /// The loss built from these settings.
    type Loss<B: Backend>: FeatureLoss<B>;

    /// Checks the settings.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    fn validate(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// Length of the feature vectors that the loss requires; `None`, the default, for any.
    fn feature_dim(&self) -> Option<usize> {
        None
    }

    /// The loss with newly initialized parameters, if it has any.
    fn init<B: Backend>(&self, device: &B::Device) -> Self::Loss<B>;
}

/// A loss on features. It is a module: its parameters, if any, are trained together with the network.
pub trait FeatureLoss<B: Backend>: Module<B> {
    /// The loss of a batch.
    ///
    /// # Shapes
    /// - `features`: `[batch, feature_dim]`
    /// - `labels`: `[batch, 1]`, exactly 0 (real) or 1 (fake)
    /// - output: `[1]`
    ///
    /// # Panics
    /// If the shapes do not fit together.
    fn forward(&self, features: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1>;
}
