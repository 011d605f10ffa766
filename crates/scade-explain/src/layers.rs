//! A network as plain tensors, in evaluation on any backend.
//!
//! The modules of a network compute a training step on a backend with autodiff: batch statistics, dropout.
//! Gradients of a finished detector need its running statistics and no dropout, hence this form.

use burn::backend::Autodiff;
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use burn::tensor::module::{conv1d, conv2d, max_pool2d};
use burn::tensor::ops::ConvOptions;
use scade_model::{Activation, Block, BlocksAndHead, Head, HeadActivation};

/// Blocks and head.
#[derive(Debug)]
pub(crate) struct Layers<B: Backend> {
    pub(crate) blocks: Vec<BlockLayers<B>>,
    head: HeadLayers<B>,
}

/// The weights of one block.
#[derive(Debug)]
pub(crate) struct BlockLayers<B: Backend> {
    /// `[channels_out, channels_in, kernel_size, kernel_size]`, after any constraint.
    pub(crate) kernel: Tensor<B, 4>,
    bias: Option<Tensor<B, 1>>,
    activation: Activation,
    /// `[1, 1, neighbors]`.
    attention: Option<Tensor<B, 3>>,
    /// Of batch normalization with running statistics, each `[channels_out]`.
    scale: Tensor<B, 1>,
    shift: Tensor<B, 1>,
    pool: usize,
}

#[derive(Debug)]
struct HeadLayers<B: Backend> {
    /// `[inputs, outputs]` and `[outputs]` of both linear layers.
    weights: [Tensor<B, 2>; 2],
    biases: [Option<Tensor<B, 1>>; 2],
    activation: HeadActivation,
}

impl<B: Backend> Layers<B> {
    pub(crate) fn new(network: &BlocksAndHead<'_, B>) -> Self {
        Self {
            blocks: network.blocks.iter().map(|block| BlockLayers::new(block)).collect(),
            head: HeadLayers::new(network.head),
        }
    }

    /// The weights from block `start`, counted from 0, with autodiff over them. They are constants there.
    pub(crate) fn differentiable_from(&self, start: usize) -> Layers<Autodiff<B>> {
        Layers {
            blocks: self.blocks[start..].iter().map(BlockLayers::differentiable).collect(),
            head: self.head.differentiable(),
        }
    }

    /// The logits, `[batch, 1]`, from the output of the first block's convolution.
    pub(crate) fn logits_from_convolved(&self, convolved: Tensor<B, 4>) -> Tensor<B, 2> {
        let Some((first, rest)) = self.blocks.split_first() else {
            return self.head.logits(convolved.flatten(1, 3));
        };
        let output = first.finish(convolved);
        let output = rest.iter().fold(output, |input, block| block.finish(block.convolve(input)));
        self.head.logits(output.flatten(1, 3))
    }
}

impl<B: Backend> BlockLayers<B> {
    fn new(block: &Block<B>) -> Self {
        let [scale, shift] = block.bn.scale_and_shift();
        Self {
            kernel: block.conv.kernel(),
            bias: block.conv.bias(),
            activation: block.activation,
            attention: block.eca.as_ref().map(|eca| eca.conv.weight.val()),
            scale,
            shift,
            pool: block.pool,
        }
    }

    fn differentiable(&self) -> BlockLayers<Autodiff<B>> {
        BlockLayers {
            kernel: Tensor::from_inner(self.kernel.clone()),
            bias: self.bias.clone().map(Tensor::from_inner),
            activation: self.activation,
            attention: self.attention.clone().map(Tensor::from_inner),
            scale: Tensor::from_inner(self.scale.clone()),
            shift: Tensor::from_inner(self.shift.clone()),
            pool: self.pool,
        }
    }

    /// `[batch, channels_in, height, width]` to `[batch, channels_out, height, width]`.
    pub(crate) fn convolve(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let [.., size] = self.kernel.dims();
        let options = ConvOptions::new([1, 1], [size / 2; 2], [1, 1], 1);
        conv2d(input, self.kernel.clone(), self.bias.clone(), options)
    }

    /// What follows the convolution: activation, attention if any, normalization, pooling.
    pub(crate) fn finish(&self, convolved: Tensor<B, 4>) -> Tensor<B, 4> {
        let active = self.activation.forward(convolved);
        let attended = match self.gates(&active) {
            Some(gates) => active * gates,
            None => active,
        };
        let channels = self.scale.dims()[0];
        let per_channel = |values: &Tensor<B, 1>| values.clone().reshape([1, channels, 1, 1]);
        let normalized = attended * per_channel(&self.scale) + per_channel(&self.shift);
        max_pool2d(normalized, [self.pool; 2], [self.pool; 2], [0, 0], [1, 1], false)
    }

    /// The gates of channel attention, `[batch, channels, 1, 1]`, for the values after the activation.
    pub(crate) fn gates(&self, active: &Tensor<B, 4>) -> Option<Tensor<B, 4>> {
        let weights = self.attention.clone()?;
        let [.., neighbors] = weights.dims();
        let [batch, channels, ..] = active.dims();
        let means = active.clone().mean_dim(3).mean_dim(2).reshape([batch, 1, channels]);
        let options = ConvOptions::new([1], [neighbors / 2], [1], 1);
        let mixed = conv1d(means, weights, None, options);
        Some(sigmoid(mixed).reshape([batch, channels, 1, 1]))
    }

    /// The values after the activation, for [`Self::gates`].
    pub(crate) fn activate(&self, convolved: Tensor<B, 4>) -> Tensor<B, 4> {
        self.activation.forward(convolved)
    }
}

impl<B: Backend> HeadLayers<B> {
    fn new(head: &Head<B>) -> Self {
        let linears = [&head.fc1, &head.fc2];
        Self {
            weights: linears.map(|linear| linear.weight.val()),
            biases: linears.map(|linear| linear.bias.as_ref().map(|bias| bias.val())),
            activation: head.activation,
        }
    }

    fn differentiable(&self) -> HeadLayers<Autodiff<B>> {
        HeadLayers {
            weights: self.weights.clone().map(Tensor::from_inner),
            biases: self.biases.clone().map(|bias| bias.map(Tensor::from_inner)),
            activation: self.activation,
        }
    }

    /// `[batch, features]` to `[batch, 1]`; dropout does nothing in evaluation.
    fn logits(&self, features: Tensor<B, 2>) -> Tensor<B, 2> {
        let hidden = self.activation.forward(self.linear(0, features));
        self.linear(1, hidden)
    }

    fn linear(&self, index: usize, input: Tensor<B, 2>) -> Tensor<B, 2> {
        let product = input.matmul(self.weights[index].clone());
        match &self.biases[index] {
            Some(bias) => product + bias.clone().unsqueeze(),
            None => product,
        }
    }
}
