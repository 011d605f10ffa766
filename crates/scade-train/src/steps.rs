//! Training steps alone, for benchmarks: no samples are read.

use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor};
use scade_data::{Batch, FACE_SIZE};
use scade_kernels::TrainingKernels;

use crate::losses::Objective;
use crate::train_module::{TrainModule, TrainOptimizer};
use crate::{Config, Error};

/// A network with its optimizer, and one batch on the device that every step trains on.
pub struct Steps<B: TrainingKernels> {
    /// Absent only during a step.
    module: Option<TrainModule<B>>,
    optimizer: TrainOptimizer<B>,
    batch: Batch<B>,
    objective: Objective,
    learning_rate: f64,
    clip_norm: f64,
}

impl<B: TrainingKernels> Steps<B> {
    /// Fresh weights by `config`, and a batch of uniform noise with every second label fake.
    ///
    /// # Errors
    /// [`Error::Setting`] and others of [`Config::validate`].
    pub fn on_noise(config: &Config, device: &B::Device) -> Result<Self, Error> {
        config.validate()?;
        config.optimizer.precision.check::<B>(device)?;
        Ok(Self {
            module: Some(TrainModule::init(config, device)),
            optimizer: TrainModule::optimizer(&config.optimizer),
            batch: noise(config, device),
            objective: Objective::new(config, config.loss.classification),
            learning_rate: config.optimizer.learning_rate,
            clip_norm: config.optimizer.clip_norm,
        })
    }

    /// One step to its end: forward, backward, clipping, update. Returns its total loss.
    pub fn step(&mut self) -> f32 {
        let module = self.module.take().expect("put back by every step");
        let (batch, objective) = ([self.batch.clone()].into_iter(), &self.objective);
        let (module, tensors) =
            module.step(batch, objective, &mut self.optimizer, self.learning_rate, self.clip_norm);
        self.module = Some(module);
        tensors.losses.total.into_data().iter::<f32>().next().unwrap_or(f32::NAN)
    }
}

/// A batch of uniform noise with every second label fake.
pub(crate) fn noise<B: Backend>(config: &Config, device: &B::Device) -> Batch<B> {
    let (size, channels) = (config.batch_size, config.network.input_channels());
    let labels: Vec<f32> = (0..size).map(|index| (index % 2) as f32).collect();
    let shape = [size, channels, FACE_SIZE, FACE_SIZE];
    Batch {
        images: Tensor::random(shape, Distribution::Uniform(0.0, 1.0), device),
        labels: Tensor::<B, 1>::from_floats(labels.as_slice(), device).reshape([size, 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::{Autodiff, Flex};

    #[test]
    fn steps_on_one_batch_lower_its_loss() {
        let mut config = Config { batch_size: 4, ..Config::default() };
        config.network = scade_model::NetworkConfig::ScadeNet(scade_model::ScadeNetConfig {
            dropout_rate: 0.0,
            ..Default::default()
        });
        let mut steps = Steps::<Autodiff<Flex>>::on_noise(&config, &Default::default()).unwrap();
        let first = steps.step();
        let last = (0..8).map(|_| steps.step()).last().unwrap();
        assert!(last < first, "{first}, then {last}");
    }
}
