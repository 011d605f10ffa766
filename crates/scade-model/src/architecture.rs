//! The traits that each architecture implements, in a file of its own.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use scade_kernels::Kernels;

use scade_settings::SettingError;

use crate::{Block, Head, Layer};

/// The settings of an architecture and the constructor of its network.
pub trait ArchitectureConfig {
    /// The network built from these settings.
    type Network<B: Backend>: Architecture<B>;

    /// Checks the settings.
    ///
    /// # Errors
    /// For the first setting out of range.
    fn validate(&self) -> Result<(), SettingError> {
        Ok(())
    }

    /// A newly initialized network.
    fn init<B: Backend>(&self, device: &B::Device) -> Self::Network<B>;

    /// Shape of the input images.
    fn input(&self) -> InputShape;

    /// Sets the number of input channels.
    fn set_input_channels(&mut self, channels: usize);

    /// Length of the feature vector.
    fn feature_dim(&self) -> usize;

    /// The layer table, from the image to the logit.
    fn layers(&self) -> Vec<Layer>;
}

/// A network: images in, a logit and a feature vector out.
pub trait Architecture<B: Backend>: Module<B> {
    /// Scores a batch of images.
    ///
    /// # Shapes
    /// - `images`: `[batch, channels, side, side]` as [`Architecture::input`] gives them: red,
    ///   green, blue and, where there are 4 channels, defocus; all in 0..1
    /// - output: logits `[batch, 1]`, features `[batch, feature_dim]`
    ///
    /// # Panics
    /// If the images have another shape; see [`InputShape::assert_fits`].
    fn forward(&self, images: Tensor<B, 4>) -> Output<B>
    where
        B: Kernels;

    /// Shape of the input images.
    fn input(&self) -> InputShape;

    /// Length of the feature vector.
    fn feature_dim(&self) -> usize;

    /// The network in the form that [`scade_kernels`] computes on the CPU. `None`, the default, is for
    /// other networks, which use the plain operations of the backend.
    fn for_kernels(&self) -> Option<BlocksAndHead<'_, B>> {
        None
    }

    /// The name in a weight file of the tensor at `path`: the module fields that lead to it, joined by
    /// dots, with PyTorch's names for the tensors of a layer (`weight`, `bias`). Names must be unique.
    /// By default the path itself.
    #[must_use]
    fn file_name(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// A network of consecutive blocks and a head. The output of the last block, flattened as
/// `[channels, height, width]`, is the feature vector.
#[derive(Debug)]
pub struct BlocksAndHead<'a, B: Backend> {
    /// In order, starting at the image.
    pub blocks: Vec<&'a Block<B>>,
    /// After the last block.
    pub head: &'a Head<B>,
}

/// The shape of a network's input images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputShape {
    /// 3 for red, green and blue; 4 with defocus.
    pub channels: usize,
    /// Height and width in pixels.
    pub side: usize,
}

impl InputShape {
    /// The shape of a batch.
    #[must_use]
    pub fn batch(self, images: usize) -> [usize; 4] {
        [images, self.channels, self.side, self.side]
    }

    /// Panics if the images have another size, because the head depends on the number of features.
    ///
    /// # Panics
    /// When `images`, `[batch, channels, height, width]`, have another shape.
    pub fn assert_fits<B: Backend>(self, images: &Tensor<B, 4>) {
        let [_, channels, height, width] = images.dims();
        let Self { channels: expected, side } = self;
        assert!(
            height == side && width == side,
            "images must be {side} × {side}, got {height} × {width}"
        );
        assert!(channels == expected, "images must have {expected} channels, got {channels}");
    }
}

/// Output of a network for a batch.
#[derive(Debug, Clone)]
pub struct Output<B: Backend> {
    /// `[batch, 1]`; the sigmoid is the probability of a fake.
    pub logits: Tensor<B, 2>,
    /// `[batch, feature_dim]`, before dropout.
    pub features: Tensor<B, 2>,
}
