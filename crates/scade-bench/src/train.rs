//! Training steps.

use scade_kernels::TrainingKernels;
use scade_train::{Config, Steps};
use serde_json::{Map, Value, json};

use crate::measure::median_ms;

/// Batch sizes, and runs of each.
const BATCHES: [(usize, usize); 2] = [(16, 9), (75, 5)];

/// Median milliseconds of a step on noise, by the default recipe.
pub(crate) fn run<B: TrainingKernels>(device: &B::Device) -> anyhow::Result<Value> {
    let mut rows = Map::new();
    for (batch_size, runs) in BATCHES {
        let config = Config { batch_size, ..Config::default() };
        let mut steps = Steps::<B>::on_noise(&config, device)?;
        let time = median_ms(runs, 2, || {
            steps.step();
        });
        rows.insert(format!("batch{batch_size}"), json!(time));
    }
    Ok(Value::Object(rows))
}
