//! Reference implementations for tests: plain loops in double precision, and random numbers.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::infer::BlockWeights;

/// `count` numbers in -1..1.
pub(crate) fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// The tolerance is relative to the largest expected number.
#[track_caller]
pub(crate) fn assert_close(name: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{name}: length");
    let largest = expected.iter().fold(0.0f64, |most, value| most.max(value.abs()));
    for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
        let off = (f64::from(*got) - expected).abs();
        assert!(off <= tolerance * largest, "{name}: {got} at {i}, expected {expected}");
    }
}

pub(crate) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// A convolution that keeps the size, `[inputs, height, width]` to `[outputs, height, width]`.
pub(crate) fn slow_conv(
    input: &[f64],
    [inputs, height, width]: [usize; 3],
    weights: &[f64],
    bias: &[f64],
    kernel_size: usize,
) -> Vec<f64> {
    let margin = kernel_size / 2;
    let at = |channel: usize, y: usize, x: usize| -> f64 {
        let inside =
            (margin..height + margin).contains(&y) && (margin..width + margin).contains(&x);
        let place = || (channel * height + y - margin) * width + x - margin;
        if inside { input[place()] } else { 0.0 }
    };
    let mut out = Vec::new();
    for (output, bias) in bias.iter().enumerate() {
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let mut sum = *bias;
            for position in 0..inputs * kernel_size * kernel_size {
                let (channel, ky, kx) = (
                    position / (kernel_size * kernel_size),
                    position / kernel_size % kernel_size,
                    position % kernel_size,
                );
                let weight = weights[output * inputs * kernel_size * kernel_size + position];
                sum += weight * at(channel, y + ky, x + kx);
            }
            out.push(sum);
        }
    }
    out
}

/// Attention with these weights on `[channels][pixels]`, in place.
pub(crate) fn slow_attention(planes: &mut [Vec<f64>], weights: &[f64]) {
    let means: Vec<f64> =
        planes.iter().map(|plane| plane.iter().sum::<f64>() / plane.len() as f64).collect();
    for (channel, plane) in planes.iter_mut().enumerate() {
        let mut mixed = 0.0;
        for (position, weight) in weights.iter().enumerate() {
            let place = channel as isize + position as isize - (weights.len() / 2) as isize;
            if (0..means.len() as isize).contains(&place) {
                mixed += weight * means[place as usize];
            }
        }
        plane.iter_mut().for_each(|value| *value /= 1.0 + (-mixed).exp());
    }
}

/// Max-pooling of a plane.
pub(crate) fn slow_pool(plane: &[f64], [height, width]: [usize; 2], pool: usize) -> Vec<f64> {
    let mut out = vec![f64::MIN; height / pool * (width / pool)];
    for (place, value) in plane.iter().enumerate() {
        let at = place / width / pool * (width / pool) + place % width / pool;
        out[at] = out[at].max(*value);
    }
    out
}

/// A block in inference, with the shape of its output.
pub(crate) fn slow_block(
    block: &BlockWeights,
    input: &[f64],
    [height, width]: [usize; 2],
) -> Vec<f64> {
    let shape = [block.channels[0], height, width];
    let conv = slow_conv(input, shape, &wide(&block.kernel), &wide(&block.bias), block.kernel_size);
    let active = |plane: &[f64]| plane.iter().map(|v| block.activation.exact(*v)).collect();
    let mut planes: Vec<Vec<f64>> = conv.chunks(height * width).map(active).collect();
    if let Some(weights) = &block.attention {
        slow_attention(&mut planes, &wide(weights));
    }
    let norm = &block.normalization;
    let mut out = Vec::new();
    for (channel, plane) in planes.iter_mut().enumerate() {
        let at = |values: &[f32]| f64::from(values[channel]);
        let deviation = (at(&norm.variance) + norm.epsilon).sqrt();
        for value in plane.iter_mut() {
            *value = at(&norm.gamma) * (*value - at(&norm.mean)) / deviation + at(&norm.beta);
        }
        out.extend(slow_pool(plane, [height, width], block.pool));
    }
    out
}
