//! What ranks exchange in a step: gradients and losses, as one flat buffer.

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

use crate::flat;
use crate::losses::{BatchLosses, TrainModule};

/// The contribution of one rank to a step, each already divided by the number of batches of the whole
/// step. Sums of packed buckets are therefore means, and unpack to the bucket of the whole step.
pub(crate) struct GradientBucket<B: AutodiffBackend> {
    pub(crate) gradients: GradientsParams,
    /// None for a rank without a batch in this step.
    pub(crate) losses: Option<BatchLosses<B::InnerBackend>>,
}

impl<B: AutodiffBackend> GradientBucket<B> {
    /// `[parameters + losses]`: the gradients in the order of the parameters of `module`, then the
    /// losses; 0 where there is none.
    pub(crate) fn pack(mut self, module: &TrainModule<B>) -> Tensor<B::InnerBackend, 1> {
        let gradients = flat::gradients(module, &mut self.gradients);
        let none = || Tensor::zeros([BatchLosses::<B::InnerBackend>::COUNT], &gradients.device());
        let losses = self.losses.map_or_else(none, BatchLosses::flatten);
        Tensor::cat(vec![gradients, losses], 0)
    }

    /// The inverse of [`Self::pack`], for a `module` of the same parameters.
    pub(crate) fn unpack(module: &TrainModule<B>, flat: &Tensor<B::InnerBackend, 1>) -> Self {
        let losses = BatchLosses::<B::InnerBackend>::COUNT;
        let parameters = flat.dims()[0] - losses;
        Self {
            gradients: flat::to_gradients(module, flat.clone().narrow(0, 0, parameters)),
            losses: Some(BatchLosses::unflatten(&flat.clone().narrow(0, parameters, losses))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::losses::Objective;
    use burn::backend::{Autodiff, Flex};

    type B = Autodiff<Flex>;

    #[test]
    fn a_bucket_is_the_same_after_packing_and_unpacking() {
        let config = Config { batch_size: 2, ..Config::default() };
        let device = Default::default();
        let module = TrainModule::<B>::init(&config, &device);
        let objective = Objective::new(&config, config.loss.classification);
        let batch = crate::steps::noise(&config, &device);
        let flat = module.accumulate([batch].into_iter(), &objective, 1).pack(&module);
        let again = GradientBucket::unpack(&module, &flat);
        let total = flat::numbers(again.losses.clone().unwrap().total.into_data());
        assert!(total[0] > 0.0, "{total:?}");
        let [flat, again] =
            [flat, again.pack(&module)].map(|tensor| flat::numbers(tensor.into_data()));
        assert!(flat == again);
        let empty = module.accumulate(std::iter::empty(), &objective, 1).pack(&module);
        let empty = flat::numbers(empty.into_data());
        assert!(empty.len() == flat.len() && empty.iter().all(|value| *value == 0.0));
    }
}
