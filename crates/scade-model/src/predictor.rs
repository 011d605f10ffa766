//! A network for inference: compiled for the processor if the backend runs there.

use std::marker::PhantomData;

use burn::tensor::{Tensor, TensorData, backend::Backend};
use scade_kernels::Kernels;
use scade_kernels::infer::{
    BlockWeights, CompiledNetwork, HeadWeights, HiddenActivation, Linear, NetworkWeights,
    Normalization,
};

use crate::head::HeadActivation;
use crate::{Architecture, Block, BlocksAndHead, Head, Network, Output, batch_norm};

/// A network with frozen weights.
///
/// Where the kernels of `scade-kernels` support the backend and the network has their form
/// ([`Architecture::for_kernels`]), it is compiled into them: the constraint is applied, batch
/// normalization is folded, and every block is computed in one pass. Elsewhere the network runs in the
/// plain operations of the backend.
#[derive(Debug)]
pub struct Predictor<B: Backend, N = Network<B>> {
    network: N,
    compiled: Option<CompiledNetwork>,
    backend: PhantomData<B>,
}

impl<B: Kernels, N: Architecture<B>> Predictor<B, N> {
    /// Freezes the current weights of `network`.
    #[must_use]
    pub fn new(network: N) -> Self {
        let compiled = if B::SERVED { compile(&network) } else { None };
        Self { network, compiled, backend: PhantomData }
    }

    /// Whether the network runs in the kernels and not in plain operations of the backend.
    #[must_use]
    pub fn is_compiled(&self) -> bool {
        self.compiled.is_some()
    }

    /// The network whose weights were frozen.
    #[must_use]
    pub fn network(&self) -> &N {
        &self.network
    }

    /// Scores a batch of images, as [`Architecture::forward`] does.
    ///
    /// # Shapes
    /// - `images`: `[batch, channels, side, side]` of [`Architecture::input`]
    /// - output: logits `[batch, 1]`, features `[batch, feature_dim]`
    ///
    /// # Panics
    /// If the images have another shape.
    pub fn forward(&self, images: Tensor<B, 4>) -> Output<B> {
        self.network.input().assert_fits(&images);
        self.computed(&images).unwrap_or_else(|| self.network.forward(images))
    }

    /// Computes with the kernels, if they support this backend and element type.
    fn computed(&self, images: &Tensor<B, 4>) -> Option<Output<B>> {
        let compiled = self.compiled.as_ref()?;
        let (batch, device) = (images.dims()[0], images.device());
        let images = images.clone().into_primitive().tensor();
        let values = B::values(&images)?;
        let mut logits = vec![0.0; batch];
        let mut features = vec![0.0; batch * compiled.features()];
        compiled.forward(&values, &mut logits, &mut features);
        let features = TensorData::new(features, [batch, compiled.features()]);
        Some(Output {
            logits: Tensor::from_data(TensorData::new(logits, [batch, 1]), &device),
            features: Tensor::from_data(features, &device),
        })
    }
}

/// `None` for a network without kernels: of another form, or with an unsupported kernel size or pooling.
fn compile<B: Kernels>(network: &impl Architecture<B>) -> Option<CompiledNetwork> {
    let BlocksAndHead { blocks, head } = network.for_kernels()?;
    let weights = NetworkWeights {
        size: [network.input().side; 2],
        blocks: blocks.into_iter().map(block).collect(),
        head: head_weights(head),
    };
    CompiledNetwork::new(weights).ok()
}

fn block<B: Kernels>(block: &Block<B>) -> BlockWeights {
    let kernel = block.conv.kernel();
    let [outputs, inputs, kernel_size, _] = kernel.dims();
    BlockWeights {
        channels: [inputs, outputs],
        kernel_size,
        kernel: numbers(kernel),
        bias: block.conv.bias().map_or_else(|| vec![0.0; outputs], numbers),
        activation: block.activation.into(),
        attention: block.eca.as_ref().map(|eca| numbers(eca.conv.weight.val())),
        normalization: Normalization {
            gamma: numbers(block.bn.gamma.val()),
            beta: numbers(block.bn.beta.val()),
            mean: numbers(block.bn.running_mean.value()),
            variance: numbers(block.bn.running_var.value()),
            epsilon: batch_norm::EPSILON,
        },
        pool: block.pool,
    }
}

fn head_weights<B: Backend>(head: &Head<B>) -> HeadWeights {
    let linear = |linear: &burn::nn::Linear<B>| {
        let [_, outputs] = linear.weight.dims();
        // Burn's layout has the inputs first.
        let weights = numbers(linear.weight.val().transpose());
        let bias = linear.bias.as_ref();
        Linear {
            weights,
            bias: bias.map_or_else(|| vec![0.0; outputs], |bias| numbers(bias.val())),
        }
    };
    HeadWeights {
        hidden: linear(&head.fc1),
        activation: match head.activation {
            HeadActivation::Same(activation) => HiddenActivation::Same(activation.into()),
            HeadActivation::Leaky => HiddenActivation::Leaky(crate::head::LEAK as f32),
        },
        last: linear(&head.fc2),
    }
}

fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Activation, BlockConfig, Constraint, InputShape};
    use crate::{Meso4Config, NetworkConfig, ScadeNetConfig};
    use burn::backend::{Flex, NdArray};
    use burn::module::{Module, ModuleMapper, Param};
    use burn::tensor::Distribution;

    /// Perturbs every parameter, so that none is zero or one and some scales are negative. Running
    /// variances stay positive.
    #[derive(Default)]
    struct Shake {
        path: Vec<String>,
    }

    impl<B: Backend> ModuleMapper<B> for Shake {
        fn enter_module(&mut self, name: &str, _container: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _name: &str, _container: &str) {
            self.path.pop();
        }

        fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
            let name = self.path.last().cloned().unwrap_or_default();
            param.map(|tensor| {
                let normal = |deviation| tensor.random_like(Distribution::Normal(0.0, deviation));
                match name.as_str() {
                    "running_var" => normal(1.0).abs() + 0.1,
                    "gamma" => normal(1.0),
                    _ => tensor.clone() + normal(0.05),
                }
            })
        }
    }

    fn configs() -> Vec<NetworkConfig> {
        let scade_net = NetworkConfig::ScadeNet;
        vec![
            NetworkConfig::default(),
            NetworkConfig::Meso4(Meso4Config::default()),
            scade_net(ScadeNetConfig {
                input_channels: 3,
                constrained_conv: Constraint::B,
                eca: false,
                ..Default::default()
            }),
            scade_net(ScadeNetConfig {
                constrained_conv: Constraint::Off,
                activation: Activation::Relu,
                eca_kernel_size: 5,
                ..Default::default()
            }),
        ]
    }

    fn compare<B: Kernels>(tolerance: f32) {
        let device = Default::default();
        B::seed(&device, 1);
        for config in configs() {
            let network = config.init::<B>(&device).map(&mut Shake::default());
            let shape = [2, config.input_channels(), 256, 256];
            let images = Tensor::random(shape, Distribution::Uniform(0.0, 1.0), &device);
            let expected = network.forward(images.clone());
            let predictor = Predictor::<B>::new(network);
            assert!(predictor.is_compiled(), "{config:?}");
            let got = predictor.computed(&images).expect("kernels support the CPU");
            for (got, expected) in
                [(got.logits, expected.logits), (got.features, expected.features)]
            {
                let (got, expected) = (numbers(got), numbers(expected));
                // A logit may be small because large terms cancel.
                let largest = expected.iter().fold(1.0f32, |most, value| most.max(value.abs()));
                let off = got.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(off <= tolerance * largest, "{config:?}: {off} of {largest}");
            }
        }
    }

    #[test]
    fn compiled_networks_agree_with_plain_operations() {
        compare::<Flex>(1e-5);
        compare::<NdArray>(1e-5);
    }

    /// A custom network: blocks followed by global average pooling.
    #[derive(Module, Debug)]
    struct Small<B: Backend> {
        block: Block<B>,
        head: Head<B>,
        /// Whether it claims to have the form of the kernels.
        #[module(skip)]
        claims: bool,
    }

    impl<B: Backend> Architecture<B> for Small<B> {
        fn forward(&self, images: Tensor<B, 4>) -> Output<B>
        where
            B: Kernels,
        {
            let features = self.block.forward(images).mean_dim(3).mean_dim(2).flatten(1, 3);
            Output { logits: self.head.forward(features.clone()), features }
        }

        fn input(&self) -> InputShape {
            InputShape { channels: 3, side: 24 }
        }

        fn feature_dim(&self) -> usize {
            8
        }

        fn for_kernels(&self) -> Option<BlocksAndHead<'_, B>> {
            self.claims.then(|| BlocksAndHead { blocks: vec![&self.block], head: &self.head })
        }
    }

    #[test]
    fn a_network_without_a_kernel_is_computed_by_plain_operations() {
        let device = Default::default();
        // Not in the kernels' form; in it, but with a pooling of 3 and a head of other features.
        for (claims, pool) in [(false, 2), (true, 3), (true, 2)] {
            let block = BlockConfig::plain([3, 8], pool).init::<Flex>(&device);
            let head = Head::new(8, 0.0, HeadActivation::Leaky, &device);
            let network = Small { block, head, claims };
            let images = Tensor::random([2, 3, 24, 24], Distribution::Default, &device);
            let expected = network.forward(images.clone());
            let predictor = Predictor::new(network);
            assert!(!predictor.is_compiled());
            let got = predictor.forward(images);
            assert_eq!(numbers(got.logits), numbers(expected.logits));
            assert_eq!(numbers(got.features), numbers(expected.features));
        }
    }

    #[test]
    fn a_backend_without_kernels_is_computed_by_plain_operations() {
        let network = NetworkConfig::default().init::<NdArray<f64>>(&Default::default());
        assert!(!Predictor::new(network).is_compiled());
    }
}
