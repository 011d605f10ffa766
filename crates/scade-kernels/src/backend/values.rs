//! Tensors of the CPU backends as slices.

use std::borrow::Cow;

use burn::backend::Flex;
#[cfg(feature = "ndarray")]
use burn::backend::NdArray;
use burn::backend::flex::FlexTensor;
#[cfg(feature = "ndarray")]
use burn::backend::ndarray::NdArrayTensor;
use burn::tensor::DType;

use super::Kernels;

impl Kernels for Flex {
    const SERVED: bool = true;

    fn values(tensor: &FlexTensor) -> Option<Cow<'_, [f32]>> {
        if tensor.dtype() != DType::F32 {
            return None;
        }
        Some(match tensor.as_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(tensor.to_contiguous().as_slice()?.to_vec()),
        })
    }
}

#[cfg(feature = "ndarray")]
impl Kernels for NdArray {
    const SERVED: bool = true;

    fn values(tensor: &NdArrayTensor) -> Option<Cow<'_, [f32]>> {
        let NdArrayTensor::F32(storage) = tensor else { return None };
        let view = storage.view();
        Some(match view.to_slice() {
            Some(values) => Cow::Borrowed(values),
            None => Cow::Owned(view.iter().copied().collect()),
        })
    }
}

/// Not supported: double precision is used for reference runs only.
#[cfg(feature = "ndarray")]
impl Kernels for NdArray<f64> {}

#[cfg(feature = "wgpu")]
impl Kernels for burn::backend::Wgpu {}

#[cfg(feature = "cuda")]
impl Kernels for burn::backend::Cuda {}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Tensor, TensorPrimitive};

    fn transposed<B: Kernels>() -> Vec<f32> {
        let tensor = Tensor::<B, 2>::from_data([[1.0, 2.0], [3.0, 4.0]], &Default::default());
        let TensorPrimitive::Float(tensor) = tensor.transpose().into_primitive() else {
            panic!("a float tensor");
        };
        B::values(&tensor).unwrap().into_owned()
    }

    #[test]
    fn values_come_in_the_order_of_the_shape() {
        assert_eq!(transposed::<Flex>(), [1.0, 3.0, 2.0, 4.0]);
        #[cfg(feature = "ndarray")]
        assert_eq!(transposed::<NdArray>(), [1.0, 3.0, 2.0, 4.0]);
    }
}
