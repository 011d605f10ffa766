//! Efficient channel attention: a gate per channel from the means of neighboring channels.

use burn::module::Module;
use burn::nn::PaddingConfig1d;
use burn::nn::conv::{Conv1d, Conv1dConfig};
use burn::tensor::activation::sigmoid;
use burn::tensor::{Tensor, backend::Backend};

use crate::precision;

/// Mean over the image, a 1-D convolution across the channels without bias, a sigmoid; the input
/// is multiplied by it ([Wang et al. 2020](https://arxiv.org/abs/1910.03151)).
#[derive(Module, Debug)]
pub struct Eca<B: Backend> {
    /// Weight `[1, 1, kernel_size]`.
    pub conv: Conv1d<B>,
}

impl<B: Backend> Eca<B> {
    /// A gate over `kernel_size` (odd) neighboring channels, zero-padded. The weights are uniform in
    /// ±1/√kernel_size, the default of PyTorch and Burn.
    pub fn new(kernel_size: usize, device: &B::Device) -> Self {
        let padding = kernel_size / 2;
        let conv = Conv1dConfig::new(1, 1, kernel_size)
            .with_padding(PaddingConfig1d::Explicit(padding, padding))
            .with_bias(false)
            .init(device);
        Self { conv }
    }

    /// Scales each channel by its gate.
    ///
    /// # Shapes
    /// - `input`: `[batch, channels, height, width]`
    /// - output: the same
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let gates = self.gates(precision::widened(input.clone()));
        let [batch, channels] = gates.dims();
        let gates = precision::narrowed(gates, input.dtype());
        input * gates.reshape([batch, channels, 1, 1])
    }

    /// The gates, each in 0..1.
    ///
    /// # Shapes
    /// - `input`: `[batch, channels, height, width]`
    /// - output: `[batch, channels]`
    pub fn gates(&self, input: Tensor<B, 4>) -> Tensor<B, 2> {
        let [batch, channels, height, width] = input.dims();
        let means = input.reshape([batch, channels, height * width]).mean_dim(2);
        // [batch, channels, 1] becomes [batch, 1, channels]: the convolution runs over the channels.
        let mixed = self.conv.forward(means.reshape([batch, 1, channels]));
        sigmoid(mixed).reshape([batch, channels])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use burn::module::Param;

    #[test]
    fn a_gate_is_the_sigmoid_of_three_neighboring_means() {
        let device = Default::default();
        let mut eca = Eca::<Flex>::new(3, &device);
        eca.conv.weight = Param::from_data([[[0.5, -1.0, 2.0]]], &device);
        // Channel means 1, 2, 4 and, in the second image, 0, 0, 1.
        let input = Tensor::<Flex, 4>::from_data(
            [
                [[[0.0, 2.0]], [[1.0, 3.0]], [[4.0, 4.0]]],
                [[[0.0, 0.0]], [[-1.0, 1.0]], [[0.0, 2.0]]],
            ],
            &device,
        );
        let gates: Vec<f32> = eca.gates(input.clone()).into_data().to_vec().unwrap();
        let sigmoid = |x: f32| 1.0 / (1.0 + (-x).exp());
        let expected = [3.0, 6.5, -3.0, 0.0, 2.0, -1.0].map(sigmoid);
        for (got, expected) in gates.iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{gates:?}");
        }
        let output: Vec<f32> = eca.forward(input).into_data().to_vec().unwrap();
        assert!((output[1] - 2.0 * expected[0]).abs() < 1e-6);
        assert!((output[11] - 2.0 * expected[5]).abs() < 1e-6);
    }
}
