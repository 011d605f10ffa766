//! Forward and backward against plain loops in double precision with finite-difference gradients.

use super::*;
use crate::testing::{assert_close, numbers, slow_attention, slow_conv, slow_pool, wide};
use crate::{Activation, Level};

const EPSILON: f64 = 1e-5;

/// All inputs and parameters of a block in double precision.
#[derive(Clone)]
struct Slow {
    block: Block,
    size: [usize; 2],
    input: Vec<f64>,
    kernel: Vec<f64>,
    bias: Vec<f64>,
    attention: Vec<f64>,
    gamma: Vec<f64>,
    beta: Vec<f64>,
}

/// Output, mean and variance.
struct SlowForward {
    output: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
}

impl Slow {
    fn forward(&self) -> SlowForward {
        let ([inputs, outputs], [height, width]) = (self.block.channels, self.size);
        let mut images: Vec<Vec<Vec<f64>>> = Vec::new();
        for image in self.input.chunks(inputs * height * width) {
            let shape = [inputs, height, width];
            let conv = slow_conv(image, shape, &self.kernel, &self.bias, self.block.kernel_size);
            let active =
                |plane: &[f64]| plane.iter().map(|v| self.block.activation.exact(*v)).collect();
            let mut planes: Vec<Vec<f64>> = conv.chunks(height * width).map(active).collect();
            if !self.attention.is_empty() {
                slow_attention(&mut planes, &self.attention);
            }
            images.push(planes);
        }
        let (mut mean, mut variance) = (vec![0.0; outputs], vec![0.0; outputs]);
        let count = (images.len() * height * width) as f64;
        for c in 0..outputs {
            let values = || images.iter().flat_map(|planes| planes[c].iter());
            mean[c] = values().sum::<f64>() / count;
            variance[c] = values().map(|v| (v - mean[c]).powi(2)).sum::<f64>() / count;
        }
        let mut output = Vec::new();
        for planes in &images {
            for (c, plane) in planes.iter().enumerate() {
                let scale = self.gamma[c] / (variance[c] + EPSILON).sqrt();
                let plane: Vec<f64> =
                    plane.iter().map(|v| scale * (v - mean[c]) + self.beta[c]).collect();
                output.extend(slow_pool(&plane, self.size, self.block.pool));
            }
        }
        SlowForward { output, mean, variance }
    }

    /// `d Σ output·weights / d part`, by finite differences.
    fn gradient(&self, weights: &[f32], part: fn(&mut Self) -> &mut Vec<f64>) -> Vec<f64> {
        const STEP: f64 = 1e-6;
        let loss = |moved: &Self| -> f64 {
            moved.forward().output.iter().zip(weights).map(|(v, w)| v * f64::from(*w)).sum()
        };
        let mut moved = self.clone();
        let count = part(&mut moved).len();
        let slope = |i: usize| {
            let value = part(&mut moved)[i];
            part(&mut moved)[i] = value + STEP;
            let above = loss(&moved);
            part(&mut moved)[i] = value - STEP;
            let below = loss(&moved);
            part(&mut moved)[i] = value;
            (above - below) / (2.0 * STEP)
        };
        (0..count).map(slope).collect()
    }
}

/// Small versions of the networks' blocks: with and without attention, both activations, all kernel
/// sizes, widths that are not multiples of the vector length.
fn cases() -> Vec<Slow> {
    use Activation::{Relu, Silu};
    [
        ([4, 8], 3, 2, Silu, 0, [8, 10]),
        ([2, 4], 5, 4, Silu, 3, [8, 12]),
        ([3, 4], 1, 2, Relu, 5, [4, 34]),
        ([2, 8], 3, 4, Relu, 0, [4, 8]),
    ]
    .into_iter()
    .map(|(channels, kernel_size, pool, activation, neighbors, size)| {
        let [inputs, outputs] = channels;
        let block = Block {
            channels,
            kernel_size,
            pool,
            activation,
            kernel: numbers(1, inputs * outputs * kernel_size * kernel_size),
            bias: numbers(2, outputs),
            attention: (neighbors > 0).then(|| numbers(3, neighbors)),
            // Some scales are negative: there pooling takes the smallest value.
            gamma: numbers(4, outputs),
            beta: numbers(5, outputs),
            epsilon: EPSILON,
        };
        Slow {
            size,
            input: wide(&numbers(6, 3 * inputs * size[0] * size[1])),
            kernel: wide(&block.kernel),
            bias: wide(&block.bias),
            attention: wide(block.attention.as_deref().unwrap_or_default()),
            gamma: wide(&block.gamma),
            beta: wide(&block.beta),
            block,
        }
    })
    .collect()
}

fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

