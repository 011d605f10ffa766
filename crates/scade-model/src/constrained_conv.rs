//! The first convolution, whose kernel can be constrained to extract residuals, not content.

use burn::module::{Initializer, Module, Param};
use burn::nn::conv::Conv2d;
use burn::tensor::activation::softmax;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, s};
use scade_kernels::Kernels;
use serde::{Deserialize, Serialize};

use crate::{initial, precision};

/// Constraint of the 3 × 3 kernels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Constraint {
    /// Each slice sums to 0: its center is minus the sum of the other weights. The published default.
    #[default]
    #[serde(rename = "a", alias = "A")]
    A,
    /// Center -1, the other weights positive with sum 1.
    /// ([Bayar & Stamm 2018](https://doi.org/10.1109/TIFS.2018.2825953)).
    #[serde(rename = "b", alias = "B")]
    B,
    /// A plain convolution.
    #[serde(rename = "off")]
    Off,
}

/// A 3 × 3 convolution under a [`Constraint`], padded with zeros to keep height and width.
#[derive(Module, Debug)]
pub enum ConstrainedConv<B: Backend> {
    /// Option A.
    SumToZero(SumToZeroConv<B>),
    /// Option B.
    Ring(RingConv<B>),
    /// No constraint.
    Plain(Conv2d<B>),
}

/// Option A: the whole kernel is stored; its center has no effect.
#[derive(Module, Debug)]
pub struct SumToZeroConv<B: Backend> {
    /// `[channels_out, channels_in, 3, 3]`; the centers are overwritten before use and therefore
    /// never trained, but they are part of the published weights and of the parameter count.
    pub weight: Param<Tensor<B, 4>>,
    /// `[channels_out]`.
    pub bias: Param<Tensor<B, 1>>,
}

/// Option B: the eight weights around the center are stored, before their softmax.
#[derive(Module, Debug)]
pub struct RingConv<B: Backend> {
    /// `[channels_out, channels_in, 8]`, row by row without the center.
    pub weight: Param<Tensor<B, 3>>,
    /// `[channels_out]`.
    pub bias: Param<Tensor<B, 1>>,
}

impl Constraint {
    /// A convolution from `channels[0]` to `channels[1]` channels. Constrained weights are initialized
    /// normal with standard deviation 0.01, plain ones as in the rest of the network.
    pub fn init<B: Backend>(self, channels: [usize; 2], device: &B::Device) -> ConstrainedConv<B> {
        let [inputs, outputs] = channels;
        let normal = Initializer::Normal { mean: 0.0, std: 0.01 };
        let bias = Initializer::Zeros.init([outputs], device);
        match self {
            Self::A => ConstrainedConv::SumToZero(SumToZeroConv {
                weight: normal.init([outputs, inputs, 3, 3], device),
                bias,
            }),
            Self::B => ConstrainedConv::Ring(RingConv {
                weight: normal.init([outputs, inputs, 8], device),
                bias,
            }),
            Self::Off => ConstrainedConv::Plain(initial::conv2d(channels, 3, device)),
        }
    }
}

impl<B: Kernels> ConstrainedConv<B> {
    /// Convolves with the constrained kernel.
    ///
    /// # Shapes
    /// - `input`: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, height, width]`
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let wanted = input.dtype();
        let kernel = precision::narrowed(self.kernel(), wanted);
        let [channels, ..] = kernel.dims();
        let output = B::convolve(input, kernel);
        // Added separately, so that its gradient is summed axis by axis: its terms cancel almost
        // completely (docs/reproduce.md), and one long sum loses digits.
        match self.bias() {
            Some(bias) => output + precision::narrowed(bias, wanted).reshape([1, channels, 1, 1]),
            None => output,
        }
    }
}

impl<B: Backend> ConstrainedConv<B> {
    /// The bias, `[channels_out]`; `None` for a plain convolution without one.
    pub fn bias(&self) -> Option<Tensor<B, 1>> {
        match self {
            Self::SumToZero(conv) => Some(conv.bias.val()),
            Self::Ring(conv) => Some(conv.bias.val()),
            Self::Plain(conv) => conv.bias.as_ref().map(|bias| bias.val()),
        }
    }

    /// The constrained kernel, not the stored weights.
    ///
    /// # Shapes
    /// - output: `[channels_out, channels_in, 3, 3]`
    pub fn kernel(&self) -> Tensor<B, 4> {
        match self {
            Self::SumToZero(conv) => {
                let [outputs, inputs, ..] = conv.weight.dims();
                let weights = conv.weight.val().reshape([outputs, inputs, 9]);
                let before = weights.clone().slice(s![.., .., 0..4]);
                let after = weights.slice(s![.., .., 5..9]);
                let center = -(before.clone().sum_dim(2) + after.clone().sum_dim(2));
                square(before, center, after)
            }
            Self::Ring(conv) => {
                let weights = softmax(conv.weight.val(), 2);
                let before = weights.clone().slice(s![.., .., 0..4]);
                let after = weights.slice(s![.., .., 4..8]);
                let center = before.zeros_like().slice(s![.., .., 0..1]) - 1.0;
                square(before, center, after)
            }
            Self::Plain(conv) => conv.weight.val(),
        }
    }
}

