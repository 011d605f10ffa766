//! Training steps.

use scade_kernels::TrainingKernels;
use scade_train::{Config, Steps};
use serde_json::{Map, Value, json};

use crate::measure::median_ms;

/// The timed cases: name, batch size, channels, and runs.
const BATCHES: [(&str, usize, usize, usize); 3] =
    [("batch16", 16, 4, 9), ("batch64_rgb", 64, 3, 5), ("batch75", 75, 4, 5)];

/// Median milliseconds of a step on noise, with the default recipe.
pub(crate) fn run<B: TrainingKernels>(device: &B::Device) -> anyhow::Result<Value> {
    let mut rows = Map::new();
    for (name, batch_size, channels, runs) in BATCHES {
        let mut config = Config { batch_size, ..Config::default() };
        config.network.set_input_channels(channels);
        let mut steps = Steps::<B>::on_noise(&config, device)?;
        let time = median_ms(runs, 2, || {
            steps.step();
        });
        rows.insert(name.into(), json!(time));
    }
    Ok(Value::Object(rows))
}
