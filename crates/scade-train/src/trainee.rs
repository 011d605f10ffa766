//! Everything that learns, as one module: the network and the centre of the single-center loss.

use burn::module::Module;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{GradientsParams, Optimizer};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use scade_data::Batch;
use scade_kernels::TrainingKernels;
use scade_loss::{ClassificationLoss, SingleCenterLoss};
use scade_model::Network;

use crate::adam::Adam;
use crate::clip;
use crate::{Config, OptimizerConfig};

/// What one optimiser trains.
#[derive(Module, Debug)]
pub(crate) struct Trainee<B: Backend> {
    pub(crate) network: Network<B>,
    pub(crate) single_center: SingleCenterLoss<B>,
}

/// The optimiser of a [`Trainee`].
pub(crate) type TraineeOptimizer<B> = OptimizerAdaptor<Adam, Trainee<B>, B>;

/// The parts of the loss of a batch and the norm of its gradient, each `[1]`.
pub(crate) struct Losses<B: Backend> {
    pub(crate) classification: Tensor<B, 1>,
    pub(crate) single_center: Tensor<B, 1>,
    pub(crate) total: Tensor<B, 1>,
    /// Over the network's parameters, the centre's left out, before it is clipped.
    pub(crate) gradient_norm: Tensor<B, 1>,
}

impl<B: TrainingKernels> Trainee<B> {
    pub(crate) fn init(config: &Config, device: &B::Device) -> Self {
        Self {
            network: config.network.init(device),
            single_center: config.loss.single_center.init(device),
        }
    }

    pub(crate) fn optimizer(config: &OptimizerConfig) -> TraineeOptimizer<B> {
        OptimizerAdaptor::from(Adam::new(config))
    }

    /// One step: forward, backward, clip, update. Nothing is read back to the host; the losses
    /// stay on the device.
    pub(crate) fn step(
        self,
        batch: Batch<B>,
        loss: &Objective,
        optimizer: &mut TraineeOptimizer<B>,
        learning_rate: f64,
        max_norm: f64,
    ) -> (Self, Losses<B::InnerBackend>) {
        let output = self.network.forward(batch.images);
        let classification = loss.classification.forward(output.logits, batch.labels.clone());
        let mut total = classification.clone();
        let mut single_center = classification.zeros_like();
        if loss.lambda > 0.0 {
            single_center = self.single_center.forward(output.features, batch.labels);
            total = total + single_center.clone().mul_scalar(loss.lambda);
        }
        let mut gradients = GradientsParams::from_grads(total.backward(), &self);
        let gradient_norm = clip::norm(&self.network, &gradients, &total.device());
        if max_norm > 0.0 {
            clip::clip(&self.network, &mut gradients, gradient_norm.clone(), max_norm as f32);
        }
        let losses = Losses {
            classification: classification.inner(),
            single_center: single_center.inner(),
            total: total.inner(),
            gradient_norm,
        };
        (optimizer.step(learning_rate, self, gradients), losses)
    }
}

/// What is minimised: `classification + lambda · single-center`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    pub(crate) classification: ClassificationLoss,
    pub(crate) lambda: f64,
}

#[cfg(test)]
mod tests;