#[test]
fn forward_agrees_with_plain_loops() {
    for slow in cases() {
        let expected = slow.forward();
        let input = narrow(&slow.input);
        for level in Level::available() {
            let batch = Batch { values: &input, size: slow.size };
            let got = slow.block.forward_with(level, batch);
            let name = format!("{level:?} {:?}", slow.block.channels);
            assert_close(&name, &got.output, &expected.output, 2e-6);
            assert_close(&name, &got.mean, &expected.mean, 2e-6);
            assert_close(&name, &got.variance, &expected.variance, 2e-6);
        }
    }
}

#[test]
fn backward_agrees_with_finite_differences() {
    for slow in cases() {
        let input = narrow(&slow.input);
        let by_output = numbers(7, slow.forward().output.len());
        let by = |part| slow.gradient(&by_output, part);
        let expected = [
            by(|slow| &mut slow.input),
            by(|slow| &mut slow.kernel),
            by(|slow| &mut slow.bias),
            by(|slow| &mut slow.attention),
            by(|slow| &mut slow.gamma),
            by(|slow| &mut slow.beta),
        ];
        for level in Level::available() {
            let batch = Batch { values: &input, size: slow.size };
            let saved = slow.block.forward_with(level, batch).saved;
            for by_input in [true, false] {
                let got = slow.block.backward_with(level, batch, &saved, &by_output, by_input);
                let name = |part| format!("{level:?} {:?} {part}", slow.block.channels);
                match got.input {
                    Some(got) => assert_close(&name("input"), &got, &expected[0], 1e-5),
                    None => assert!(!by_input),
                }
                assert_close(&name("kernel"), &got.kernel, &expected[1], 1e-5);
                assert_close(&name("bias"), &got.bias, &expected[2], 1e-5);
                let attention = got.attention.unwrap_or_default();
                assert_close(&name("attention"), &attention, &expected[3], 1e-5);
                assert_close(&name("gamma"), &got.gamma, &expected[4], 1e-5);
                assert_close(&name("beta"), &got.beta, &expected[5], 1e-5);
            }
        }
    }
}

/// An image larger than a band, with and without the overlapping rows around bands.
#[test]
fn bands_join_without_a_seam() {
    let slow = &cases()[0];
    let size = [48, 200];
    let input = numbers(8, 2 * 4 * size[0] * size[1]);
    let batch = Batch { values: &input, size };
    let forward = slow.block.forward(batch);
    let by_output = numbers(9, forward.output.len());
    let whole = slow.block.backward(batch, &forward.saved, &by_output, true);
    let banded = slow.block.backward(batch, &forward.saved, &by_output, false);
    assert_eq!(whole.kernel, banded.kernel);
    assert_eq!(whole.bias, banded.bias);
    // Shifting everything by a band moves the seams but must not change the sums.
    let slow = Slow { size, input: wide(&input), ..slow.clone() };
    let expected = slow.gradient(&by_output, |slow| &mut slow.bias);
    assert_close("bias", &whole.bias, &expected, 2e-5);
}

#[test]
fn a_small_variance_survives_a_large_mean() {
    let mut slow = cases()[0].clone();
    slow.kernel.iter_mut().for_each(|weight| *weight *= 1e-3);
    slow.bias.iter_mut().for_each(|bias| *bias += 20.0);
    slow.block.kernel = narrow(&slow.kernel);
    slow.block.bias = narrow(&slow.bias);
    slow.kernel = wide(&slow.block.kernel);
    slow.bias = wide(&slow.block.bias);
    let input = narrow(&slow.input);
    let got = slow.block.forward(Batch { values: &input, size: slow.size });
    assert_close("variance", &got.variance, &slow.forward().variance, 1e-3);
}

#[test]
fn results_are_bit_identical_for_any_number_of_threads() {
    let slow = &cases()[1];
    let input = numbers(10, 7 * 2 * 8 * 12);
    let batch = Batch { values: &input, size: slow.size };
    let run = || {
        let forward = slow.block.forward(batch);
        let by_output = numbers(11, forward.output.len());
        let back = slow.block.backward(batch, &forward.saved, &by_output, true);
        (forward.output, forward.variance, back.kernel, back.bias, back.attention, back.input)
    };
    let expected = run();
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(run) == expected, "{threads} threads");
    }
}

/// Of equal values the first gets the gradient, as in PyTorch.
#[test]
fn the_first_of_equal_values_is_pooled() {
    let block = Block { kernel: vec![1.0; 4], bias: vec![0.0; 4], ..cases()[2].block.clone() };
    let block = Block {
        channels: [1, 4],
        attention: None,
        gamma: vec![1.0, -1.0, 1.0, -1.0],
        beta: vec![0.0; 4],
        ..block
    };
    // The largest value is second and third, the smallest first and fourth.
    let input = [1.0, 3.0, 3.0, 1.0];
    for level in Level::available() {
        let forward = block.forward_with(level, Batch { values: &input, size: [2, 2] });
        assert_eq!(forward.saved.places, [1, 0, 1, 0], "{level:?}");
    }
}
