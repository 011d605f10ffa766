//! From the feature vector to the logit.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::activation::leaky_relu;
use burn::tensor::{Tensor, backend::Backend};

use crate::{Activation, Layer, initial};

/// Units between the feature vector and the logit.
const HIDDEN: usize = 16;

/// Slope of [`HeadActivation::Leaky`] below 0.
pub(crate) const LEAK: f64 = 0.1;

/// Activation after the first linear layer.
#[derive(Debug, Clone, Copy)]
pub enum HeadActivation {
    /// The activation of the blocks.
    Same(Activation),
    /// Leaky ReLU with slope 0.1, as in Meso-4.
    Leaky,
}

impl HeadActivation {
    /// Applies it to every element.
    pub fn forward<B: Backend, const D: usize>(self, input: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Same(activation) => activation.forward(input),
            Self::Leaky => leaky_relu(input, LEAK),
        }
    }
}

/// Dropout, linear feature_dim → 16, activation, dropout, linear 16 → 1.
#[derive(Module, Debug)]
pub struct Head<B: Backend> {
    /// feature_dim → 16.
    pub fc1: Linear<B>,
    /// 16 → 1.
    pub fc2: Linear<B>,
    dropout: Dropout,
    /// Applied after `fc1`.
    #[module(skip)]
    pub activation: HeadActivation,
}

impl<B: Backend> Head<B> {
    /// A newly initialized head for feature vectors of length `feature_dim`; dropout is active only on
    /// backends with autodiff.
    pub(crate) fn new(
        feature_dim: usize,
        dropout: f64,
        activation: HeadActivation,
        device: &B::Device,
    ) -> Self {
        Self {
            fc1: initial::linear(feature_dim, HIDDEN, device),
            fc2: initial::linear(HIDDEN, 1, device),
            dropout: DropoutConfig::new(dropout).init(),
            activation,
        }
    }

    /// Length of the feature vectors.
    pub(crate) fn feature_dim(&self) -> usize {
        // Must not initialize lazy weights: the order of initialization determines their values.
        self.fc1.weight.lazy_shape()[0]
    }

    /// The logit of each feature vector.
    ///
    /// # Shapes
    /// - `features`: `[batch, feature_dim]`
    /// - output: `[batch, 1]`
    pub fn forward(&self, features: Tensor<B, 2>) -> Tensor<B, 2> {
        let hidden = self.fc1.forward(self.dropout.forward(features));
        let hidden = self.activation.forward(hidden);
        self.fc2.forward(self.dropout.forward(hidden))
    }
}

/// The rows of the layer table.
pub(crate) fn layers(feature_dim: usize) -> Vec<Layer> {
    let linear = |name: &str, inputs: usize, outputs: usize| Layer {
        name: format!("{name} linear"),
        output: vec![outputs],
        parameters: inputs * outputs + outputs,
        multiply_adds: inputs * outputs,
    };
    vec![linear("fc1", feature_dim, HIDDEN), linear("fc2", HIDDEN, 1)]
}
