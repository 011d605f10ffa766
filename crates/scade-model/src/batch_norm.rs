//! Batch normalization with PyTorch's definition of the running statistics.
//!
//! Burn's own layer keeps the biased batch variance, shows visitors statistics that are one step old, and
//! transposes the whole activation twice per step.

use burn::module::{Initializer, Module, Param, RunningState};
use burn::tensor::{Tensor, backend::Backend};

use crate::precision;

/// Added to the variance before the square root.
pub(crate) const EPSILON: f64 = 1e-5;
/// Weight of the newest batch in the running statistics: `running = 0.9·running + 0.1·batch`.
const MOMENTUM: f64 = 0.1;

/// `gamma·(x - mean)/√(var + 1e-5) + beta`, per channel
/// ([Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167)).
///
/// On a backend with autodiff the statistics are those of the batch, and the running ones are
/// updated; elsewhere the running ones are used.
///
/// Clones share their running statistics, as all of Burn's running states do: while training continues, a
/// clone is not a snapshot of them. Saved weights are.
#[derive(Module, Debug)]
pub struct BatchNorm<B: Backend> {
    /// Scale, `[channels]`.
    pub gamma: Param<Tensor<B, 1>>,
    /// Shift, `[channels]`.
    pub beta: Param<Tensor<B, 1>>,
    /// Running mean, `[channels]`.
    pub running_mean: RunningState<Tensor<B, 1>>,
    /// Running unbiased variance, `[channels]`.
    pub running_var: RunningState<Tensor<B, 1>>,
}

impl<B: Backend> BatchNorm<B> {
    /// Scale 1, shift 0, running mean 0, running variance 1.
    pub fn new(channels: usize, device: &B::Device) -> Self {
        Self {
            gamma: Initializer::Ones.init([channels], device),
            beta: Initializer::Zeros.init([channels], device),
            running_mean: RunningState::new(Tensor::zeros([channels], device)),
            running_var: RunningState::new(Tensor::ones([channels], device)),
        }
    }

    /// Normalizes each channel.
    ///
    /// # Shapes
    /// - `input`: `[batch, channels, height, width]`
    /// - output: the same
    pub fn forward(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        if B::ad_enabled(&input.device()) { self.train(input) } else { self.infer(input) }
    }

    fn infer(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let [scale, shift] = self.scale_and_shift();
        input * per_channel(scale) + per_channel(shift)
    }

    /// What inference multiplies each channel by, and what it then adds, each `[channels]`: the running
    /// statistics and the parameters in two numbers.
    pub fn scale_and_shift(&self) -> [Tensor<B, 1>; 2] {
        let scale = self.gamma.val() / (self.running_var.value() + EPSILON).sqrt();
        let shift = self.beta.val() - self.running_mean.value() * scale.clone();
        [scale, shift]
    }

    fn train(&self, input: Tensor<B, 4>) -> Tensor<B, 4> {
        let [batch, channels, height, width] = input.dims();
        let given = input.dtype();
        let input = precision::widened(input);
        let mean = channel_mean(input.clone());
        let centered = input - mean.clone();
        let var = channel_mean(centered.clone().square());
        self.update(
            mean.detach().reshape([channels]),
            var.clone().detach().reshape([channels]),
            batch * height * width,
        );
        let scale = per_channel(self.gamma.val()) / (var + EPSILON).sqrt();
        precision::narrowed(centered * scale + per_channel(self.beta.val()), given)
    }

    /// Updates the running statistics with a batch of `count` values per channel; `var` is biased.
    pub(crate) fn update(&self, mean: Tensor<B, 1>, var: Tensor<B, 1>, count: usize) {
        let unbiased = count as f64 / count.saturating_sub(1).max(1) as f64;
        for (running, value) in [(&self.running_mean, mean), (&self.running_var, var * unbiased)] {
            let old = running.value_sync();
            running.update(old * (1.0 - MOMENTUM) + value * MOMENTUM);
            // Makes the update visible now, not at the next step.
            running.value_sync();
        }
    }
}

/// `[channels]` as `[1, channels, 1, 1]`.
fn per_channel<B: Backend>(values: Tensor<B, 1>) -> Tensor<B, 4> {
    let [channels] = values.dims();
    values.reshape([1, channels, 1, 1])
}

/// Mean over all but the channels, `[1, channels, 1, 1]`.
///
/// One axis after the other, the innermost first: no backend has to transpose or sums a whole plane in one
/// accumulator, which loses three digits for 65,536 numbers in single precision.
fn channel_mean<B: Backend>(input: Tensor<B, 4>) -> Tensor<B, 4> {
    input.mean_dim(3).mean_dim(2).mean_dim(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::{Autodiff, Flex};
    use burn::module::AutodiffModule;
    use burn::tensor::TensorData;

    type Training = Autodiff<Flex>;

    const SHAPE: [usize; 4] = [2, 3, 2, 4];

    fn input() -> Vec<f32> {
        let count: usize = SHAPE.iter().product();
        (0..count).map(|i| ((i * 7919) % 97) as f32 / 20.0 - 1.0).collect()
    }

    /// Reference mean and biased variance of a channel, in double precision.
    fn statistics(input: &[f32], channel: usize) -> (f64, f64) {
        let [batch, channels, height, width] = SHAPE;
        let plane = height * width;
        let values: Vec<f64> = (0..batch)
            .flat_map(|b| &input[(b * channels + channel) * plane..][..plane])
            .map(|v| f64::from(*v))
            .collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let var = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        (mean, var)
    }

    fn check(got: Tensor<Flex, 4>, expected: impl Fn(f64, usize) -> f64) {
        let plane = SHAPE[2] * SHAPE[3];
        let got: Vec<f32> = got.into_data().to_vec().unwrap();
        for (index, (got, input)) in got.iter().zip(input()).enumerate() {
            let expected = expected(f64::from(input), index / plane % SHAPE[1]);
            assert!((f64::from(*got) - expected).abs() < 2e-6, "{index}: {got}, {expected}");
        }
    }

    #[test]
    fn training_uses_batch_statistics_and_inference_running_ones() {
        let device = Default::default();
        let norm = BatchNorm::<Training>::new(SHAPE[1], &device);
        let batch = Tensor::<Training, 4>::from_data(TensorData::new(input(), SHAPE), &device);
        check(norm.forward(batch.clone()).inner(), |x, channel| {
            let (mean, var) = statistics(&input(), channel);
            (x - mean) / (var + EPSILON).sqrt()
        });
        norm.forward(batch.clone());
        check(norm.valid().forward(batch.inner()), |x, channel| {
            let (mean, var) = statistics(&input(), channel);
            // Two steps of 0.1 toward the batch; 16 values per channel, 15 degrees of freedom.
            let (mean, var) = (0.19 * mean, 0.81 + 0.19 * var * 16.0 / 15.0);
            (x - mean) / (var + EPSILON).sqrt()
        });
    }

    /// Burn's layer shows visitors, and thus saved files, the statistics before the last step.
    #[test]
    fn the_last_step_is_visible_at_once() {
        let device = Default::default();
        let norm = BatchNorm::<Training>::new(1, &device);
        norm.forward(Tensor::<Training, 4>::full([1, 1, 2, 2], 5.0, &device));
        let mean: f32 = norm.running_mean.value().into_scalar();
        assert!((mean - 0.5).abs() < 1e-6, "{mean}");
    }
}
