//! The state of a run after an epoch: everything the next epoch depends on.
//!
//! Random numbers need no state of their own: initial weights, order, augmentation and dropout of
//! an epoch follow from the seed and the number of the epoch.

use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::Optimizer;
use burn::record::{FullPrecisionSettings, NamedMpkBytesRecorder, Record, Recorder};
use burn::tensor::backend::{AutodiffBackend, Backend};
use scade_data::Store;
use scade_model::NetworkConfig;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::selection::Selection;
use crate::trainee::{Trainee, TraineeOptimizer};
use crate::{Config, EpochRecord, Error};

/// Raised whenever an older program could misread the files.
const VERSION: u32 = 2;

/// What a run knows beside weights and optimiser.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    version: u32,
    origin: Origin,
    /// Finished epochs.
    pub(crate) epochs: u64,
    /// Steps of the whole run.
    pub(crate) steps: u64,
    pub(crate) selection: Selection,
    pub(crate) history: Vec<EpochRecord>,
}

/// What a run was made for. A checkpoint continues a run of the same origin only: with another split
/// it would be tested on what it was trained on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Origin {
    network: NetworkConfig,
    /// SHA-256 of the store's preparation and split.
    data: String,
}

impl Origin {
    pub(crate) fn new(store: &Store, config: &Config) -> Result<Self, Error> {
        let text = serde_json::to_vec(&(store.preparation(), store.splits()?))
            .map_err(|e| unusable(store.root(), &e))?;
        let digest = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { network: config.network.clone(), data: digest })
    }

    /// What keeps a checkpoint of this origin from continuing a run of the other one.
    fn difference(&self, other: &Self) -> Option<&'static str> {
        if self.network != other.network {
            Some("it was made for a network with other settings")
        } else if self.data != other.data {
            Some("the split or the preparation of the store is another one than it was made for")
        } else {
            None
        }
    }
}

/// Writes a checkpoint to `folder`, replacing the one that is there.
pub(crate) fn save<B: AutodiffBackend>(
    folder: &Path,
    origin: &Origin,
    trainee: &Trainee<B>,
    optimizer: &TraineeOptimizer<B>,
    progress: &Progress,
) -> Result<(), Error> {
    let staged = scade_fs::Folder::begin(folder)?;
    let write = |name: &str, bytes: Vec<u8>| scade_fs::write(&staged.path().join(name), bytes);
    write("trainee.mpk", encode::<B, _>(folder, trainee.clone().into_record())?)?;
    write("optimizer.mpk", encode::<B, _>(folder, optimizer.to_record())?)?;
    let progress = Progress { version: VERSION, origin: origin.clone(), ..progress.clone() };
    let text = serde_json::to_string_pretty(&progress).map_err(|e| unusable(folder, &e))?;
    write("progress.json", text.into_bytes())?;
    Ok(staged.commit()?)
}

/// Reads the checkpoint at `folder` into a trainee and an optimiser made for the same settings.
pub(crate) fn load<B: AutodiffBackend>(
    folder: &Path,
    origin: &Origin,
    trainee: Trainee<B>,
    optimizer: TraineeOptimizer<B>,
    device: &B::Device,
) -> Result<(Trainee<B>, TraineeOptimizer<B>, Progress), Error> {
    let path = folder.join("progress.json");
    let text = std::fs::read_to_string(&path).map_err(|e| unusable(&path, &e))?;
    let progress: Progress = serde_json::from_str(&text).map_err(|e| unusable(&path, &e))?;
    if progress.version != VERSION {
        let got = progress.version;
        return Err(unusable(&path, &format!("expected version {VERSION}, got {got}")));
    }
    if let Some(reason) = progress.origin.difference(origin) {
        return Err(unusable(&path, &reason));
    }
    let trainee = trainee.load_record(decode::<B, _>(folder.join("trainee.mpk"), device)?);
    let optimizer = optimizer.load_record(decode::<B, _>(folder.join("optimizer.mpk"), device)?);
    Ok((trainee, optimizer, progress))
}

type Bytes = NamedMpkBytesRecorder<FullPrecisionSettings>;

fn encode<B: Backend, R: Record<B>>(folder: &Path, record: R) -> Result<Vec<u8>, Error> {
    Recorder::<B>::record(&Bytes::default(), record, ()).map_err(|e| unusable(folder, &e))
}

fn decode<B: Backend, R: Record<B>>(path: PathBuf, device: &B::Device) -> Result<R, Error> {
    let bytes = std::fs::read(&path).map_err(|e| unusable(&path, &e))?;
    Recorder::<B>::load(&Bytes::default(), bytes, device).map_err(|e| unusable(&path, &e))
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::Checkpoint { path: path.to_owned(), reason: reason.to_string() }
}
