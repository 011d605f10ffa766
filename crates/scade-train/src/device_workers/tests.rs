//! Four devices on the CPU do together what one does alone.

use super::*;
use burn::backend::{Autodiff, Flex};
use scade_data::FACE_SIZE;
use scade_model::{NetworkConfig, ScadeNetConfig};
use scade_sample::PixelBatch;

type B = Autodiff<Flex>;

const DEVICES: usize = 4;

fn config() -> Config {
    let network = ScadeNetConfig { dropout_rate: 0.0, ..ScadeNetConfig::default() };
    Config { network: NetworkConfig::ScadeNet(network), ..Config::default() }
}

fn objective(config: &Config) -> Objective {
    Objective::new(config, config.loss.classification)
}

/// A real and a fake sample of a pattern that `seed` decides.
fn batch(seed: usize, channels: usize) -> HostBatch {
    let count = 2 * channels * FACE_SIZE * FACE_SIZE;
    let pixel = |i: usize| ((i + 7 * seed) * (i % 641 + 3 * seed + 1) % 251) as f32 / 250.0;
    let pixels = PixelBatch::from_pixels((0..count).map(pixel).collect(), channels == 4);
    HostBatch { pixels, labels: vec![0.0, 1.0], items: vec![0, 1] }
}

fn weights(module: &TrainModule<B>) -> Vec<u32> {
    flat::weights(module).into_iter().map(f32::to_bits).collect()
}

/// Devices of one process.
fn start(
    devices: &[burn::tensor::Device<B>],
    module: &TrainModule<B>,
    optimizer: &TrainOptimizer<B>,
    config: &Config,
) -> Result<DeviceWorkers<B>, Error> {
    DeviceWorkers::start(devices, module, optimizer, config, &objective(config), None)
}

/// Largest difference relative to the largest number.
fn error(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len());
    let scale = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let pairs = got.iter().zip(expected);
    // Of zeros only, the single-center loss may be one, the difference itself.
    let scale = if scale > 0.0 { scale } else { 1.0 };
    pairs.fold(0.0_f32, |most, (a, b)| most.max((a - b).abs())) / scale
}

/// The gradient of a step over four devices, beside the mean of those of the four batches computed one
/// after the other.
#[test]
fn the_gradient_of_a_step_is_the_mean_over_the_devices() {
    let config = config();
    let devices = vec![Default::default(); DEVICES];
    let module = TrainModule::<B>::init(&config, &devices[0]);
    let shards: Vec<_> = (0..DEVICES).map(|seed| batch(seed, 4)).collect();
    let bucket = |shard: &HostBatch, count| {
        let sent = [shard.clone().into_device(&Default::default())].into_iter();
        module.accumulate(sent, &objective(&config), count)
    };
    let numbers = |bucket: GradientBucket<B>| flat::numbers(bucket.pack(&module).into_data());
    let separate: Vec<_> = shards.iter().map(|shard| numbers(bucket(shard, 1))).collect();
    let mean: Vec<f32> = (0..separate[0].len())
        .map(|i| separate.iter().map(|row| f64::from(row[i])).sum::<f64>() as f32 / DEVICES as f32)
        .collect();

    let optimizer = TrainModule::optimizer(&config.optimizer);
    let workers = start(&devices, &module, &optimizer, &config).unwrap();
    for (other, shard) in workers.others.iter().zip(&shards[1..]) {
        let batches = vec![shard.clone()];
        other.orders.send(Order::Step { batches, count: DEVICES, learning_rate: 1e-3 }).unwrap();
    }
    let own = bucket(&shards[0], DEVICES).pack(&module);
    let applied = flat::numbers(workers.all_reduce(own).unwrap().into_data());
    let difference = error(&applied, &mean);
    assert!(difference < 1e-5, "{difference}");
    assert!(error(&separate[0], &mean) > 1e-2, "the batches differ");
}

#[test]
fn devices_stay_identical_over_fifty_steps() {
    let config = config();
    let devices = vec![Default::default(); DEVICES];
    let mut module = TrainModule::<B>::init(&config, &devices[0]);
    let mut optimizer = TrainModule::optimizer(&config.optimizer);
    // Of weights that are not initialized yet: all must get the same ones.
    let workers = start(&devices, &module, &optimizer, &config).unwrap();
    assert_eq!(workers.device_count(), DEVICES);
    let start = weights(&module);
    for step in 0..50 {
        // The last group of an epoch may have fewer batches than there are devices.
        let batches = if step % 10 == 9 { 3 } else { DEVICES };
        let group = (0..batches).map(|shard| batch(step * DEVICES + shard, 4)).collect();
        let (next, losses) =
            workers.step(module, group, batches, &mut optimizer, 1e-3, &devices[0]).unwrap();
        let total = flat::numbers(losses.losses.total.into_data())[0];
        assert!(total.is_finite() && total > 0.0, "step {step}: {total}");
        module = next;
    }
    module = workers.synchronize_statistics(module).unwrap();
    let expected = weights(&module);
    assert!(expected != start, "the weights changed");
    let others = workers.finish();
    assert_eq!(others.len(), DEVICES - 1);
    for other in &others {
        assert!(weights(other) == expected);
    }
}

/// Two devices with a batch each make the step that one device makes with both.
#[test]
fn a_step_is_that_of_one_device_with_all_batches() {
    let config = config();
    let devices = vec![Default::default(); 2];
    let module = TrainModule::<B>::init(&config, &devices[0]);
    flat::materialize(&module);
    let record = || module.clone().into_record();
    let alone = TrainModule::init(&config, &devices[0]).load_record(record());
    let optimizer = || TrainModule::optimizer(&config.optimizer);
    let group: Vec<_> = (0..2).map(|seed| batch(seed, 4)).collect();
    let sent = group.clone().into_iter().map(|batch| batch.into_device(&devices[0]));
    let (_, expected) = alone.step(sent, &objective(&config), &mut optimizer(), 1e-3, 1.0);
    let workers = start(&devices, &module, &optimizer(), &config).unwrap();
    let (_, got) = workers.step(module, group, 2, &mut optimizer(), 1e-3, &devices[0]).unwrap();
    let pairs = [
        (got.losses.flatten(), expected.losses.flatten()),
        (got.gradient_norm, expected.gradient_norm),
    ];
    for (got, expected) in pairs {
        let [got, expected] = [got, expected].map(|value| flat::numbers(value.into_data()));
        assert!(error(&got, &expected) < 1e-5, "{got:?} {expected:?}");
    }
}

#[test]
fn a_device_that_fails_ends_the_step_with_its_reason() {
    let config = config();
    let devices = vec![Default::default(); 3];
    let module = TrainModule::<B>::init(&config, &devices[0]);
    let mut optimizer = TrainModule::optimizer(&config.optimizer);
    let workers = start(&devices, &module, &optimizer, &config).unwrap();
    // The last device gets a batch that the network cannot take.
    let group = vec![batch(0, 4), batch(1, 4), batch(2, 3)];
    let error = workers.step(module, group, 3, &mut optimizer, 1e-3, &devices[0]).err().unwrap();
    assert!(matches!(error, Error::Device { index: 2, .. }), "{error}");
    drop(workers);
    // The next training is not harmed.
    let module = TrainModule::<B>::init(&config, &devices[0]);
    let workers = start(&devices, &module, &optimizer, &config).unwrap();
    let group = (0..3).map(|seed| batch(seed, 4)).collect();
    workers.step(module, group, 3, &mut optimizer, 1e-3, &devices[0]).unwrap();
}
