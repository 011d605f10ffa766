//! Half precision: a network that is given images of half the width convolves, activates and pools in it.
//!
//! What adds up many numbers stays in single precision: batch statistics, the means of channel attention, and
//! the head. So do all weights; each use of one makes a rounded copy
//! ([Micikevicius et al. 2018](https://arxiv.org/abs/1710.03740)).

use burn::tensor::{DType, FloatDType, Tensor, backend::Backend};

/// Whether numbers of this type are of half the width.
fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}

/// `tensor` in single precision, if it was in half.
pub(crate) fn widened<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    if is_half(tensor.dtype()) { tensor.cast(FloatDType::F32) } else { tensor }
}

/// `tensor` in half precision of the type `wanted`, if that is one.
pub(crate) fn narrowed<B: Backend, const D: usize>(
    tensor: Tensor<B, D>,
    wanted: DType,
) -> Tensor<B, D> {
    if is_half(wanted) { tensor.cast(FloatDType::from(wanted)) } else { tensor }
}

/// Whether `tensor` is of half precision.
pub(crate) fn halved<B: Backend, const D: usize>(tensor: &Tensor<B, D>) -> bool {
    is_half(tensor.dtype())
}

#[cfg(test)]
mod tests;
