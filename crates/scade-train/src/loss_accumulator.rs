//! The losses of an epoch, read back from the device a few steps at a time.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::StepLosses;
use crate::losses::StepTensors;

/// Steps between two reads: a read synchronizes with the device, and a step should not.
const INTERVAL: usize = 8;

/// Sums of the losses of an epoch.
pub(crate) struct LossAccumulator<B: Backend> {
    waiting: Vec<Tensor<B, 1>>,
    sums: [f64; StepLosses::COUNT],
    count: usize,
    /// Read, and not yet taken.
    read: Vec<StepLosses>,
}

impl<B: Backend> LossAccumulator<B> {
    pub(crate) fn new() -> Self {
        Self { waiting: Vec::new(), sums: Default::default(), count: 0, read: Vec::new() }
    }

    /// Adds the losses of a step, and reads those that wait every [`INTERVAL`] steps.
    ///
    /// # Errors
    /// A total loss that is not finite.
    pub(crate) fn add(&mut self, losses: StepTensors<B>) -> Result<(), f32> {
        self.waiting.push(losses.flatten());
        if self.waiting.len() >= INTERVAL { self.synchronize() } else { Ok(()) }
    }

    /// Means over all steps so far.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub(crate) fn means(&mut self) -> Result<StepLosses, f32> {
        self.synchronize()?;
        Ok(StepLosses::from_values(self.sums.map(|sum| sum / self.count.max(1) as f64)))
    }

    /// The losses of the steps that were read since the last call, in order.
    pub(crate) fn take_read(&mut self) -> Vec<StepLosses> {
        std::mem::take(&mut self.read)
    }

    fn synchronize(&mut self) -> Result<(), f32> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let values: Tensor<B, 2> = Tensor::stack(std::mem::take(&mut self.waiting), 0);
        let values: Vec<f32> = values.into_data().iter::<f32>().collect();
        for step in values.as_chunks::<{ StepLosses::COUNT }>().0 {
            let losses = StepLosses::from_values(step.map(f64::from));
            if !losses.total.is_finite() {
                return Err(losses.total as f32);
            }
            for (sum, value) in self.sums.iter_mut().zip(losses.values()) {
                *sum += value;
            }
            self.read.push(losses);
            self.count += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::BatchLosses;
    use burn::backend::Flex;

    fn tensors(total: f32) -> StepTensors<Flex> {
        let tensor = |value: f32| Tensor::from_floats([value], &Default::default());
        let losses = BatchLosses {
            total: tensor(total),
            classification: tensor(0.5 * total),
            single_center: tensor(5.0 * total),
        };
        StepTensors { losses, gradient_norm: tensor(2.0 * total) }
    }

    fn losses(total: f64) -> StepLosses {
        StepLosses {
            total,
            classification: 0.5 * total,
            single_center: 5.0 * total,
            gradient_norm: 2.0 * total,
        }
    }

    #[test]
    fn every_step_counts_once_wherever_the_reads_fall() {
        let mut accumulator = LossAccumulator::new();
        for step in 1..=INTERVAL + 3 {
            accumulator.add(tensors(step as f32)).unwrap();
        }
        assert_eq!(accumulator.take_read().len(), INTERVAL);
        assert_eq!(accumulator.means(), Ok(losses((INTERVAL + 4) as f64 / 2.0)));
        assert_eq!(accumulator.take_read().last(), Some(&losses((INTERVAL + 3) as f64)));
    }

    #[test]
    fn a_loss_that_is_not_finite_is_an_error() {
        let mut accumulator = LossAccumulator::new();
        accumulator.add(tensors(f32::NAN)).unwrap();
        assert!(accumulator.means().unwrap_err().is_nan());
    }
}
