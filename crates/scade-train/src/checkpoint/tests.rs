//! What is read is what was written, and checkpoints of other runs are refused.

use super::*;
use burn::backend::{Autodiff, Flex};
use burn::module::AutodiffModule;
use burn::tensor::Tensor;
use scade_data::{Batch, FACE_SIZE, PreparedDataset, Splits};
use scade_model::{NetworkConfig, ScadeNetConfig};

use crate::Config;
use crate::losses::Objective;

type B = Autodiff<Flex>;

/// A run folder and a dataset beside it, in a folder that is removed when dropped.
struct Fixture {
    _root: tempfile::TempDir,
    folder: RunFolder,
    store: PreparedDataset,
    config: Config,
}

fn fixture() -> Fixture {
    let root = tempfile::tempdir().unwrap();
    let store =
        PreparedDataset::create(&root.path().join("store"), &scade_data::DatasetSpec::default())
            .unwrap();
    let mut config = Config { output: root.path().join("runs"), ..Config::default() };
    config.optimizer.ema_decay = 0.9;
    let network = ScadeNetConfig { dropout_rate: 0.0, ..ScadeNetConfig::default() };
    config.network = NetworkConfig::ScadeNet(network);
    let folder = RunFolder::create(&config).unwrap();
    Fixture { _root: root, folder, store, config }
}

fn fresh(config: &Config) -> State<B> {
    let module = TrainModule::init(config, &Default::default());
    State {
        ema: Some(Ema::new(module.network.valid(), 0.9)),
        module,
        optimizer: TrainModule::optimizer(&config.optimizer),
        progress: Progress::default(),
    }
}

/// Nothing random: tests that run beside this one sample from the same generator.
fn batch(config: &Config) -> Batch<B> {
    let (channels, device) = (config.network.input_channels(), Default::default());
    let count = 2 * channels * FACE_SIZE * FACE_SIZE;
    let pixels: Vec<f32> = (0..count).map(|i| (i * i % 251) as f32 / 250.0).collect();
    let images = Tensor::<B, 1>::from_floats(pixels.as_slice(), &device);
    Batch {
        images: images.reshape([2, channels, FACE_SIZE, FACE_SIZE]),
        labels: Tensor::from_floats([[0.0], [1.0]], &device),
    }
}

/// A state after one step, as if at the end of `epochs`.
fn trained(config: &Config, epochs: u64) -> State<B> {
    stepped(fresh(config), config, epochs)
}

fn stepped(mut state: State<B>, config: &Config, epochs: u64) -> State<B> {
    let objective = Objective::new(config, config.loss.classification);
    let batch = batch(config);
    let step = state.module.step([batch].into_iter(), &objective, &mut state.optimizer, 0.01, 1.0);
    state.module = step.0;
    // A number with more digits than JSON's reader keeps.
    let history =
        vec![EpochRecord { val_auc: Some(0.723_684_210_526_315_8), ..Default::default() }];
    state.progress = Progress { epochs, steps: epochs, history, ..Progress::default() };
    state
}

impl Fixture {
    fn identity(&self) -> RunIdentity {
        RunIdentity::new(&self.store, &Splits::default(), &self.config, 1).unwrap()
    }

    fn save(&self, state: &State<B>) {
        save(&self.folder, &self.identity(), state, 2).unwrap();
    }

    fn load(&self, identity: &RunIdentity) -> Result<Option<State<B>>, Error> {
        load(&self.folder, identity, || fresh(&self.config), &Default::default())
    }
}

/// Replaces a file of the checkpoint of `epoch`.
fn change(fixture: &Fixture, epoch: u64, name: &str, change: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    let path = fixture.folder.checkpoint(epoch).join(name);
    std::fs::write(&path, change(std::fs::read(&path).unwrap())).unwrap();
}

fn flip(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

#[test]
fn a_checkpoint_comes_back_bit_by_bit() {
    let fixture = fixture();
    assert!(fixture.load(&fixture.identity()).unwrap().is_none());
    let state = trained(&fixture.config, 1);
    fixture.save(&state);
    let files = |epoch| {
        let read = |name| std::fs::read(fixture.folder.checkpoint(epoch).join(name)).unwrap();
        ["trainee.mpk", "average.mpk", "progress.toml"].map(read)
    };
    let written = files(1);
    let loaded = fixture.load(&fixture.identity()).unwrap().unwrap();
    assert_eq!(loaded.progress, state.progress);
    // Moments are listed in no order; what they are shows in the next step.
    fixture.save(&stepped(state, &fixture.config, 2));
    let expected = files(2);
    assert!(expected[0] != written[0]);
    fixture.save(&stepped(loaded, &fixture.config, 2));
    assert!(files(2)[0] == expected[0] && files(2)[1] == expected[1]);
}

#[test]
fn the_newest_are_kept_and_a_damaged_one_is_skipped() {
    let fixture = fixture();
    for epochs in 1..=4 {
        fixture.save(&trained(&fixture.config, epochs));
    }
    let kept = fixture.folder.checkpoints();
    assert_eq!(kept, [4, 3].map(|epoch| fixture.folder.checkpoint(epoch)));
    change(&fixture, 4, "optimizer.mpk", flip);
    assert_eq!(fixture.load(&fixture.identity()).unwrap().unwrap().progress.epochs, 3);
    change(&fixture, 3, "progress.toml", |_| b"version = ".to_vec());
    let error = fixture.load(&fixture.identity()).err().unwrap().to_string();
    assert!(error.contains("epoch-000004/optimizer.mpk: expected SHA-256"), "{error}");
}

#[test]
fn another_version_setting_or_split_is_named() {
    let mut fixture = fixture();
    fixture.save(&trained(&fixture.config, 1));
    let identity = fixture.identity();
    fixture.config.optimizer.learning_rate = 0.5;
    let error = fixture.load(&fixture.identity()).err().unwrap();
    assert!(matches!(error, Error::OtherRun { .. }));
    let text = error.to_string();
    assert!(text.contains("`optimizer.learning_rate`: expected 0.5, got 0.001"), "{text}");
    fixture.config.optimizer.learning_rate = 0.001;
    fixture.config.workers += 1;
    assert_eq!(fixture.identity(), identity);

    let split = RunIdentity { split: "another".into(), ..identity.clone() };
    let text = fixture.load(&split).err().unwrap().to_string();
    assert!(text.contains("the split of the dataset is not that of the run"), "{text}");

    change(&fixture, 1, "progress.toml", |bytes| {
        String::from_utf8(bytes).unwrap().replace("version = 3", "version = 2").into_bytes()
    });
    let text = fixture.load(&identity).err().unwrap().to_string();
    assert!(text.contains("progress.toml: expected version 3, got 2"), "{text}");
}

#[test]
fn weights_of_another_shape_are_named() {
    let fixture = fixture();
    let mut other = fixture.config.clone();
    other.network.set_input_channels(3);
    fixture.save(&trained(&other, 1));
    let text = fixture.load(&fixture.identity()).err().unwrap().to_string();
    assert!(text.contains("trainee.mpk") && text.contains("expected the shape ["), "{text}");
}
