//! Everything that is trained, as one module: forward, backward and update.

use burn::module::Module;
use burn::optim::adaptor::OptimizerAdaptor;
use burn::optim::{GradientsAccumulator, GradientsParams, Optimizer};
use burn::tensor::backend::Backend;
use burn::tensor::{FloatDType, Tensor};
use scade_data::Batch;
use scade_kernels::TrainingKernels;

use crate::adam::Adam;
use crate::bucket::GradientBucket;
use crate::clip;
pub(crate) use crate::losses::TrainModule;
use crate::losses::{BatchLosses, Objective, StepTensors};
use crate::{OptimizerConfig, Precision};

/// The optimizer of a [`TrainModule`].
pub(crate) type TrainOptimizer<B> = OptimizerAdaptor<Adam, TrainModule<B>, B>;

impl<B: Backend> TrainModule<B> {
    /// The device that the parameters are on.
    pub(crate) fn device(&self) -> B::Device {
        self.devices().into_iter().next().unwrap_or_default()
    }
}

impl<B: TrainingKernels> TrainModule<B> {
    pub(crate) fn optimizer(config: &OptimizerConfig) -> TrainOptimizer<B> {
        OptimizerAdaptor::from(Adam::new(config))
    }

    /// One step: forward and backward for each batch, then clip and update by the mean gradient.
    /// Nothing is read back to the host.
    ///
    /// # Panics
    /// Without a batch.
    pub(crate) fn step(
        self,
        batches: impl ExactSizeIterator<Item = Batch<B>>,
        objective: &Objective,
        optimizer: &mut TrainOptimizer<B>,
        learning_rate: f64,
        max_norm: f64,
    ) -> (Self, StepTensors<B::InnerBackend>) {
        let count = batches.len();
        let bucket = self.accumulate(batches, objective, count);
        self.update(bucket, optimizer, learning_rate, max_norm)
    }

    /// Gradients and losses of some of the `count` batches of a step, summed and divided by `count`: the
    /// sum of the buckets of all ranks is the mean over the step.
    pub(crate) fn accumulate(
        &self,
        batches: impl Iterator<Item = Batch<B>>,
        objective: &Objective,
        count: usize,
    ) -> GradientBucket<B> {
        let mut sum = GradientsAccumulator::new();
        let losses = batches.map(|batch| {
            let (gradients, losses) = self.backward(batch, objective, count);
            sum.accumulate(self, gradients);
            losses
        });
        let losses = losses.reduce(BatchLosses::plus);
        GradientBucket { gradients: sum.grads(), losses }
    }

    /// Clips the gradients of a whole step and updates by them.
    ///
    /// # Panics
    /// When the step had no batch.
    pub(crate) fn update(
        self,
        bucket: GradientBucket<B>,
        optimizer: &mut TrainOptimizer<B>,
        learning_rate: f64,
        max_norm: f64,
    ) -> (Self, StepTensors<B::InnerBackend>) {
        let GradientBucket { mut gradients, losses } = bucket;
        let losses = losses.expect("a step has a batch");
        let gradient_norm = clip::norm(&self.network, &gradients, &self.device());
        if max_norm > 0.0 {
            let norm = gradient_norm.clone();
            clip::clip(&self.network, &mut gradients, norm, max_norm as f32);
        }
        let updated = optimizer.step(learning_rate, self, gradients);
        (updated, StepTensors { losses, gradient_norm })
    }

    /// Gradient and losses of one of `count` batches, divided by `count`.
    pub(crate) fn backward(
        &self,
        batch: Batch<B>,
        objective: &Objective,
        count: usize,
    ) -> (GradientsParams, BatchLosses<B::InnerBackend>) {
        let images = match objective.precision {
            Precision::Single => batch.images,
            Precision::Bfloat16 => batch.images.cast(FloatDType::BF16),
        };
        let output = self.network.forward(images);
        let losses = self.losses(&objective.loss, output, batch.labels).map(|loss| {
            // The whole of one batch, untouched by a rounding.
            if count == 1 { loss } else { loss.div_scalar(count as f64) }
        });
        let gradients = GradientsParams::from_grads(losses.total.backward(), self);
        (gradients, losses.map(Tensor::inner))
    }
}

#[cfg(test)]
mod tests;
