//! A convolution whose kernel gradient is summed one kernel position at a time.
//!
//! Burn 0.21 computes that gradient as a convolution whose kernel is the output's gradient, as large as the
//! image. On Vulkan the result was wrong for large images or batches, and CUDA may fail (tracel-ai/burn
//! 4445); see docs/reproduce.md.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients as Registry;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::tensor::backend::Backend;
use burn::tensor::module::conv2d;
use burn::tensor::ops::{ConvOptions, FloatTensor, PadMode};
use burn::tensor::{FloatDType, Tensor, TensorPrimitive, s};

/// [`Kernels::convolve`](super::Kernels::convolve) where it is differentiated.
pub(super) fn convolve<B: Backend, C: CheckpointStrategy>(
    input: Tensor<Autodiff<B, C>, 4>,
    kernel: Tensor<Autodiff<B, C>, 4>,
) -> Tensor<Autodiff<B, C>, 4> {
    let options = same(&kernel);
    let [input, kernel] = [input, kernel].map(|tensor| tensor.into_primitive().tensor());
    let (images, weights) = (input.primitive, kernel.primitive);
    let output = B::conv2d(images.clone(), weights.clone(), None, options);
    let nodes = [input.node, kernel.node];
    let output = match Convolution.prepare::<C>(nodes).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish((images, weights), output),
        OpsKind::UnTracked(prep) => prep.finish(output),
    };
    Tensor::from_primitive(TensorPrimitive::Float(output))
}

/// Burn's own convolution that keeps height and width.
pub(super) fn plain<B: Backend>(input: Tensor<B, 4>, kernel: Tensor<B, 4>) -> Tensor<B, 4> {
    let options = same(&kernel);
    conv2d(input, kernel, None, options)
}

/// Padding that keeps height and width.
fn same<B: Backend>(kernel: &Tensor<B, 4>) -> ConvOptions<2> {
    let padding = kernel.dims()[2] / 2;
    ConvOptions::new([1, 1], [padding, padding], [1, 1], 1)
}

/// Parents: input and kernel, both kept for the backward step.
#[derive(Debug)]
struct Convolution;

impl<B: Backend> Backward<B, 2> for Convolution {
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Registry, _: &mut Checkpointer) {
        let by_output = grads.consume::<B>(&ops.node);
        let (input, kernel) = ops.state;
        let [to_input, to_kernel] = ops.parents;
        if let Some(node) = to_kernel {
            let [input, by_output, kernel] =
                [&input, &by_output, &kernel].map(|primitive| tensor::<B>(primitive.clone()));
            let by_kernel = by_kernel(input, by_output, &kernel);
            grads.register::<B>(node.id, by_kernel.into_primitive().tensor());
        }
        if let Some(node) = to_input {
            let options = same(&tensor::<B>(kernel.clone()));
            grads.register::<B>(node.id, B::conv2d_x_backward(input, kernel, by_output, options));
        }
    }
}

/// Gradient of `kernel`, `[channels_out, channels_in, kernel_size, kernel_size]`: for each kernel position
/// the sum over images and pixels of the output gradient times the input value there. Sums run along one
/// axis after the other, because long sums in one accumulator lose digits, and in single precision even for
/// half-precision images. Products of one position are in memory at a time: at most
/// `batch · channels_out · channels_in · height · width`.
fn by_kernel<B: Backend>(
    input: Tensor<B, 4>,
    by_output: Tensor<B, 4>,
    kernel: &Tensor<B, 4>,
) -> Tensor<B, 4> {
    let [_, _, height, width] = by_output.dims();
    let [outputs, inputs, kernel_size, _] = kernel.dims();
    let given = kernel.dtype();
    let wide = |tensor: Tensor<B, 4>| match given.size() {
        2 => tensor.cast(FloatDType::F32),
        _ => tensor,
    };
    let border = kernel_size / 2;
    let padded = wide(input).pad((border, border, border, border), PadMode::Constant(0.0));
    let by_output = wide(by_output).unsqueeze_dim::<5>(2);
    let sums = (0..kernel_size * kernel_size).map(|position| {
        let (top, left) = (position / kernel_size, position % kernel_size);
        let under = padded.clone().slice(s![.., .., top..top + height, left..left + width]);
        let products = by_output.clone() * under.unsqueeze_dim::<5>(1);
        products.sum_dim(4).sum_dim(3).sum_dim(0).reshape([outputs, inputs, 1])
    });
    Tensor::cat(sums.collect(), 2).reshape([outputs, inputs, kernel_size, kernel_size]).cast(given)
}

fn tensor<B: Backend>(primitive: FloatTensor<B>) -> Tensor<B, 4> {
    Tensor::from_primitive(TensorPrimitive::Float(primitive))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use burn::tensor::Distribution;

    type Training = Autodiff<Flex>;

    /// The output, and the gradients of its sum with respect to input and kernel.
    fn step(
        [input, kernel]: [Tensor<Flex, 4>; 2],
        convolve: impl Fn(Tensor<Training, 4>, Tensor<Training, 4>) -> Tensor<Training, 4>,
    ) -> [Vec<f32>; 3] {
        let [input, kernel] =
            [input, kernel].map(|tensor| Tensor::from_inner(tensor).require_grad());
        let output = convolve(input.clone(), kernel.clone());
        let gradients = output.clone().square().sum().backward();
        let of = |tensor: &Tensor<Training, 4>| tensor.grad(&gradients).unwrap();
        [output.inner(), of(&input), of(&kernel)].map(|tensor| tensor.into_data().to_vec().unwrap())
    }

    #[test]
    fn gradients_agree_with_burn() {
        let device = Default::default();
        for [batch, inputs, outputs, kernel_size, height, width] in
            [[3, 4, 8, 3, 9, 6], [1, 1, 1, 3, 1, 1], [2, 8, 4, 5, 7, 12], [1, 2, 3, 1, 4, 4]]
        {
            let noise = |shape: [usize; 4]| {
                Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &device)
            };
            let tensors = [
                noise([batch, inputs, height, width]),
                noise([outputs, inputs, kernel_size, kernel_size]),
            ];
            let got = step(tensors.clone(), convolve);
            let expected = step(tensors, plain);
            for (got, expected) in got.iter().zip(&expected) {
                assert_eq!(got.len(), expected.len());
                let most = expected.iter().fold(0.0f32, |most, value| most.max(value.abs()));
                let off = got.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off <= 1e-5 * most, "{off} of {most}, kernel_size {kernel_size}");
            }
        }
    }
}
