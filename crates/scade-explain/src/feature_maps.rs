//! What the layers compute, as plain numbers.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use scade_image::Plane;
use scade_kernels::Kernels;
use scade_model::Architecture;

use crate::Explainer;

/// The kernels of the first convolution as they are applied.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstKernels {
    /// By output channel, then by input channel (red, green, blue, defocus): `size` × `size` weights,
    /// row by row.
    pub kernels: Vec<Vec<Plane>>,
}

/// The output of one block for one image.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureMaps {
    /// The block, from 1.
    pub block: usize,
    /// One plane per channel, after pooling.
    pub channels: Vec<Plane>,
    /// The gates of channel attention, 0..1, one per channel; `None` for a block without it.
    pub gates: Option<Vec<f32>>,
}

impl<B: Kernels, N: Architecture<B>> Explainer<'_, B, N> {
    /// The kernels of the first layer, with its constraint applied.
    #[must_use]
    pub fn first_kernels(&self) -> FirstKernels {
        let kernel = self.layers.blocks[0].kernel.clone();
        let [_, inputs, ..] = kernel.dims();
        let planes = planes(kernel);
        FirstKernels { kernels: planes.chunks(inputs).map(<[_]>::to_vec).collect() }
    }

    /// The outputs of all blocks for one image, and the gates of channel attention.
    ///
    /// # Shapes
    /// - `image`: `[1, channels, side, side]`, values 0..1
    ///
    /// # Panics
    /// If the image has another shape.
    #[must_use]
    pub fn feature_maps(&self, image: Tensor<B, 4>) -> Vec<FeatureMaps> {
        self.predictor.network().input().assert_fits(&image);
        assert_eq!(image.dims()[0], 1, "one image");
        let mut input = image;
        let maps = self.layers.blocks.iter().enumerate().map(|(index, block)| {
            let convolved = block.convolve(input.clone());
            let gates = block.gates(&block.activate(convolved.clone()));
            input = block.finish(convolved);
            FeatureMaps {
                block: index + 1,
                channels: planes(input.clone()),
                gates: gates.map(|gates| gates.into_data().iter::<f32>().collect()),
            }
        });
        maps.collect()
    }
}

/// The planes of a tensor, over its first two axes.
fn planes<B: Backend>(tensor: Tensor<B, 4>) -> Vec<Plane> {
    let [.., height, width] = tensor.dims();
    let values: Vec<f32> = tensor.into_data().iter::<f32>().collect();
    let plane = |values: &[f32]| Plane::from_vec(width, height, values.to_vec());
    values.chunks_exact(height * width).filter_map(plane).collect()
}
