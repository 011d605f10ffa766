//! Numbers of reference tensors in files, and of Burn tensors.

use std::collections::BTreeMap;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use safetensors::{Dtype, SafeTensors};

/// The tensors of a safetensors file, by name.
#[derive(Debug)]
pub struct Tensors(BTreeMap<String, (Vec<usize>, Vec<f32>)>);

impl Tensors {
    /// Reads the bytes of a file.
    ///
    /// # Panics
    /// If it is corrupt or contains types other than `f32`.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let file = SafeTensors::deserialize(bytes).expect("a safetensors file");
        let entry = |(name, view): (&str, safetensors::tensor::TensorView<'_>)| {
            assert_eq!(view.dtype(), Dtype::F32, "{name}");
            let values = view.data().chunks_exact(4);
            let values = values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            (name.to_owned(), (view.shape().to_vec(), values))
        };
        Self(file.iter().map(entry).collect())
    }

    /// The numbers of the tensor `name`, in row-major order.
    ///
    /// # Panics
    /// When there is no such tensor.
    #[must_use]
    pub fn values(&self, name: &str) -> &[f32] {
        &self.get(name).1
    }

    /// The tensor `name` on a device.
    ///
    /// # Panics
    /// When there is no such tensor, or it has another rank.
    #[must_use]
    pub fn tensor<B: Backend, const D: usize>(
        &self,
        name: &str,
        device: &B::Device,
    ) -> Tensor<B, D> {
        let (shape, values) = self.get(name);
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), device)
    }

    fn get(&self, name: &str) -> &(Vec<usize>, Vec<f32>) {
        self.0.get(name).unwrap_or_else(|| panic!("no reference `{name}`"))
    }
}

/// A tensor of the given numbers.
///
/// # Panics
/// If their number does not match the shape.
#[must_use]
pub fn tensor<B: Backend, const D: usize>(
    values: &[f32],
    shape: [usize; D],
    device: &B::Device,
) -> Tensor<B, D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The numbers of a tensor, in row-major order.
#[must_use]
pub fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
