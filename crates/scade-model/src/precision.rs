//! Half precision: on half-precision images a network computes convolutions, activations and pooling in it.
//!
//! Long sums stay in single precision: batch statistics, the means of channel attention and the head. So do
//! all weights, of which each use makes a rounded copy
//! ([Micikevicius et al. 2018](https://arxiv.org/abs/1710.03740)).

use burn::tensor::{DType, FloatDType, Tensor, backend::Backend};

/// Whether this is a half-precision type.
fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}

/// `tensor` converted to single precision if it is in half precision.
pub(crate) fn widened<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    if is_half(tensor.dtype()) { tensor.cast(FloatDType::F32) } else { tensor }
}

/// `tensor` converted to `wanted` if that is a half-precision type.
pub(crate) fn narrowed<B: Backend, const D: usize>(
    tensor: Tensor<B, D>,
    wanted: DType,
) -> Tensor<B, D> {
    if is_half(wanted) { tensor.cast(FloatDType::from(wanted)) } else { tensor }
}

/// Whether `tensor` is in half precision.
pub(crate) fn halved<B: Backend, const D: usize>(tensor: &Tensor<B, D>) -> bool {
    is_half(tensor.dtype())
}

#[cfg(test)]
mod tests;
