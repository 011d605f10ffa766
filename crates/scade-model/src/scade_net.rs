//! SCADE-Net: four blocks and a head on RGB images with a defocus map.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use scade_kernels::Kernels;
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::head::HeadActivation;
use crate::network::require_common;
use crate::weights::names;
use crate::{Activation, Block, BlockConfig, Constraint, Head, Layer, layers, precision};
use crate::{Architecture, ArchitectureConfig, BlocksAndHead, InputShape, Output};

/// Settings of a [`ScadeNet`]; the defaults are the published ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ScadeNetConfig {
    /// 4 for red, green, blue and defocus; 3 without the map.
    pub input_channels: usize,
    /// Constraint of the first convolution's kernels.
    pub constrained_conv: Constraint,
    /// Channel attention in the third and fourth block.
    pub eca: bool,
    /// Kernel size of channel attention, odd, 1..=15.
    pub eca_kernel_size: usize,
    /// Applied after each convolution and the first linear layer.
    pub activation: Activation,
    /// Ratio of values dropped before each linear layer in training, 0 up to but not 1.
    pub dropout_rate: f64,
}

impl Default for ScadeNetConfig {
    fn default() -> Self {
        Self {
            input_channels: 4,
            constrained_conv: Constraint::A,
            eca: true,
            eca_kernel_size: 3,
            activation: Activation::Silu,
            dropout_rate: 0.5,
        }
    }
}

/// Height and width of the images, in pixels.
const SIDE: usize = 256;

/// The network; see [`ScadeNetConfig`].
#[derive(Module, Debug)]
pub struct ScadeNet<B: Backend> {
    /// Constrained 3 × 3, to 8 × 128 × 128.
    pub block1: Block<B>,
    /// 5 × 5, to 8 × 64 × 64.
    pub block2: Block<B>,
    /// 5 × 5 with attention, to 16 × 32 × 32.
    pub block3: Block<B>,
    /// 5 × 5 with attention, to 16 × 8 × 8.
    pub block4: Block<B>,
    /// From 1024 features to the logit.
    pub head: Head<B>,
    #[module(skip)]
    input: InputShape,
}

impl ScadeNetConfig {
    fn blocks(&self) -> [BlockConfig; 4] {
        let eca_kernel_size = self.eca.then_some(self.eca_kernel_size);
        let block = |channels, pool| BlockConfig {
            activation: self.activation,
            ..BlockConfig::plain(channels, pool)
        };
        [
            BlockConfig {
                kernel_size: 3,
                constraint: self.constrained_conv,
                ..block([self.input_channels, 8], 2)
            },
            block([8, 8], 2),
            BlockConfig { eca_kernel_size, ..block([8, 16], 2) },
            BlockConfig { eca_kernel_size, ..block([16, 16], 4) },
        ]
    }
}

impl ArchitectureConfig for ScadeNetConfig {
    type Network<B: Backend> = ScadeNet<B>;

    fn validate(&self) -> Result<(), SettingError> {
        let size = self.eca_kernel_size;
        require_common(self.input_channels, self.dropout_rate)?;
        let odd = size % 2 == 1 && size <= 15;
        require(odd, "eca_kernel_size", "odd and at most 15", size)
    }

    fn init<B: Backend>(&self, device: &B::Device) -> ScadeNet<B> {
        let [block1, block2, block3, block4] = self.blocks().map(|block| block.init(device));
        let activation = HeadActivation::Same(self.activation);
        let head = Head::new(self.feature_dim(), self.dropout_rate, activation, device);
        ScadeNet { block1, block2, block3, block4, head, input: self.input() }
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

impl<B: Backend> Architecture<B> for ScadeNet<B> {
    fn forward(&self, images: Tensor<B, 4>) -> Output<B>
    where
        B: Kernels,
    {
        let [.., last] = self.forward_blocks(images);
        let features = precision::widened(last.flatten(1, 3));
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

impl<B: Kernels> ScadeNet<B> {
    /// Outputs of the four blocks; the last one, flattened, is the feature vector.
    ///
    /// # Shapes
    /// - `images`: as in [`Architecture::forward`]
    /// - output: `[batch, 8, 128, 128]`, `[batch, 8, 64, 64]`, `[batch, 16, 32, 32]`,
    ///   `[batch, 16, 8, 8]`
    ///
    /// # Panics
    /// As [`Architecture::forward`].
    pub fn forward_blocks(&self, images: Tensor<B, 4>) -> [Tensor<B, 4>; 4] {
        self.input.assert_fits(&images);
        let first = self.block1.forward(images);
        let second = self.block2.forward(first.clone());
        let third = self.block3.forward(second.clone());
        let fourth = self.block4.forward(third.clone());
        [first, second, third, fourth]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn the_rows_of_a_block_sum_to_the_published_numbers() {
        let rows = ScadeNetConfig::default().layers();
        let sum = |prefix: &str| -> usize {
            rows.iter().filter(|row| row.name.starts_with(prefix)).map(|row| row.parameters).sum()
        };
        let sums = ["block1", "block2", "block3", "block4", "fc"].map(sum);
        assert_eq!(sums, [312, 1624, 3251, 6451, 16417]);
    }

    #[test]
    fn every_variant_runs_and_ends_in_a_logit_and_1024_features() {
        let device = Default::default();
        let variants = [
            ScadeNetConfig { input_channels: 3, ..ScadeNetConfig::default() },
            ScadeNetConfig { constrained_conv: Constraint::B, eca: false, ..Default::default() },
            ScadeNetConfig {
                constrained_conv: Constraint::Off,
                activation: Activation::Relu,
                eca_kernel_size: 5,
                ..Default::default()
            },
        ];
        for config in variants {
            config.validate().unwrap();
            let images = Tensor::full([1, config.input_channels, 256, 256], 0.5, &device);
            let output = config.init::<Flex>(&device).forward(images);
            assert_eq!(output.logits.dims(), [1, 1]);
            assert_eq!(output.features.dims(), [1, 1024]);
        }
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let check = |config: ScadeNetConfig, field| {
            assert_eq!(config.validate().unwrap_err().path, field);
        };
        let default = ScadeNetConfig::default;
        check(ScadeNetConfig { input_channels: 5, ..default() }, "input_channels");
        check(ScadeNetConfig { eca_kernel_size: 4, ..default() }, "eca_kernel_size");
        check(ScadeNetConfig { dropout_rate: 1.0, ..default() }, "dropout_rate");
        check(ScadeNetConfig { dropout_rate: f64::NAN, ..default() }, "dropout_rate");
    }

    #[test]
    #[should_panic(expected = "images must be 256 × 256, got 224 × 256")]
    fn another_image_size_panics() {
        let device = Default::default();
        let net = ScadeNetConfig::default().init::<Flex>(&device);
        net.forward(Tensor::zeros([1, 4, 224, 256], &device));
    }
}
