//! The bridge to Burn: which backends the kernels serve, and how.

mod convolution;
mod differentiated;
mod values;

use std::borrow::Cow;

use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;

use crate::Activation;

/// A backend of Burn that networks can be computed on: by the kernels of this crate where tensors
/// lie in the memory of this process, in the backend's own operations elsewhere.
pub trait Kernels: Backend {
    /// Whether the kernels serve this backend.
    const SERVED: bool = false;

    /// The values of a tensor, row by row; `None` where the kernels do not serve the backend or
    /// the values are no `f32`.
    fn values(_tensor: &FloatTensor<Self>) -> Option<Cow<'_, [f32]>> {
        None
    }

    /// Computes a block with the statistics of the batch, so that it can be differentiated; `None`
    /// where there is no kernel for it, and the caller composes it from plain operations.
    fn train_block(_block: BlockTensors<Self>) -> Option<BlockOutput<Self>> {
        None
    }

    /// A convolution without bias that keeps height and width, of `[batch, channels_in, height, width]` by
    /// `[channels_out, channels_in, side, side]`, for networks that are composed of plain operations.
    fn convolve(input: Tensor<Self, 4>, kernel: Tensor<Self, 4>) -> Tensor<Self, 4> {
        convolution::plain(input, kernel)
    }
}

/// A backend to train on: it differentiates, and so do the kernels.
pub trait TrainingKernels: Kernels + AutodiffBackend<InnerBackend: Kernels> {}

impl<B: Kernels + AutodiffBackend<InnerBackend: Kernels>> TrainingKernels for B {}

/// A block of a network: convolution that keeps the size, activation, channel attention if any,
/// batch normalization, max-pooling.
#[derive(Debug, Clone)]
pub struct BlockTensors<B: Backend> {
    /// `[batch, channels_in, height, width]`.
    pub input: Tensor<B, 4>,
    /// `[channels_out, channels_in, side, side]`, after any constraint.
    pub kernel: Tensor<B, 4>,
    /// `[channels_out]`.
    pub bias: Tensor<B, 1>,
    /// Follows the convolution.
    pub activation: Activation,
    /// The weights of channel attention, `[1, 1, neighbors]`.
    pub attention: Option<Tensor<B, 3>>,
    /// Scale, `[channels_out]`.
    pub gamma: Tensor<B, 1>,
    /// Shift, `[channels_out]`.
    pub beta: Tensor<B, 1>,
    /// Added to the variance before the root.
    pub epsilon: f64,
    /// Side of the pooled squares.
    pub pool: usize,
}

/// What a block puts out in training.
#[derive(Debug, Clone)]
pub struct BlockOutput<B: Backend> {
    /// `[batch, channels_out, height / pool, width / pool]`.
    pub output: Tensor<B, 4>,
    /// The batch's mean of what was normalized, `[channels_out]`; a constant.
    pub mean: Tensor<B, 1>,
    /// Its biased variance, `[channels_out]`; a constant.
    pub variance: Tensor<B, 1>,
}
