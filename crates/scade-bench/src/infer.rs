//! Inference of tensor batches.

use burn::tensor::{Distribution, Tensor};
use scade_kernels::Kernels;
use scade_model::{NetworkConfig, Predictor};
use serde_json::{Map, Value, json};

use crate::measure::median_ms;

/// Batch sizes, and the number of runs of each.
const BATCHES: [(usize, usize); 2] = [(1, 40), (32, 15)];

/// Median milliseconds per batch.
pub(crate) fn run<B: Kernels>(device: &B::Device) -> Value {
    let config = NetworkConfig::default();
    let network: Predictor<B> = Predictor::new(config.init::<B>(device));
    let mut rows = Map::new();
    for (batch, runs) in BATCHES {
        let shape = config.input().batch(batch);
        let images = Tensor::random(shape, Distribution::Uniform(0.0, 1.0), device);
        let time = median_ms(runs, 3, || {
            // Reading the logits waits for the device.
            drop(network.forward(images.clone()).logits.into_data());
        });
        rows.insert(format!("batch{batch}"), json!(time));
    }
    Value::Object(rows)
}
