//! One block: convolution, activation, attention, normalization, pooling.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::module::max_pool2d;
use burn::tensor::{Tensor, backend::Backend};
use scade_kernels::{BlockTensors, Kernels};

use crate::constrained_conv::{ConstrainedConv, Constraint};
use crate::{Activation, BatchNorm, Eca, Layer, batch_norm, initial, precision};

/// Settings of a [`Block`].
#[derive(Debug, Clone)]
pub struct BlockConfig {
    /// Input and output channels.
    pub channels: [usize; 2],
    /// Kernel size, odd; 3 when the kernel is constrained.
    pub kernel_size: usize,
    /// Constraint of the kernel.
    pub constraint: Constraint,
    /// Applied after the convolution.
    pub activation: Activation,
    /// Kernel size of channel attention; `None` for a block without it.
    pub eca_kernel_size: Option<usize>,
    /// Size of the pooling window, by which height and width are divided.
    pub pool: usize,
}

/// See [`BlockConfig`].
#[derive(Module, Debug)]
pub struct Block<B: Backend> {
    /// The convolution.
    pub conv: ConstrainedConv<B>,
    /// Channel attention, if any.
    pub eca: Option<Eca<B>>,
    /// Normalization.
    pub bn: BatchNorm<B>,
    /// Applied after the convolution.
    #[module(skip)]
    pub activation: Activation,
    /// Size of the pooling window, by which height and width are divided.
    #[module(skip)]
    pub pool: usize,
}

impl BlockConfig {
    /// A plain block as the second to fourth of both networks: 5 × 5, ReLU, no attention.
    pub(crate) fn plain(channels: [usize; 2], pool: usize) -> Self {
        Self {
            channels,
            kernel_size: 5,
            constraint: Constraint::Off,
            activation: Activation::Relu,
            eca_kernel_size: None,
            pool,
        }
    }

    /// A newly initialized block.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Block<B> {
        let conv = match self.constraint {
            Constraint::Off => {
                let conv: Conv2d<B> = initial::conv2d(self.channels, self.kernel_size, device);
                ConstrainedConv::Plain(conv)
            }
            constraint => constraint.init(self.channels, device),
        };
        Block {
            conv,
            eca: self.eca_kernel_size.map(|size| Eca::new(size, device)),
            bn: BatchNorm::new(self.channels[1], device),
            activation: self.activation,
            pool: self.pool,
        }
    }

    /// The rows of the layer table, for a block called `name` on images of `size` × `size`.
    pub(crate) fn layers(&self, name: &str, size: usize) -> Vec<Layer> {
        let [inputs, outputs] = self.channels;
        let weights = inputs * self.kernel_size.pow(2);
        let stored = match self.constraint {
            Constraint::B => inputs * 8,
            Constraint::A | Constraint::Off => weights,
        };
        let full = vec![outputs, size, size];
        let pooled = vec![outputs, size / self.pool, size / self.pool];
        let conv = match self.constraint {
            Constraint::A => "convolution, sum to zero",
            Constraint::B => "convolution, ring",
            Constraint::Off => "convolution",
        };
        let kernel = self.kernel_size;
        let mut rows = vec![Layer {
            name: format!("{name} {conv} {kernel}×{kernel}"),
            output: full.clone(),
            parameters: outputs * stored + outputs,
            multiply_adds: outputs * weights * size * size,
        }];
        if let Some(neighbors) = self.eca_kernel_size {
            rows.push(Layer {
                name: format!("{name} channel attention {neighbors}"),
                output: full.clone(),
                parameters: neighbors,
                multiply_adds: neighbors * outputs,
            });
        }
        let norm = format!("{name} batch normalization");
        rows.push(Layer { name: norm, output: full, parameters: 2 * outputs, multiply_adds: 0 });
        let pool = format!("{name} max-pool {}", self.pool);
        rows.push(Layer { name: pool, output: pooled, parameters: 0, multiply_adds: 0 });
        rows
    }
}

