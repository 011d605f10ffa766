//! Times SCADE-Net on the CPU backends: `cargo run -p scade-model --example throughput`.
#![allow(clippy::print_stdout)]

use std::time::Instant;

use burn::backend::{Autodiff, Flex, NdArray};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Distribution, Tensor};
use scade_model::ScadeNetConfig;

fn pictures<B: Backend>(batch: usize) -> Tensor<B, 4> {
    Tensor::random([batch, 4, 256, 256], Distribution::Uniform(0.0, 1.0), &Default::default())
}

/// Median of `repeats` runs after one that is not counted, in milliseconds.
fn median_ms(repeats: usize, mut run: impl FnMut()) -> f64 {
    run();
    let mut times: Vec<f64> = (0..repeats)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[repeats / 2]
}

fn forward<B: Backend>(batch: usize, repeats: usize) -> f64 {
    let network = ScadeNetConfig::default().init::<B>(&Default::default());
    let pictures = pictures::<B>(batch);
    median_ms(repeats, || {
        network.forward(pictures.clone()).logits.into_data();
    })
}

fn forward_backward<B: AutodiffBackend>(batch: usize, repeats: usize) -> f64 {
    let network = ScadeNetConfig::default().init::<B>(&Default::default());
    let pictures = pictures::<B>(batch);
    median_ms(repeats, || {
        let output = network.forward(pictures.clone());
        output.logits.mean().backward();
    })
}

fn report<B: Backend>(name: &str) {
    let (one, many) = (forward::<B>(1, 9), forward::<B>(32, 3));
    println!("{name:<8} forward, batch 1: {one:.1} ms; batch 32: {many:.0} ms");
    let step = forward_backward::<Autodiff<B>>(16, 3);
    println!("{name:<8} forward and backward, batch 16: {step:.0} ms");
}

fn main() {
    report::<Flex>("flex");
    report::<NdArray>("ndarray");
}
