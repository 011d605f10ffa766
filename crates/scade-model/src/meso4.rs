//! Meso-4, the baseline: four plain blocks and a head on RGB images.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use scade_kernels::Kernels;
use scade_settings::SettingError;
use serde::{Deserialize, Serialize};

use crate::head::HeadActivation;
use crate::network::require_common;
use crate::weights::names;
use crate::{Architecture, ArchitectureConfig, BlocksAndHead, InputShape, Output};
use crate::{Block, BlockConfig, Head, Layer, layers, precision};

/// Settings of a [`Meso4`], after [Afchar et al. 2018](https://arxiv.org/abs/1809.00888).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Meso4Config {
    /// 3 for red, green and blue; 4 with a defocus map.
    pub input_channels: usize,
    /// Ratio of values dropped before each linear layer in training, 0 up to but not 1.
    pub dropout_rate: f64,
}

impl Default for Meso4Config {
    fn default() -> Self {
        Self { input_channels: 3, dropout_rate: 0.5 }
    }
}

/// Height and width of the images, in pixels.
const SIDE: usize = 256;

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
    #[module(skip)]
    input: InputShape,
}

impl Meso4Config {
    fn blocks(&self) -> [BlockConfig; 4] {
        [
            BlockConfig { kernel_size: 3, ..BlockConfig::plain([self.input_channels, 8], 2) },
            BlockConfig::plain([8, 8], 2),
            BlockConfig::plain([8, 16], 2),
            BlockConfig::plain([16, 16], 4),
        ]
    }
}

impl ArchitectureConfig for Meso4Config {
    type Network<B: Backend> = Meso4<B>;

    fn validate(&self) -> Result<(), SettingError> {
        require_common(self.input_channels, self.dropout_rate)
    }

    fn init<B: Backend>(&self, device: &B::Device) -> Meso4<B> {
        let [block1, block2, block3, block4] = self.blocks().map(|block| block.init(device));
        let activation = HeadActivation::Leaky;
        let head = Head::new(self.feature_dim(), self.dropout_rate, activation, device);
        Meso4 { block1, block2, block3, block4, head, input: self.input() }
    }

    fn input(&self) -> InputShape {
        InputShape { channels: self.input_channels, side: SIDE }
    }

    fn set_input_channels(&mut self, channels: usize) {
        self.input_channels = channels;
    }

    fn feature_dim(&self) -> usize {
        layers::feature_dim(&self.blocks(), SIDE)
    }

    fn layers(&self) -> Vec<Layer> {
        layers::table(&self.blocks(), SIDE)
    }
}

impl<B: Backend> Architecture<B> for Meso4<B> {
    fn forward(&self, images: Tensor<B, 4>) -> Output<B>
    where
        B: Kernels,
    {
        self.input.assert_fits(&images);
        let shallow = self.block2.forward(self.block1.forward(images));
        let deep = self.block4.forward(self.block3.forward(shallow));
        let features = precision::widened(deep.flatten(1, 3));
        Output { logits: self.head.forward(features.clone()), features }
    }

    fn input(&self) -> InputShape {
        self.input
    }

    fn feature_dim(&self) -> usize {
        self.head.feature_dim()
    }

    fn for_kernels(&self) -> Option<BlocksAndHead<'_, B>> {
        let blocks = vec![&self.block1, &self.block2, &self.block3, &self.block4];
        Some(BlocksAndHead { blocks, head: &self.head })
    }

    fn file_name(&self, path: &str) -> String {
        names::of_blocks_and_head(path)
    }
}