impl<B: Kernels> Block<B> {
    /// Convolution, activation, attention if any, normalization, pooling.
    ///
    /// # Shapes
    /// - `input`: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, height / pool, width / pool]`
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        self.fused(&input).unwrap_or_else(|| self.composed(input))
    }

    /// As one operation, in training where there is a kernel for it.
    fn fused(&self, input: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        // The kernels are in single precision.
        if !(B::SERVED && B::ad_enabled(&input.device())) || precision::halved(input) {
            return None;
        }
        let block = B::train_block(BlockTensors {
            input: input.clone(),
            kernel: self.conv.kernel(),
            bias: self.conv.bias()?,
            activation: self.activation.into(),
            attention: self.eca.as_ref().map(|eca| eca.conv.weight.val()),
            gamma: self.bn.gamma.val(),
            beta: self.bn.beta.val(),
            epsilon: batch_norm::EPSILON,
            pool: self.pool,
        })?;
        let [batch, _, height, width] = input.dims();
        self.bn.update(block.mean, block.variance, batch * height * width);
        Some(block.output)
    }

    /// Layer by layer.
    fn composed(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let active = self.activation.forward(self.conv.forward(input));
        let attended = match &self.eca {
            Some(eca) => eca.forward(active),
            None => active,
        };
        let squares = [self.pool; 2];
        max_pool2d(self.bn.forward(attended), squares, squares, [0, 0], [1, 1], false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::{Autodiff, Flex, NdArray};
    use burn::tensor::Distribution;
    use burn::tensor::backend::AutodiffBackend;

    /// The blocks of the networks and their ablations.
    fn configs() -> Vec<BlockConfig> {
        let plain = BlockConfig::plain;
        let (silu, eca_kernel_size) = (Activation::Silu, Some(3));
        let constrained = |constraint| BlockConfig {
            constraint,
            kernel_size: 3,
            activation: silu,
            ..plain([4, 8], 2)
        };
        vec![
            plain([8, 8], 2),
            BlockConfig { activation: silu, eca_kernel_size, ..plain([8, 16], 4) },
            BlockConfig { kernel_size: 3, eca_kernel_size: Some(5), ..plain([3, 8], 2) },
            constrained(Constraint::A),
            constrained(Constraint::B),
        ]
    }

    /// Indices of the gradients of the bias and of channel attention in the result of [`step`].
    const BIAS: usize = 6;
    const ATTENTION: usize = 8;

    /// The block's output, the gradients of its input and of each parameter, and the updated running
    /// statistics.
    fn step<B: Kernels + AutodiffBackend>(
        block: &Block<B>,
        input: &Tensor<B, 4>,
        forward: impl Fn(&Block<B>, Tensor<B, 4>) -> Tensor<B, 4>,
    ) -> Vec<Vec<f32>> {
        let zeros = block.bn.running_mean.value().zeros_like();
        block.bn.running_mean.update(zeros.clone());
        block.bn.running_var.update(zeros);
        let input = input.clone().require_grad();
        let output = forward(block, input.clone());
        let weights = Tensor::<B, 1, burn::tensor::Int>::arange(
            0..output.shape().num_elements() as i64,
            &input.device(),
        );
        let weights = weights.float().sin().reshape(output.shape());
        let gradients = (output.clone() * weights).sum().backward();
        let numbers = |data: burn::tensor::TensorData| data.to_vec::<f32>().unwrap();
        let by_kernel = match &block.conv {
            ConstrainedConv::SumToZero(conv) => conv.weight.val().grad(&gradients).unwrap(),
            ConstrainedConv::Ring(conv) => {
                conv.weight.val().grad(&gradients).unwrap().unsqueeze_dim(3)
            }
            ConstrainedConv::Plain(conv) => conv.weight.val().grad(&gradients).unwrap(),
        };
        let mut parts = vec![
            numbers(output.into_data()),
            numbers(input.grad(&gradients).unwrap().into_data()),
            numbers(block.bn.gamma.val().grad(&gradients).unwrap().into_data()),
            numbers(block.bn.beta.val().grad(&gradients).unwrap().into_data()),
            numbers(block.bn.running_mean.value_sync().into_data()),
            numbers(block.bn.running_var.value_sync().into_data()),
            numbers(block.conv.bias().unwrap().grad(&gradients).unwrap().into_data()),
            numbers(by_kernel.into_data()),
        ];
        if let Some(eca) = &block.eca {
            parts.push(numbers(eca.conv.weight.val().grad(&gradients).unwrap().into_data()));
        }
        parts
    }

    fn compare<B: Kernels + AutodiffBackend>() {
        let device = Default::default();
        for config in configs() {
            let block = config.init::<B>(&device);
            let shape = [3, config.channels[0], 16, 24];
            let input = Tensor::random(shape, Distribution::Uniform(0.0, 1.0), &device);
            let fused = step(&block, &input, |block, input| block.fused(&input).unwrap());
            let composed = step(&block, &input, |block, input| block.composed(input));
            for (part, (got, expected)) in fused.iter().zip(&composed).enumerate() {
                let largest = expected.iter().fold(1e-3f32, |most, value| most.max(value.abs()));
                let off = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                // Terms of these gradients cancel: the batch normalization that follows removes the mean
                // that a bias adds and the scale that attention gives.
                let tolerance = match part {
                    BIAS => 5e-3,
                    ATTENTION => 1e-3,
                    _ => 1e-4,
                };
                assert!(off < tolerance * largest, "{config:?}, part {part}: {off} of {largest}");
            }
        }
    }

    #[test]
    fn the_fused_block_trains_as_its_layers_do() {
        compare::<Autodiff<Flex>>();
        compare::<Autodiff<NdArray>>();
    }

    #[test]
    fn only_training_is_fused() {
        let device = Default::default();
        let block = BlockConfig::plain([4, 8], 2).init::<Flex>(&device);
        assert!(block.fused(&Tensor::zeros([1, 4, 8, 8], &device)).is_none());
        // A size that is not a multiple of the pooling window has no kernel.
        let block = BlockConfig::plain([4, 8], 2).init::<Autodiff<Flex>>(&device);
        assert!(block.fused(&Tensor::zeros([1, 4, 8, 9], &device)).is_none());
        assert_eq!(block.forward(Tensor::zeros([1, 4, 8, 9], &device)).dims(), [1, 8, 4, 4]);
    }
}
