//! Everything that learns, as one module: the network and the centre of the single-center loss.

use burn::module::Module;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{GradientsAccumulator, GradientsParams, Optimizer};
use burn::tensor::backend::Backend;
use burn::tensor::{FloatDType, Tensor};
use scade_data::Batch;
use scade_kernels::TrainingKernels;
use scade_loss::{ClassificationLoss, SingleCenterLoss};
use scade_model::Network;

use crate::adam::Adam;
use crate::clip;
use crate::{Config, OptimizerConfig, Precision};

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

/// Classification, single-center and total loss, each `[1]`.
pub(crate) type Parts<B> = [Tensor<B, 1>; 3];

impl<B: Backend> Losses<B> {
    pub(crate) fn new(parts: Parts<B>, gradient_norm: Tensor<B, 1>) -> Self {
        let [classification, single_center, total] = parts;
        Self { classification, single_center, total, gradient_norm }
    }
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

    /// One step: forward and backward for each batch, then clip and update by the mean gradient.
    /// Nothing is read back to the host; the losses, means over the batches, stay on the device.
    ///
    /// # Panics
    /// Without a batch.
    pub(crate) fn step(
        self,
        batches: impl ExactSizeIterator<Item = Batch<B>>,
        loss: &Objective,
        optimizer: &mut TraineeOptimizer<B>,
        learning_rate: f64,
        max_norm: f64,
    ) -> (Self, Losses<B::InnerBackend>) {
        let count = batches.len();
        let (gradients, sums) = self.share(batches, loss, count);
        let sums = sums.expect("a step has a batch");
        let (trainee, gradient_norm) = self.update(gradients, optimizer, learning_rate, max_norm);
        (trainee, Losses::new(sums, gradient_norm))
    }

    /// The gradients of some of the `count` batches of a step, and their losses as in
    /// [`Self::backward`], each added up and divided by `count`; no losses without a batch.
    pub(crate) fn share(
        &self,
        batches: impl Iterator<Item = Batch<B>>,
        loss: &Objective,
        count: usize,
    ) -> (GradientsParams, Option<Parts<B::InnerBackend>>) {
        let mut sum = GradientsAccumulator::new();
        let parts = batches.map(|batch| {
            let (gradients, parts) = self.backward(batch, loss, count);
            sum.accumulate(self, gradients);
            parts
        });
        let add = |sums: Parts<_>, part: Parts<_>| {
            std::array::from_fn(|i| sums[i].clone() + part[i].clone())
        };
        let parts = parts.reduce(add);
        (sum.grads(), parts)
    }

    /// Clips `gradients` and updates by them; the norm is that before.
    pub(crate) fn update(
        self,
        mut gradients: GradientsParams,
        optimizer: &mut TraineeOptimizer<B>,
        learning_rate: f64,
        max_norm: f64,
    ) -> (Self, Tensor<B::InnerBackend, 1>) {
        let device = self.single_center.center.device();
        let norm = clip::norm(&self.network, &gradients, &device);
        if max_norm > 0.0 {
            clip::clip(&self.network, &mut gradients, norm.clone(), max_norm as f32);
        }
        (optimizer.step(learning_rate, self, gradients), norm)
    }

    /// The gradient of one of `count` batches, and its losses: classification, single-center, total;
    /// each divided by `count`.
    pub(crate) fn backward(
        &self,
        batch: Batch<B>,
        loss: &Objective,
        count: usize,
    ) -> (GradientsParams, Parts<B::InnerBackend>) {
        let images = match loss.precision {
            Precision::Single => batch.images,
            Precision::Bfloat16 => batch.images.cast(FloatDType::BF16),
        };
        let output = self.network.forward(images);
        let classification = loss.classification.forward(output.logits, batch.labels.clone());
        let mut total = classification.clone();
        let mut single_center = classification.zeros_like();
        if loss.lambda > 0.0 {
            single_center = self.single_center.forward(output.features, batch.labels);
            total = total + single_center.clone().mul_scalar(loss.lambda);
        }
        let parts = [classification, single_center, total].map(|part| {
            // The whole of one batch, untouched by a rounding.
            if count == 1 { part } else { part.div_scalar(count as f64) }
        });
        let gradients = GradientsParams::from_grads(parts[2].backward(), self);
        (gradients, parts.map(Tensor::inner))
    }
}

/// What is minimised: `classification + lambda · single-center`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Objective {
    pub(crate) classification: ClassificationLoss,
    pub(crate) lambda: f64,
    pub(crate) precision: Precision,
}

impl Objective {
    /// By `config`, with a classification loss that may have been weighed for its data.
    pub(crate) fn new(config: &Config, classification: ClassificationLoss) -> Self {
        Self { classification, lambda: config.loss.lambda, precision: config.optimizer.precision }
    }
}

#[cfg(test)]
mod tests;
