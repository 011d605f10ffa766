//! Autodiff: the training block as one operation of Burn's graph with its own backward step.

use std::borrow::Cow;
use std::sync::Arc;

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients as Registry;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::ops::FloatTensor;
use burn::tensor::{Shape, Tensor, TensorData, TensorMetadata, TensorPrimitive};

use super::{BlockOutput, BlockTensors, Kernels, convolution};
use crate::train::{Batch, Block, Saved};

impl<B: Kernels, C: CheckpointStrategy> Kernels for Autodiff<B, C> {
    const SERVED: bool = B::SERVED;

    fn values(tensor: &FloatTensor<Self>) -> Option<Cow<'_, [f32]>> {
        B::values(&tensor.primitive)
    }

    fn convolve(input: Tensor<Self, 4>, kernel: Tensor<Self, 4>) -> Tensor<Self, 4> {
        if B::SERVED {
            convolution::plain(input, kernel)
        } else {
            convolution::convolve(input, kernel)
        }
    }

    fn train_block(tensors: BlockTensors<Self>) -> Option<BlockOutput<Self>> {
        let [count, inputs, height, width] = tensors.input.dims();
        let [outputs, _, kernel_size, _] = tensors.kernel.dims();
        let (pool, size, device) = (tensors.pool, [height, width], tensors.input.device());
        let input = primitive(tensors.input);
        let kernel = primitive(tensors.kernel);
        let [bias, gamma, beta] = [tensors.bias, tensors.gamma, tensors.beta].map(primitive);
        let attention = tensors.attention.map(primitive);
        let small = |tensor| Some(Self::values(tensor)?.into_owned());
        let block = Block {
            channels: [inputs, outputs],
            kernel_size,
            pool,
            activation: tensors.activation,
            kernel: small(&kernel)?,
            bias: small(&bias)?,
            attention: match &attention {
                Some(weights) => Some(small(weights)?),
                None => None,
            },
            gamma: small(&gamma)?,
            beta: small(&beta)?,
            epsilon: tensors.epsilon,
        };
        if !block.fits(size) {
            return None;
        }
        let forward = block.forward(Batch { values: &B::values(&input.primitive)?, size });
        let shape = Shape::new([count, outputs, height / pool, width / pool]);
        let output = tensor::<B>(forward.output, shape, &device);
        let state = State { input: input.primitive, block, size, saved: forward.saved };
        let nodes = [input.node, kernel.node, bias.node, gamma.node, beta.node];
        let output = match attention {
            None => {
                finish(BlockBackward.prepare::<C>(nodes).compute_bound().stateful(), state, output)
            }
            Some(attention) => {
                let [input, kernel, bias, gamma, beta] = nodes;
                let nodes = [input, kernel, bias, gamma, beta, attention.node];
                finish(BlockBackward.prepare::<C>(nodes).compute_bound().stateful(), state, output)
            }
        };
        let constant = |values: Vec<f32>| {
            let inner = tensor::<B>(values, Shape::new([outputs]), &device);
            Tensor::from_primitive(TensorPrimitive::Float(Self::from_inner(inner)))
        };
        Some(BlockOutput {
            output: Tensor::from_primitive(TensorPrimitive::Float(output)),
            mean: constant(forward.mean),
            variance: constant(forward.variance),
        })
    }
}

/// State kept for the backward step.
#[derive(Debug)]
struct State<B: Kernels> {
    input: FloatTensor<B>,
    block: Block,
    size: [usize; 2],
    saved: Saved,
}

/// Parents: input, kernel, bias, gamma, beta and, with attention, its weights.
#[derive(Debug)]
struct BlockBackward;

impl<B: Kernels, const N: usize> Backward<B, N> for BlockBackward {
    type State = Arc<State<B>>;

    fn backward(self, ops: Ops<Self::State, N>, grads: &mut Registry, _: &mut Checkpointer) {
        let State { input, block, size, saved } = &*ops.state;
        let gradient = grads.consume::<B>(&ops.node);
        let device = B::float_device(&gradient);
        let served = "the forward pass was computed by the kernels";
        let by_output = B::values(&gradient).expect(served);
        let batch = Batch { values: &B::values(input).expect(served), size: *size };
        let by_input = ops.parents[0].is_some();
        let by = block.backward(batch, saved, &by_output, by_input);
        let [inputs, outputs] = block.channels;
        let vector = |values| (values, Shape::new([outputs]));
        let by = [
            by.input.map(|values| (values, input.shape())),
            Some((by.kernel, Shape::new([outputs, inputs, block.kernel_size, block.kernel_size]))),
            Some(vector(by.bias)),
            Some(vector(by.gamma)),
            Some(vector(by.beta)),
            by.attention.map(|values| {
                let shape = Shape::new([1, 1, values.len()]);
                (values, shape)
            }),
        ];
        for (parent, by) in ops.parents.into_iter().zip(by) {
            if let (Some(parent), Some((values, shape))) = (parent, by) {
                grads.register::<B>(parent.id, tensor::<B>(values, shape, &device));
            }
        }
    }
}

fn finish<B: Kernels, C: CheckpointStrategy, const N: usize>(
    operation: OpsKind<BlockBackward, B, Arc<State<B>>, C, N>,
    state: State<B>,
    output: FloatTensor<B>,
) -> FloatTensor<Autodiff<B, C>> {
    match operation {
        OpsKind::Tracked(prep) => prep.finish(Arc::new(state), output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    }
}

fn primitive<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> FloatTensor<B> {
    tensor.into_primitive().tensor()
}

fn tensor<B: Backend>(values: Vec<f32>, shape: Shape, device: &B::Device) -> FloatTensor<B> {
    B::float_from_data(TensorData::new(values, shape), device)
}
