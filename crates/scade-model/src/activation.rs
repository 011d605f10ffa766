//! The non-linearity of the blocks.

use burn::tensor::activation::{relu, silu};
use burn::tensor::{Tensor, backend::Backend};
use serde::{Deserialize, Serialize};

/// The non-linearity after a convolution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `x·σ(x)`, smooth everywhere.
    #[default]
    Silu,
    /// `max(x, 0)`.
    Relu,
}

impl Activation {
    /// Applies it to every element.
    pub fn forward<B: Backend, const D: usize>(self, input: Tensor<B, D>) -> Tensor<B, D> {
        match self {
            Self::Silu => silu(input),
            Self::Relu => relu(input),
        }
    }
}

impl From<Activation> for scade_kernels::Activation {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Silu => Self::Silu,
            Activation::Relu => Self::Relu,
        }
    }
}
