//! From the feature vector to the logit.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, Linear};
use burn::tensor::activation::{leaky_relu, relu, silu};
use burn::tensor::{Tensor, backend::Backend};

use crate::{Activation, FEATURE_DIM, Layer, initial};

/// Units between the feature vector and the logit.
const HIDDEN: usize = 16;

/// Slope of [`HeadActivation::Leaky`] below 0.
pub(crate) const LEAK: f64 = 0.1;

/// What stands between the two linear layers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum HeadActivation {
    /// That of the blocks.
    Same(Activation),
    /// `x`, or a tenth of it below 0, as Meso-4 has it.
    Leaky,
}

/// Dropout, linear 1024 → 16, activation, dropout, linear 16 → 1.
#[derive(Module, Debug)]
pub struct Head<B: Backend> {
    /// 1024 → 16.
    pub fc1: Linear<B>,
    /// 16 → 1.
    pub fc2: Linear<B>,
    dropout: Dropout,
    #[module(skip)]
    pub(crate) activation: HeadActivation,
}

impl<B: Backend> Head<B> {
    /// Fresh weights; dropout acts on backends with autodiff alone.
    pub(crate) fn new(dropout: f64, activation: HeadActivation, device: &B::Device) -> Self {
        Self {
            fc1: initial::linear(FEATURE_DIM, HIDDEN, device),
            fc2: initial::linear(HIDDEN, 1, device),
            dropout: DropoutConfig::new(dropout).init(),
            activation,
        }
    }

    /// The logit of each feature vector.
    ///
    /// # Shapes
    /// - `features`: `[batch, 1024]`
    /// - output: `[batch, 1]`
    pub fn forward(&self, features: Tensor<B, 2>) -> Tensor<B, 2> {
        let hidden = self.fc1.forward(self.dropout.forward(features));
        let hidden = match self.activation {
            HeadActivation::Same(Activation::Silu) => silu(hidden),
            HeadActivation::Same(Activation::Relu) => relu(hidden),
            HeadActivation::Leaky => leaky_relu(hidden, LEAK),
        };
        self.fc2.forward(self.dropout.forward(hidden))
    }
}

/// The rows of the layer table.
pub(crate) fn layers() -> Vec<Layer> {
    let linear = |name: &str, inputs: usize, outputs: usize| Layer {
        name: format!("{name} linear"),
        output: vec![outputs],
        parameters: inputs * outputs + outputs,
        multiply_adds: inputs * outputs,
    };
    vec![linear("fc1", FEATURE_DIM, HIDDEN), linear("fc2", HIDDEN, 1)]
}
