//! A training step in half precision against the same in single precision.

use burn::backend::{Autodiff, Flex};
use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{DType, FloatDType, Tensor, TensorData};

use crate::{Meso4Config, Network, NetworkConfig, ScadeNetConfig};

type B = Autodiff<Flex>;

/// Reproducible noise: the backend's generator is shared with the other tests of the process.
struct Noise(u64);

impl Noise {
    /// Numbers from -1 to 1.
    fn numbers(&mut self, count: usize) -> Vec<f32> {
        let next = |_| {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(next).collect()
    }

    fn tensor<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<B, D> {
        let data = TensorData::new(self.numbers(shape.iter().product()), shape);
        Tensor::from_data(data, &Default::default())
    }
}

/// Samples all weights except normalization and biases, at the scale of the initialization.
impl ModuleMapper<B> for Noise {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        if D == 1 {
            return param;
        }
        let shape = param.val().dims();
        let fan: usize = shape[1..].iter().product();
        Param::from_tensor(self.tensor(shape) * (6.0 / fan as f64).sqrt())
    }
}

/// Logits, features and the gradient of the first block's scale, which depends on all other layers.
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

/// The result differs by rounding to eight bits only.
#[test]
fn half_precision_is_close_to_single_and_not_the_same() {
    let scade = ScadeNetConfig { dropout_rate: 0.0, ..ScadeNetConfig::default() };
    let meso = Meso4Config { dropout_rate: 0.0, ..Meso4Config::default() };
    for (config, channels) in [(NetworkConfig::ScadeNet(scade), 4), (NetworkConfig::Meso4(meso), 3)]
    {
        let mut noise = Noise(7);
        let images = noise.tensor([2, channels, 256, 256]) / 2.0 + 0.5;
        let network = config.init::<B>(&Default::default()).map(&mut noise);
        let single = step(&network, images.clone());
        let half = step(&network, images.cast(FloatDType::BF16));
        for (part, (half, single)) in half.iter().zip(&single).enumerate() {
            let norm = |values: &mut dyn Iterator<Item = f32>| {
                values.map(|value| f64::from(value).powi(2)).sum::<f64>().sqrt()
            };
            let differences = &mut half.iter().zip(single).map(|(a, b)| a - b);
            let error = norm(differences) / norm(&mut single.iter().copied());
            // Pooling may route a gradient to another pixel where two values are equal after rounding.
            let allowed = if part == 2 { 0.5 } else { 0.1 };
            assert!(error > 0.0 && error < allowed, "part {part}: {error}");
        }
    }
}
