//! The compiled network against plain loops in double precision.

use super::*;
use crate::testing::{assert_close, numbers, slow_block, wide};
use crate::{Activation, Level};

fn block(
    channels: [usize; 2],
    kernel_size: usize,
    pool: usize,
    activation: Activation,
    attention: usize,
) -> BlockWeights {
    let [inputs, outputs] = channels;
    let positive = |seed| numbers(seed, outputs).iter().map(|v| v.abs() + 0.5).collect();
    BlockWeights {
        channels,
        kernel_size,
        kernel: numbers(1, inputs * outputs * kernel_size * kernel_size),
        bias: numbers(2, outputs),
        activation,
        attention: (attention > 0).then(|| numbers(3, attention)),
        normalization: Normalization {
            // Some scales are negative: there pooling takes the smallest value.
            gamma: numbers(4, outputs),
            beta: numbers(5, outputs),
            mean: numbers(6, outputs),
            variance: positive(7),
            epsilon: 1e-5,
        },
        pool,
    }
}

fn head(features: usize, activation: HiddenActivation) -> HeadWeights {
    let hidden = Linear { weights: numbers(8, 16 * features), bias: numbers(9, 16) };
    let last = Linear { weights: numbers(10, 16), bias: numbers(11, 1) };
    HeadWeights { hidden, activation, last }
}

/// Small versions of the published network, its ablations and its baseline.
fn networks() -> [NetworkWeights; 2] {
    use Activation::{Relu, Silu};
    [
        NetworkWeights {
            size: [32, 48],
            blocks: vec![block([4, 8], 3, 2, Silu, 0), block([8, 16], 5, 4, Silu, 3)],
            head: head(16 * 4 * 6, HiddenActivation::Same(Silu)),
        },
        NetworkWeights {
            size: [16, 8],
            blocks: vec![block([3, 8], 3, 2, Relu, 5), block([8, 12], 5, 2, Relu, 0)],
            head: head(12 * 4 * 2, HiddenActivation::Leaky(0.1)),
        },
    ]
}

/// Logits and features.
fn forward(network: &CompiledNetwork, images: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let batch = images.len() / network.input_shape().iter().product::<usize>();
    let (mut logits, mut features) = (vec![0.0; batch], vec![0.0; batch * network.features()]);
    network.forward(images, &mut logits, &mut features);
    (logits, features)
}

#[test]
fn every_network_agrees_with_plain_loops() {
    for weights in networks() {
        let [first, second] = &weights.blocks[..] else { panic!("two blocks") };
        let [height, width] = weights.size;
        let image = numbers(20, first.channels[0] * height * width);
        let between = slow_block(first, &wide(&image), weights.size);
        let expected = slow_block(second, &between, [height / first.pool, width / first.pool]);
        let hidden =
            weights.head.hidden.weights.chunks(expected.len()).zip(&weights.head.hidden.bias);
        let logit = hidden.zip(&weights.head.last.weights).map(|((row, bias), last)| {
            let sum: f64 = row.iter().zip(&expected).map(|(w, x)| f64::from(*w) * x).sum();
            let sum = sum + f64::from(*bias);
            let active = match weights.head.activation {
                HiddenActivation::Same(activation) => activation.exact(sum),
                HiddenActivation::Leaky(slope) => sum.max(0.0) + f64::from(slope) * sum.min(0.0),
            };
            active * f64::from(*last)
        });
        let logit = logit.sum::<f64>() + f64::from(weights.head.last.bias[0]);
        for level in Level::available() {
            let network = CompiledNetwork::with_level(weights.clone(), level).unwrap();
            let (logits, features) = forward(&network, &image);
            assert_close(level.name(), &features, &expected, 2e-6);
            assert_close(level.name(), &logits, &[logit], 2e-6);
        }
    }
}

#[test]
fn results_depend_on_neither_threads_nor_the_rest_of_the_batch() {
    let [weights, _] = networks();
    let network = CompiledNetwork::new(weights).unwrap();
    let image_len = network.input_shape().iter().product::<usize>();
    let images = numbers(21, 5 * image_len);
    let alone: Vec<_> = images.chunks(image_len).map(|image| forward(&network, image)).collect();
    for threads in [1, 2, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (logits, features) = pool.install(|| forward(&network, &images));
        let expected: Vec<f32> = alone.iter().flat_map(|(logit, _)| logit.clone()).collect();
        assert_eq!(logits, expected, "{threads} threads");
        let expected: Vec<f32> = alone.iter().flat_map(|(_, features)| features.clone()).collect();
        assert_eq!(features, expected, "{threads} threads");
    }
}

#[test]
fn errors_name_the_mismatch() {
    let error_of = |change: fn(&mut NetworkWeights)| {
        let [mut weights, _] = networks();
        change(&mut weights);
        CompiledNetwork::new(weights).unwrap_err().to_string()
    };
    assert_eq!(error_of(|w| w.blocks.clear()), "no block");
    assert_eq!(error_of(|w| w.blocks[1].kernel_size = 4), "block 2 has kernel size 4");
    assert_eq!(error_of(|w| w.size = [32, 47]), "block 1 pools 32 × 47 by 2");
    assert_eq!(error_of(|w| w.blocks[1].channels = [4, 16]), "block 2 takes 4 channels, not 8");
    assert!(error_of(|w| w.blocks[0].bias.clear()).contains("block 1 do not fit"));
    assert!(error_of(|w| w.head.last.bias.clear()).contains("head"));
}
