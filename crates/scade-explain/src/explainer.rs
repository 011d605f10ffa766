//! The entry to everything that looks into a network.

use burn::tensor::Tensor;
use scade_kernels::Kernels;
use scade_model::{Architecture, Network, Predictor};

use crate::layers::Layers;
use crate::{Error, GradCam, cam};

/// A network for inference, opened for explanations.
///
/// It runs on the backend of the network and needs no backend with autodiff. Making one is cheap.
#[derive(Debug)]
pub struct Explainer<'a, B: Kernels, N = Network<B>> {
    pub(crate) predictor: &'a Predictor<B, N>,
    pub(crate) layers: Layers<B>,
}

impl<'a, B: Kernels, N: Architecture<B>> Explainer<'a, B, N> {
    /// Opens the network of `predictor`.
    ///
    /// # Errors
    /// [`Error::Form`] for a network without the form of [`Architecture::for_kernels`].
    pub fn new(predictor: &'a Predictor<B, N>) -> Result<Self, Error> {
        let parts = predictor.network().for_kernels().ok_or(Error::Form)?;
        if parts.blocks.is_empty() {
            return Err(Error::Form);
        }
        Ok(Self { predictor, layers: Layers::new(&parts) })
    }

    /// Number of blocks of the network.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.layers.blocks.len()
    }

    /// Grad-CAM ([Selvaraju et al. 2017](https://arxiv.org/abs/1610.02391)) of each image at `block`, from 1.
    ///
    /// The target is the output of the block's convolution. Each channel is weighted by the mean over the image
    /// of d logit / d activation (for real: of -logit), the sum is cut off at 0, scaled to 0..1, and
    /// enlarged to the input bilinearly. Late blocks have seen most of the face and give coarse maps of what
    /// decided; early blocks give fine maps of edges and noise.
    ///
    /// # Shapes
    /// - `images`: `[batch, channels, side, side]` of [`Architecture::input`], values 0..1
    /// - output: one per image, maps `side` × `side`
    ///
    /// # Errors
    /// [`Error::Block`]; [`Error::NotFinite`].
    ///
    /// # Panics
    /// If the images have another shape.
    pub fn grad_cam(&self, images: Tensor<B, 4>, block: usize) -> Result<Vec<GradCam>, Error> {
        let input = self.predictor.network().input();
        input.assert_fits(&images);
        if !(1..=self.blocks()).contains(&block) {
            return Err(Error::Block { blocks: self.blocks(), got: block });
        }
        let sums = cam::contributions(&self.layers, images, block);
        sums.iter().map(|sums| cam::grad_cam(sums, block, input.side)).collect()
    }
}
