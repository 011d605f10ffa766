//! The bridge to Burn: which backends the kernels support, and how.

mod convolution;
mod differentiated;
mod values;

use std::borrow::Cow;

use burn::tensor::Tensor;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;

use crate::Activation;

/// A Burn backend that networks can run on: with the kernels of this crate where tensors are in host
/// memory, with the backend's own operations elsewhere.
pub trait Kernels: Backend {
    /// Whether the kernels support this backend.
    const SERVED: bool = false;

    /// The values of a tensor in row-major order; `None` where the kernels do not support the backend
    /// or the values are not `f32`.
    fn values(_tensor: &FloatTensor<Self>) -> Option<Cow<'_, [f32]>> {
        None
    }

    /// Computes a block with batch statistics, differentiably; `None` where there is no kernel for it,
    /// so that the caller composes it from plain operations.
    fn train_block(_block: BlockTensors<Self>) -> Option<BlockOutput<Self>> {
        None
    }

    /// A convolution without bias that keeps height and width, of `[batch, channels_in, height, width]` with
    /// `[channels_out, channels_in, kernel_size, kernel_size]`, for networks composed of plain operations.
    fn convolve(input: Tensor<Self, 4>, kernel: Tensor<Self, 4>) -> Tensor<Self, 4> {
        convolution::plain(input, kernel)
    }
}

/// A backend to train on: autodiff over a backend with kernels.
pub trait TrainingKernels: Kernels + AutodiffBackend<InnerBackend: Kernels> {}

impl<B: Kernels + AutodiffBackend<InnerBackend: Kernels>> TrainingKernels for B {}

/// A block of a network: convolution that keeps the size, activation, channel attention if any,
/// batch normalization, max-pooling.
#[derive(Debug, Clone)]
pub struct BlockTensors<B: Backend> {
    /// `[batch, channels_in, height, width]`.
    pub input: Tensor<B, 4>,
    /// `[channels_out, channels_in, kernel_size, kernel_size]`, after any constraint.
    pub kernel: Tensor<B, 4>,
    /// `[channels_out]`.
    pub bias: Tensor<B, 1>,
    /// Applied after the convolution.
    pub activation: Activation,
    /// The weights of channel attention, `[1, 1, neighbors]`.
    pub attention: Option<Tensor<B, 3>>,
    /// Scale, `[channels_out]`.
    pub gamma: Tensor<B, 1>,
    /// Shift, `[channels_out]`.
    pub beta: Tensor<B, 1>,
    /// Added to the variance before the square root.
    pub epsilon: f64,
    /// Size of the pooling window.
    pub pool: usize,
}

/// Output of a block in training.
#[derive(Debug, Clone)]
pub struct BlockOutput<B: Backend> {
    /// `[batch, channels_out, height / pool, width / pool]`.
    pub output: Tensor<B, 4>,
    /// Batch mean of the values before normalization, `[channels_out]`; no gradient flows through it.
    pub mean: Tensor<B, 1>,
    /// Their biased variance, `[channels_out]`; no gradient flows through it.
    pub variance: Tensor<B, 1>,
}
