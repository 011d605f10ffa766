//! Meso-4, the baseline: four plain blocks and a head on RGB.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use scade_kernels::Kernels;
use scade_settings::SettingError;
use serde::{Deserialize, Serialize};

use crate::head::HeadActivation;
use crate::layers;
use crate::network::{assert_size, require_common};
use crate::{Block, BlockConfig, Head, Layer, Output, precision};

/// Settings of a [`Meso4`], after [Afchar et al. 2018](https://arxiv.org/abs/1809.00888).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Meso4Config {
    /// 3 for red, green and blue; 4 with a defocus map.
    pub input_channels: usize,
    /// Share of values dropped before each linear layer in training, 0 up to but not 1.
    pub dropout_rate: f64,
}

impl Default for Meso4Config {
    fn default() -> Self {
        Self { input_channels: 3, dropout_rate: 0.5 }
    }
}

/// The network; see [`Meso4Config`].
#[derive(Module, Debug)]
pub struct Meso4<B: Backend> {
    /// 3 × 3, to 8 × 128 × 128.
    pub block1: Block<B>,
    /// 5 × 5, to 8 × 64 × 64.
    pub block2: Block<B>,
    /// 5 × 5, to 16 × 32 × 32.
    pub block3: Block<B>,
    /// 5 × 5, to 16 × 8 × 8.
    pub block4: Block<B>,
    /// From 1024 features to the logit.
    pub head: Head<B>,
}

impl Meso4Config {
    /// Checks the settings.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        require_common(self.input_channels, self.dropout_rate)
    }

    /// A network with fresh weights.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Meso4<B> {
        let [block1, block2, block3, block4] = self.blocks().map(|block| block.init(device));
        let head = Head::new(self.dropout_rate, HeadActivation::Leaky, device);
        Meso4 { block1, block2, block3, block4, head }
    }

    /// The layer table, from the picture to the logit.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        layers::table(&self.blocks())
    }

    fn blocks(&self) -> [BlockConfig; 4] {
        [
            BlockConfig { kernel_size: 3, ..BlockConfig::plain([self.input_channels, 8], 2) },
            BlockConfig::plain([8, 8], 2),
            BlockConfig::plain([8, 16], 2),
            BlockConfig::plain([16, 16], 4),
        ]
    }
}

impl<B: Kernels> Meso4<B> {
    /// Judges a batch of pictures.
    ///
    /// # Shapes
    /// - `images`: `[batch, input_channels, 256, 256]`, red, green, blue, all in 0..1
    /// - output: logits `[batch, 1]`, features `[batch, 1024]`
    ///
    /// # Panics
    /// When the pictures are not 256 × 256.
    pub fn forward(&self, images: Tensor<B, 4>) -> Output<B> {
        assert_size(&images);
        let shallow = self.block2.forward(self.block1.forward(images));
        let deep = self.block4.forward(self.block3.forward(shallow));
        let features = precision::widened(deep.flatten(1, 3));
        Output { logits: self.head.forward(features.clone()), features }
    }
}
