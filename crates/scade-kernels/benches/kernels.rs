//! Times of the kernels: `cargo bench -p scade-kernels`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scade_kernels::infer::{
    BlockWeights, CompiledNetwork, HeadWeights, HiddenActivation, Linear, NetworkWeights,
    Normalisation,
};
use scade_kernels::{Activation, Level};

/// Numbers that are neither equal nor large.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn block(channels: [usize; 2], side: usize, pool: usize, attention: bool) -> BlockWeights {
    let [inputs, outputs] = channels;
    BlockWeights {
        channels,
        side,
        kernel: numbers(inputs * outputs * side * side),
        bias: numbers(outputs),
        activation: Activation::Silu,
        attention: attention.then(|| numbers(3)),
        normalisation: Normalisation {
            gamma: vec![1.0; outputs],
            beta: numbers(outputs),
            mean: numbers(outputs),
            variance: vec![1.0; outputs],
            epsilon: 1e-5,
        },
        pool,
    }
}

fn scade_net() -> NetworkWeights {
    NetworkWeights {
        size: [256, 256],
        blocks: vec![
            block([4, 8], 3, 2, false),
            block([8, 8], 5, 2, false),
            block([8, 16], 5, 2, true),
            block([16, 16], 5, 4, true),
        ],
        head: HeadWeights {
            hidden: Linear { weights: numbers(16 * 1024), bias: numbers(16) },
            activation: HiddenActivation::Same(Activation::Silu),
            last: Linear { weights: numbers(16), bias: numbers(1) },
        },
    }
}

/// Multiplications and additions of SCADE-Net's convolutions for a picture.
const WORK: u64 = 2 * 64_749_568;

fn network(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("SCADE-Net");
    for level in Level::available() {
        let network = CompiledNetwork::with_level(scade_net(), level).unwrap();
        for batch in [1, 32] {
            let images = numbers(batch * 4 * 256 * 256);
            let (mut logits, mut features) = (vec![0.0; batch], vec![0.0; batch * 1024]);
            group.throughput(Throughput::Elements(batch as u64 * WORK));
            group.bench_function(BenchmarkId::new(level.name(), batch), |bencher| {
                bencher.iter(|| network.forward(black_box(&images), &mut logits, &mut features));
            });
        }
    }
}

criterion_group!(benches, network);
criterion_main!(benches);