/// Assembles `[.., .., 4]` weights, the center `[.., .., 1]` and four more weights to 3 × 3.
fn square<B: Backend>(
    before: Tensor<B, 3>,
    center: Tensor<B, 3>,
    after: Tensor<B, 3>,
) -> Tensor<B, 4> {
    let [outputs, inputs, _] = before.dims();
    Tensor::cat(vec![before, center, after], 2).reshape([outputs, inputs, 3, 3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::{Autodiff, Flex};
    use burn::tensor::Distribution;

    fn slices(conv: &ConstrainedConv<Flex>) -> Vec<[f32; 9]> {
        let weights: Vec<f32> = conv.kernel().into_data().to_vec().unwrap();
        weights.chunks(9).map(|slice| slice.try_into().unwrap()).collect()
    }

    #[test]
    fn option_a_keeps_the_ring_and_sums_to_zero() {
        let conv = Constraint::A.init::<Flex>([4, 8], &Default::default());
        let ConstrainedConv::SumToZero(inner) = &conv else { panic!("option A") };
        let stored: Vec<f32> = inner.weight.val().into_data().to_vec().unwrap();
        assert_eq!(slices(&conv).len(), 32);
        for (kernel, stored) in slices(&conv).iter().zip(stored.chunks(9)) {
            assert!(kernel.iter().sum::<f32>().abs() < 1e-6);
            assert_eq!(
                [&kernel[..4], &kernel[5..]].concat(),
                [&stored[..4], &stored[5..]].concat()
            );
        }
    }

    #[test]
    fn option_b_has_center_minus_one_and_a_positive_ring_of_sum_one() {
        let conv = Constraint::B.init::<Flex>([4, 8], &Default::default());
        assert_eq!(slices(&conv).len(), 32);
        for kernel in slices(&conv) {
            assert_eq!(kernel[4], -1.0);
            let ring = [&kernel[..4], &kernel[5..]].concat();
            assert!(ring.iter().all(|weight| *weight > 0.0));
            assert!((ring.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }

    /// Row by row without the center: the softmax is monotone, so the order of the weights shows.
    #[test]
    fn option_b_stores_its_ring_row_by_row() {
        let device = Default::default();
        let mut conv = Constraint::B.init::<Flex>([1, 1], &device);
        let ConstrainedConv::Ring(inner) = &mut conv else { panic!("option B") };
        inner.weight = Param::from_data([[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]]], &device);
        let kernel = slices(&conv)[0];
        let ring = [&kernel[..4], &kernel[5..]].concat();
        assert!(ring.is_sorted() && ring[0] < ring[7], "{kernel:?}");
    }

    #[test]
    fn a_constant_image_gives_only_the_bias_inside() {
        let device = Default::default();
        for constraint in [Constraint::A, Constraint::B] {
            let conv = constraint.init::<Flex>([4, 8], &device);
            let output = conv.forward(Tensor::full([1, 4, 5, 5], 0.7, &device));
            assert_eq!(output.dims(), [1, 8, 5, 5]);
            let inside: f32 = output.slice(s![.., .., 1..4, 1..4]).abs().max().into_scalar();
            assert!(inside < 1e-6, "{constraint:?}: {inside}");
        }
    }

    #[test]
    fn the_centers_of_option_a_get_no_gradient() {
        let device = Default::default();
        let conv = Constraint::A.init::<Autodiff<Flex>>([4, 8], &device);
        let input = Tensor::random([1, 4, 6, 6], Distribution::Uniform(0.0, 1.0), &device);
        let gradients = conv.forward(input).square().sum().backward();
        let ConstrainedConv::SumToZero(inner) = &conv else { panic!("option A") };
        let by_weight: Vec<f32> =
            inner.weight.val().grad(&gradients).unwrap().into_data().to_vec().unwrap();
        assert!(by_weight.chunks(9).all(|slice| slice[4] == 0.0));
        assert!(by_weight.chunks(9).all(|slice| slice[0] != 0.0));
    }

    #[test]
    fn names_are_serialized_in_lower_case_and_published_ones_are_accepted() {
        assert_eq!(serde_json::to_string(&Constraint::A).unwrap(), "\"a\"");
        for (name, expected) in [
            ("a", Constraint::A),
            ("A", Constraint::A),
            ("B", Constraint::B),
            ("off", Constraint::Off),
        ] {
            let got: Constraint = serde_json::from_str(&format!("\"{name}\"")).unwrap();
            assert_eq!(got, expected);
        }
    }
}
