//! An exponential moving average (EMA) of the weights: smoother than those of any step.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The exponential moving average of a module, running statistics included (Polyak and Juditsky,
/// 1992; Tarvainen and Valpola, 2017).
///
/// The decay grows with the steps taken, as `min(decay, (1 + t) / (10 + t))`, so that the random
/// weights of the start are soon forgotten.
#[derive(Debug, Clone)]
pub(crate) struct Ema<M> {
    pub(crate) module: M,
    decay: f64,
}

impl<M> Ema<M> {
    /// Starts from `module`, which must share no running statistics with the one in training.
    pub(crate) fn new(module: M, decay: f64) -> Self {
        Self { module, decay }
    }

    /// Updates by the weights after step number `steps`, from 1. `newest` has the same parameters,
    /// under the same identifiers.
    pub(crate) fn update<B: Backend>(&mut self, newest: &M, steps: u64)
    where
        M: Module<B>,
    {
        let mut weights = Weights { found: GradientsParams::new() };
        newest.visit(&mut weights);
        let age = steps.saturating_sub(1) as f64;
        let kept = self.decay.min((1.0 + age) / (10.0 + age));
        self.module = self.module.clone().map(&mut Blend { newest: weights.found, kept });
    }
}

/// Collects tensors by parameter; the container happens to be made for gradients.
struct Weights {
    found: GradientsParams,
}

impl<B: Backend> ModuleVisitor<B> for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.found.register::<B, D>(param.id, param.val());
    }
}

struct Blend {
    newest: GradientsParams,
    kept: f64,
}

impl<B: Backend> ModuleMapper<B> for Blend {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        let (id, old, mapper) = param.consume();
        let newest = self.newest.remove::<B, D>(id).expect("the modules have the same parameters");
        let blended = old * self.kept + newest * (1.0 - self.kept);
        Param::from_mapped_value(id, blended, mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use scade_model::{Network, NetworkConfig};

    fn constant(network: &Network<Flex>, value: f32) -> Network<Flex> {
        struct Fill(f32);
        impl ModuleMapper<Flex> for Fill {
            fn map_float<const D: usize>(
                &mut self,
                param: Param<Tensor<Flex, D>>,
            ) -> Param<Tensor<Flex, D>> {
                let (id, tensor, mapper) = param.consume();
                Param::from_mapped_value(id, tensor.full_like(self.0), mapper)
            }
        }
        network.clone().map(&mut Fill(value))
    }

    /// All values of a module that holds but one.
    fn value(network: &Network<Flex>) -> f32 {
        struct Values(Vec<f32>);
        impl ModuleVisitor<Flex> for Values {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Flex, D>>) {
                self.0.extend(param.val().into_data().to_vec::<f32>().unwrap());
            }
        }
        let mut values = Values(Vec::new());
        network.visit(&mut values);
        assert!(values.0.len() > 28_000 && values.0.iter().all(|value| *value == values.0[0]));
        values.0[0]
    }

    #[test]
    fn every_weight_and_statistic_follows_the_formula() {
        let device = Default::default();
        let start = NetworkConfig::default().init::<Flex>(&device);
        // A record has statistics of its own, a clone has not.
        let copy = |network: &Network<Flex>| {
            let record = network.clone().into_record();
            NetworkConfig::default().init::<Flex>(&device).load_record(record)
        };
        let mut ema = Ema::new(constant(&copy(&start), 1.0), 0.3);
        let newest = copy(&start);
        let mut expected = 1.0;
        for (steps, weight) in [(1, 5.0), (2, -2.0), (3, 0.5), (40, 8.0)] {
            ema.update(&constant(&newest, weight), steps);
            let kept = f64::min(0.3, steps as f64 / (9.0 + steps as f64));
            expected = kept * expected + (1.0 - kept) * f64::from(weight);
            let got = f64::from(value(&ema.module));
            assert!((got - expected).abs() < 1e-5, "step {steps}: {got} instead of {expected}");
        }
    }
}
