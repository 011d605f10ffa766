//! The losses of an epoch, read back from the device a few steps at a time.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use crate::trainee::Losses;

/// Steps between two reads: reading waits for the device, and a step should not.
const INTERVAL: usize = 8;

/// Sums of the losses of an epoch.
pub(crate) struct Meter<B: Backend> {
    waiting: Vec<Tensor<B, 1>>,
    /// Total, classification, single-center, norm of the gradient.
    sums: [f64; 4],
    read: usize,
    /// Read, and not yet asked for.
    fresh: Vec<[f64; 4]>,
}

impl<B: Backend> Meter<B> {
    pub(crate) fn new() -> Self {
        Self { waiting: Vec::new(), sums: [0.0; 4], read: 0, fresh: Vec::new() }
    }

    /// Takes the losses of a step. Now and then it reads what has gathered; the error is a loss
    /// that is no finite number.
    pub(crate) fn add(&mut self, losses: Losses<B>) -> Result<(), f32> {
        let Losses { total, classification, single_center, gradient_norm } = losses;
        let parts = vec![total, classification, single_center, gradient_norm];
        self.waiting.push(Tensor::cat(parts, 0));
        if self.waiting.len() >= INTERVAL { self.read() } else { Ok(()) }
    }

    /// Means over all steps so far: total, classification, single-center, norm of the
    /// gradient.
    pub(crate) fn means(&mut self) -> Result<[f64; 4], f32> {
        self.read()?;
        Ok(self.sums.map(|sum| sum / self.read.max(1) as f64))
    }

    /// The losses of the steps that were read since the last call, in order; the last is that of the
    /// last step that was added.
    pub(crate) fn fresh(&mut self) -> Vec<[f64; 4]> {
        std::mem::take(&mut self.fresh)
    }

    fn read(&mut self) -> Result<(), f32> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let values: Tensor<B, 2> = Tensor::stack(std::mem::take(&mut self.waiting), 0);
        let values: Vec<f32> = values.into_data().iter::<f32>().collect();
        for step in values.chunks_exact(4) {
            if !step[0].is_finite() {
                return Err(step[0]);
            }
            let step = std::array::from_fn(|part| f64::from(step[part]));
            for (sum, value) in self.sums.iter_mut().zip(step) {
                *sum += value;
            }
            self.fresh.push(step);
            self.read += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    fn losses(total: f32) -> Losses<Flex> {
        let tensor = |value: f32| Tensor::from_floats([value], &Default::default());
        Losses {
            total: tensor(total),
            classification: tensor(0.5 * total),
            single_center: tensor(5.0 * total),
            gradient_norm: tensor(2.0 * total),
        }
    }

    #[test]
    fn every_step_counts_once_wherever_the_reads_fall() {
        let mut meter = Meter::new();
        for step in 1..=INTERVAL + 3 {
            meter.add(losses(step as f32)).unwrap();
        }
        assert_eq!(meter.fresh().len(), INTERVAL);
        let mean = (INTERVAL + 4) as f64 / 2.0;
        assert_eq!(meter.means(), Ok([mean, 0.5 * mean, 5.0 * mean, 2.0 * mean]));
        let last = (INTERVAL + 3) as f64;
        assert_eq!(meter.fresh().last(), Some(&[last, 0.5 * last, 5.0 * last, 2.0 * last]));
    }

    #[test]
    fn a_loss_that_is_no_number_is_an_error() {
        let mut meter = Meter::new();
        meter.add(losses(f32::NAN)).unwrap();
        assert!(meter.means().unwrap_err().is_nan());
    }
}
