//! Plain layers with the initialization of the published network.

use burn::module::Initializer;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::backend::Backend;

/// A convolution that keeps height and width: Kaiming normal (fan-out) with the gain of ReLU, zero bias.
pub(crate) fn conv2d<B: Backend>(
    channels: [usize; 2],
    kernel_size: usize,
    device: &B::Device,
) -> Conv2d<B> {
    let kaiming = Initializer::KaimingNormal { gain: 2f64.sqrt(), fan_out_only: true };
    let padding = kernel_size / 2;
    let mut conv = Conv2dConfig::new(channels, [kernel_size; 2])
        .with_padding(PaddingConfig2d::Explicit(padding, padding, padding, padding))
        .with_initializer(kaiming)
        .with_bias(false)
        .init(device);
    conv.bias = Some(Initializer::Zeros.init([channels[1]], device));
    conv
}

/// A linear layer: normal with standard deviation 0.01, zero bias.
pub(crate) fn linear<B: Backend>(inputs: usize, outputs: usize, device: &B::Device) -> Linear<B> {
    let normal = Initializer::Normal { mean: 0.0, std: 0.01 };
    let mut linear =
        LinearConfig::new(inputs, outputs).with_initializer(normal).with_bias(false).init(device);
    linear.bias = Some(Initializer::Zeros.init([outputs], device));
    linear
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    fn deviation(values: Vec<f32>) -> f64 {
        let squares: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
        (squares / values.len() as f64).sqrt()
    }

    #[test]
    fn a_convolution_is_kaiming_normal_with_fan_out() {
        let conv = conv2d::<Flex>([8, 64], 5, &Default::default());
        let expected = (2.0f64 / (64.0 * 25.0)).sqrt();
        let got = deviation(conv.weight.val().into_data().to_vec().unwrap());
        assert!((got / expected - 1.0).abs() < 0.05, "{got}, expected {expected}");
        assert_eq!(conv.bias.unwrap().val().into_data().to_vec::<f32>().unwrap(), [0.0; 64]);
    }

    #[test]
    fn a_linear_layer_has_standard_deviation_0_01() {
        let linear = linear::<Flex>(1024, 16, &Default::default());
        let got = deviation(linear.weight.val().into_data().to_vec().unwrap());
        assert!((0.0096..0.0104).contains(&got), "{got}");
        assert_eq!(linear.bias.unwrap().val().into_data().to_vec::<f32>().unwrap(), [0.0; 16]);
    }
}
