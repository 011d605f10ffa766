//! One block: convolution, activation, attention, normalisation, pooling.

use burn::module::Module;
use burn::nn::conv::Conv2d;
use burn::tensor::module::max_pool2d;
use burn::tensor::{Tensor, backend::Backend};

use crate::constrained_conv::{ConstrainedConv, Constraint};
use crate::{Activation, BatchNorm, Eca, Layer, initial};

/// Settings of a [`Block`].
#[derive(Debug, Clone)]
pub struct BlockConfig {
    /// Channels in and out.
    pub channels: [usize; 2],
    /// Side of the kernel, odd; 3 when the kernel is constrained.
    pub kernel_size: usize,
    /// What the kernel is held to.
    pub constraint: Constraint,
    /// Follows the convolution.
    pub activation: Activation,
    /// Neighbours that channel attention looks at; nothing leaves it out.
    pub eca_kernel_size: Option<usize>,
    /// Side of the pooled squares; height and width shrink by it.
    pub pool: usize,
}

/// See [`BlockConfig`].
#[derive(Module, Debug)]
pub struct Block<B: Backend> {
    /// The convolution.
    pub conv: ConstrainedConv<B>,
    /// Channel attention, if any.
    pub eca: Option<Eca<B>>,
    /// Normalisation.
    pub bn: BatchNorm<B>,
    #[module(skip)]
    activation: Activation,
    #[module(skip)]
    pool: usize,
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

    /// A block with fresh weights.
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

    /// The rows of the layer table, for a block called `name` on pictures of `size` × `size`.
    pub(crate) fn layers(&self, name: &str, size: usize) -> Vec<Layer> {
        let [inputs, outputs] = self.channels;
        let taps = inputs * self.kernel_size.pow(2);
        let stored = match self.constraint {
            Constraint::B => inputs * 8,
            Constraint::A | Constraint::Off => taps,
        };
        let full = vec![outputs, size, size];
        let pooled = vec![outputs, size / self.pool, size / self.pool];
        let conv = match self.constraint {
            Constraint::A => "convolution, sum to zero",
            Constraint::B => "convolution, ring",
            Constraint::Off => "convolution",
        };
        let side = self.kernel_size;
        let mut rows = vec![Layer {
            name: format!("{name} {conv} {side}×{side}"),
            output: full.clone(),
            parameters: outputs * stored + outputs,
            multiply_adds: outputs * taps * size * size,
        }];
        if let Some(neighbours) = self.eca_kernel_size {
            rows.push(Layer {
                name: format!("{name} channel attention {neighbours}"),
                output: full.clone(),
                parameters: neighbours,
                multiply_adds: neighbours * outputs,
            });
        }
        let norm = format!("{name} batch normalisation");
        rows.push(Layer { name: norm, output: full, parameters: 2 * outputs, multiply_adds: 0 });
        let pool = format!("{name} max-pool {}", self.pool);
        rows.push(Layer { name: pool, output: pooled, parameters: 0, multiply_adds: 0 });
        rows
    }
}

impl<B: Backend> Block<B> {
    /// Convolution, activation, attention if any, normalisation, pooling.
    ///
    /// # Shapes
    /// - `input`: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, height / pool, width / pool]`
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let active = self.activation.forward(self.conv.forward(input));
        let attended = match &self.eca {
            Some(eca) => eca.forward(active),
            None => active,
        };
        let squares = [self.pool; 2];
        max_pool2d(self.bn.forward(attended), squares, squares, [0, 0], [1, 1], false)
    }
}
