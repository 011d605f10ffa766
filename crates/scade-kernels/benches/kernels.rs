//! Benchmarks of the kernels: `cargo bench -p scade-kernels` prints operations per second.
//!
//! The limit is arithmetic: `lanes · 2 · fused multiplications per cycle · clock`. A core that
//! starts two 256-bit or one 512-bit multiplication a cycle does 32 operations in it, 118 G a
//! second at 3.7 GHz. Activation, pooling and sums are not counted.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use scade_kernels::infer::{
    BlockWeights, CompiledNetwork, HeadWeights, HiddenActivation, Linear, NetworkWeights,
    Normalization,
};
use scade_kernels::train::{Batch, Block};
use scade_kernels::{Activation, Level};

/// A block of SCADE-Net.
#[derive(Clone, Copy)]
struct Form {
    channels: [usize; 2],
    kernel_size: usize,
    pool: usize,
    attention: bool,
    /// Height and width of its input.
    size: usize,
}

/// From the image to the features, in order.
const BLOCKS: [Form; 4] = [
    Form { channels: [4, 8], kernel_size: 3, pool: 2, attention: false, size: 256 },
    Form { channels: [8, 8], kernel_size: 5, pool: 2, attention: false, size: 128 },
    Form { channels: [8, 16], kernel_size: 5, pool: 2, attention: true, size: 64 },
    Form { channels: [16, 16], kernel_size: 5, pool: 4, attention: true, size: 32 },
];

impl Form {
    fn weights(self) -> usize {
        self.channels[0] * self.channels[1] * self.kernel_size.pow(2)
    }

    /// Operations of the convolution for one image, a multiplication and an addition counted as two.
    fn work(self) -> u64 {
        2 * (self.weights() * self.size.pow(2)) as u64
    }

    fn infer(self) -> BlockWeights {
        let outputs = self.channels[1];
        BlockWeights {
            channels: self.channels,
            kernel_size: self.kernel_size,
            kernel: numbers(self.weights()),
            bias: numbers(outputs),
            activation: Activation::Silu,
            attention: self.attention.then(|| numbers(3)),
            normalization: Normalization {
                gamma: vec![1.0; outputs],
                beta: numbers(outputs),
                mean: numbers(outputs),
                variance: vec![1.0; outputs],
                epsilon: 1e-5,
            },
            pool: self.pool,
        }
    }

    fn train(self) -> Block {
        let outputs = self.channels[1];
        Block {
            channels: self.channels,
            kernel_size: self.kernel_size,
            pool: self.pool,
            activation: Activation::Silu,
            kernel: numbers(self.weights()),
            bias: numbers(outputs),
            attention: self.attention.then(|| numbers(3)),
            gamma: vec![1.0; outputs],
            beta: numbers(outputs),
            epsilon: 1e-5,
        }
    }
}

/// Small numbers that differ from each other.
fn numbers(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
}

fn network(criterion: &mut Criterion) {
    let weights = NetworkWeights {
        size: [256, 256],
        blocks: BLOCKS.map(Form::infer).to_vec(),
        head: HeadWeights {
            hidden: Linear { weights: numbers(16 * 1024), bias: numbers(16) },
            activation: HiddenActivation::Same(Activation::Silu),
            last: Linear { weights: numbers(16), bias: numbers(1) },
        },
    };
    let work: u64 = BLOCKS.map(Form::work).iter().sum();
    let mut group = criterion.benchmark_group("SCADE-Net, inference");
    group.sample_size(20);
    for level in Level::available() {
        let network = CompiledNetwork::with_level(weights.clone(), level).unwrap();
        for batch in [1, 32] {
            let images = numbers(batch * 4 * 256 * 256);
            let (mut logits, mut features) = (vec![0.0; batch], vec![0.0; batch * 1024]);
            group.throughput(Throughput::Elements(batch as u64 * work));
            group.bench_function(BenchmarkId::new(level.name(), batch), |bencher| {
                bencher.iter(|| network.forward(black_box(&images), &mut logits, &mut features));
            });
        }
    }
}

/// Each block, forward and backward, on 1 thread and on 2.
fn training(criterion: &mut Criterion) {
    const BATCH: usize = 8;
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for form in BLOCKS {
            let (block, size) = (form.train(), form.size);
            let [inputs, outputs] = form.channels;
            let input = numbers(BATCH * inputs * size * size);
            let batch = Batch { values: &input, size: [size; 2] };
            let gradient = numbers(BATCH * outputs * (size / form.pool).pow(2));
            let saved = block.forward(batch).saved;
            // The first block needs no gradient of its input.
            let by_input = size < 256;
            let name = format!("training, {inputs} to {outputs} channels, {size} px");
            let mut group = criterion.benchmark_group(name);
            group.sample_size(20);
            group.throughput(Throughput::Elements(BATCH as u64 * form.work()));
            group.bench_function(BenchmarkId::new("forward", threads), |bencher| {
                bencher.iter(|| pool.install(|| block.forward(black_box(batch))));
            });
            // Forward again, kernel gradient, input gradient.
            let passes = if by_input { 3 } else { 2 };
            group.throughput(Throughput::Elements(BATCH as u64 * passes * form.work()));
            group.bench_function(BenchmarkId::new("backward", threads), |bencher| {
                bencher.iter(|| {
                    pool.install(|| block.backward(black_box(batch), &saved, &gradient, by_input))
                });
            });
        }
    }
}

criterion_group!(benches, network, training);
criterion_main!(benches);
