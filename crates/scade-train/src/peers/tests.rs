//! Four peers on the CPU do together what one does alone.

use super::*;
use burn::backend::{Autodiff, Flex};
use scade_data::FACE_SIZE;
use scade_model::{NetworkConfig, ScadeNetConfig};

type B = Autodiff<Flex>;

const PEERS: usize = 4;

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
    HostBatch { pixels: (0..count).map(pixel).collect(), labels: vec![0.0, 1.0], items: vec![0, 1] }
}

fn weights(trainee: &Trainee<B>) -> Vec<u32> {
    flat::weights(trainee).into_iter().map(f32::to_bits).collect()
}

/// Peers of one machine.
fn start(
    devices: &[burn::tensor::Device<B>],
    trainee: &Trainee<B>,
    optimizer: &TraineeOptimizer<B>,
    config: &Config,
) -> Result<Peers<B>, Error> {
    Peers::start(devices, trainee, optimizer, config, objective(config), None)
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

/// The gradient that each peer applies, beside the mean of those of the four shards computed one after
/// the other.
#[test]
fn every_peer_applies_the_mean_gradient_of_the_shards() {
    let config = config();
    let trainee = Trainee::<B>::init(&config, &Default::default());
    let shards: Vec<_> = (0..PEERS).map(|seed| batch(seed, 4)).collect();
    let alone = |shard: &HostBatch| {
        let sent = shard.to_device(&Default::default());
        let (mut gradients, _) = trainee.backward(sent, &objective(&config), 1);
        flat::numbers(flat::gradients(&trainee, &mut gradients).into_data())
    };
    let separate: Vec<_> = shards.iter().map(alone).collect();
    let mean: Vec<f32> = (0..separate[0].len())
        .map(|i| separate.iter().map(|row| f64::from(row[i])).sum::<f64>() as f32 / PEERS as f32)
        .collect();

    let _session = COLLECTIVE.lock().unwrap_or_else(PoisonError::into_inner);
    reset_collective::<Flex>();
    let settings = CollectiveConfig::default().with_num_devices(PEERS);
    let applied: Vec<Vec<f32>> = std::thread::scope(|scope| {
        let peer = |rank: usize| {
            let (settings, trainee, config, shards) =
                (settings.clone(), trainee.clone(), &config, &shards);
            scope.spawn(move || {
                register::<Flex>(PeerId(rank as u32), Default::default(), settings).unwrap();
                let sent = [shards[rank].to_device(&Default::default())].into_iter();
                let (mut gradients, parts) = trainee.share(sent, &objective(config), PEERS);
                let row = shared_row(&trainee, &mut gradients, parts);
                let (mut gradients, _) = from_shared_row(&trainee, exchanged(rank, row).unwrap());
                flat::numbers(flat::gradients(&trainee, &mut gradients).into_data())
            })
        };
        let threads: Vec<_> = (0..PEERS).map(peer).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    reset_collective::<Flex>();
    for row in &applied {
        let error = error(row, &mean);
        assert!(error < 1e-5, "{error}");
        assert!(row == &applied[0], "all peers apply the same bits");
    }
    assert!(error(&separate[0], &mean) > 1e-2, "the shards differ");
}

#[test]
fn peers_stay_identical_over_fifty_steps() {
    let config = config();
    let devices = vec![Default::default(); PEERS];
    let mut trainee = Trainee::<B>::init(&config, &devices[0]);
    let mut optimizer = Trainee::optimizer(&config.optimizer);
    // Of weights that are still to be drawn: all must get the same ones.
    let peers = start(&devices, &trainee, &optimizer, &config).unwrap();
    assert_eq!(peers.local_count(), PEERS);
    let start = weights(&trainee);
    for step in 0..50 {
        // The last group of an epoch may have fewer batches than there are peers.
        let batches = if step % 10 == 9 { 3 } else { PEERS };
        let group = (0..batches).map(|shard| batch(step * PEERS + shard, 4)).collect();
        let (next, losses) =
            peers.step(trainee, group, batches, &mut optimizer, 1e-3, &devices[0]).unwrap();
        let total = flat::numbers(losses.total.into_data())[0];
        assert!(total.is_finite() && total > 0.0, "step {step}: {total}");
        trainee = next;
    }
    trainee = peers.settle(trainee).unwrap();
    let expected = weights(&trainee);
    assert!(expected != start, "something was learnt");
    let others = peers.finish();
    assert_eq!(others.len(), PEERS - 1);
    for other in &others {
        assert!(weights(other) == expected);
    }
}

/// Two peers with a batch each make the step that one device makes with both.
#[test]
fn a_step_is_that_of_one_device_with_all_batches() {
    let config = config();
    let devices = vec![Default::default(); 2];
    let trainee = Trainee::<B>::init(&config, &devices[0]);
    flat::realise(&trainee);
    let record = || trainee.clone().into_record();
    let alone = Trainee::init(&config, &devices[0]).load_record(record());
    let optimizer = || Trainee::optimizer(&config.optimizer);
    let group: Vec<_> = (0..2).map(|seed| batch(seed, 4)).collect();
    let sent = group.iter().map(|batch| batch.to_device(&devices[0]));
    let (_, expected) = alone.step(sent, &objective(&config), &mut optimizer(), 1e-3, 1.0);
    let peers = start(&devices, &trainee, &optimizer(), &config).unwrap();
    let (_, got) = peers.step(trainee, group, 2, &mut optimizer(), 1e-3, &devices[0]).unwrap();
    let pairs = [
        (got.classification, expected.classification),
        (got.single_center, expected.single_center),
        (got.total, expected.total),
        (got.gradient_norm, expected.gradient_norm),
    ];
    for (got, expected) in pairs {
        let [got, expected] = [got, expected].map(|value| flat::numbers(value.into_data()));
        assert!(error(&got, &expected) < 1e-5, "{got:?} {expected:?}");
    }
}

#[test]
fn a_peer_that_fails_ends_the_step_with_its_reason() {
    let config = config();
    let devices = vec![Default::default(); 3];
    let trainee = Trainee::<B>::init(&config, &devices[0]);
    let mut optimizer = Trainee::optimizer(&config.optimizer);
    let peers = start(&devices, &trainee, &optimizer, &config).unwrap();
    // The last peer gets a batch that the network cannot take.
    let group = vec![batch(0, 4), batch(1, 4), batch(2, 3)];
    let error = peers.step(trainee, group, 3, &mut optimizer, 1e-3, &devices[0]).err().unwrap();
    assert!(matches!(error, Error::Peer { .. }), "{error}");
    drop(peers);
    // The next training is not harmed.
    let trainee = Trainee::<B>::init(&config, &devices[0]);
    let peers = start(&devices, &trainee, &optimizer, &config).unwrap();
    let group = (0..3).map(|seed| batch(seed, 4)).collect();
    peers.step(trainee, group, 3, &mut optimizer, 1e-3, &devices[0]).unwrap();
}
