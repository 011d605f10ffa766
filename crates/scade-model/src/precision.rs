//! Half precision: a network that is given pictures of half the width convolves, activates and pools in it.
//!
//! What adds up many numbers stays in single precision: batch statistics, the means of channel attention, and
//! the head. So do all weights; each use of one makes a rounded copy
//! ([Micikevicius et al. 2018](https://arxiv.org/abs/1710.03740)).

use burn::tensor::{DType, FloatDType, Tensor, backend::Backend};

/// Whether numbers of this type are of half the width.
fn is_half(dtype: DType) -> bool {
    matches!(dtype, DType::F16 | DType::BF16)
}

/// `tensor` in single precision, if it was in half.
pub(crate) fn widened<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    if is_half(tensor.dtype()) { tensor.cast(FloatDType::F32) } else { tensor }
}

/// `tensor` in half precision of the type `wanted`, if that is one.
pub(crate) fn narrowed<B: Backend, const D: usize>(
    tensor: Tensor<B, D>,
    wanted: DType,
) -> Tensor<B, D> {
    if is_half(wanted) { tensor.cast(FloatDType::from(wanted)) } else { tensor }
}

/// Whether `tensor` is of half precision.
pub(crate) fn halved<B: Backend, const D: usize>(tensor: &Tensor<B, D>) -> bool {
    is_half(tensor.dtype())
}

#[cfg(test)]
mod tests {
    use burn::backend::{Autodiff, Flex};
    use burn::tensor::{DType, Distribution, FloatDType, Tensor};

    use crate::{Meso4Config, Network, NetworkConfig, ScadeNetConfig};

    type B = Autodiff<Flex>;

    /// Logits, features and the gradient by the first kernel, which has come through everything.
    fn step(network: &Network<B>, images: Tensor<B, 4>) -> [Vec<f32>; 3] {
        let output = network.forward(images);
        for tensor in [output.logits.dtype(), output.features.dtype()] {
            assert_eq!(tensor, DType::F32);
        }
        let gradients = (output.logits.clone().sum() + output.features.clone().mean()).backward();
        let gamma = match network {
            Network::ScadeNet(network) => &network.block1.bn.gamma,
            Network::Meso4(network) => &network.block1.bn.gamma,
        };
        let gradient = gamma.val().grad(&gradients).unwrap();
        assert_eq!(gradient.dtype(), DType::F32);
        let numbers = |data: burn::tensor::TensorData| data.to_vec::<f32>().unwrap();
        [
            numbers(output.logits.into_data()),
            numbers(output.features.into_data()),
            numbers(gradient.into_data()),
        ]
    }

    /// Rounded to eight bits, and not to another result.
    #[test]
    fn half_precision_is_close_to_single_and_not_the_same() {
        let scade = ScadeNetConfig { dropout_rate: 0.0, ..ScadeNetConfig::default() };
        let meso = Meso4Config { dropout_rate: 0.0, ..Meso4Config::default() };
        for (config, channels) in
            [(NetworkConfig::ScadeNet(scade), 4), (NetworkConfig::Meso4(meso), 3)]
        {
            let uniform = Distribution::Uniform(0.0, 1.0);
            let images = Tensor::random([2, channels, 256, 256], uniform, &Default::default());
            let network = config.init::<B>(&Default::default());
            let single = step(&network, images.clone());
            let half = step(&network, images.cast(FloatDType::BF16));
            for (part, (half, single)) in half.iter().zip(&single).enumerate() {
                let most = single.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
                let pairs = half.iter().zip(single);
                let error = pairs.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / most;
                assert!(error > 0.0 && error < 0.1, "part {part}: {error}");
            }
        }
    }
}
