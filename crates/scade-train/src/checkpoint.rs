//! The state of a run after an epoch: everything the next epoch depends on.
//!
//! Random numbers need no state of their own: initial weights, order, augmentation and dropout of
//! an epoch follow from the seed and the number of the epoch.
//!
//! ```text
//! checkpoints/epoch-000012/progress.toml   epochs, history, settings, digests of the other files
//! checkpoints/epoch-000012/trainee.mpk     weights of the network and of the losses
//! checkpoints/epoch-000012/optimizer.mpk   moments of every parameter
//! checkpoints/epoch-000012/average.mpk     EMA weights, if there are any
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::module::Module;
use burn::optim::Optimizer;
use burn::record::{FullPrecisionSettings, NamedMpkBytesRecorder, Record, Recorder};
use burn::tensor::backend::{AutodiffBackend, Backend};
use serde::{Deserialize, Serialize};

use crate::ema::Ema;
use crate::identity::{RunIdentity, sha256};
use crate::losses::TrainModule;
use crate::selection::Selection;
use crate::shapes;
use crate::train_module::TrainOptimizer;
use crate::{EpochRecord, Error, RunFolder};
use scade_model::Network;

/// Raised whenever an older program could misread the files.
const VERSION: u32 = 3;

/// The state of a run beside weights and optimizer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Finished epochs.
    pub(crate) epochs: u64,
    /// Steps of the whole run.
    pub(crate) steps: u64,
    pub(crate) selection: Selection,
    pub(crate) history: Vec<EpochRecord>,
}

/// All that changes in a run.
pub(crate) struct State<B: AutodiffBackend> {
    pub(crate) module: TrainModule<B>,
    pub(crate) optimizer: TrainOptimizer<B>,
    pub(crate) ema: Option<Ema<Network<B::InnerBackend>>>,
    pub(crate) progress: Progress,
}

/// `progress.toml`. TOML and not JSON, whose reader may lose the last bit of a number.
#[derive(Serialize, Deserialize)]
struct Manifest {
    version: u32,
    /// SHA-256 of each other file.
    files: BTreeMap<String, String>,
    progress: Progress,
    origin: RunIdentity,
}

/// Writes the checkpoint of the last finished epoch and removes all but the newest `keep`.
pub(crate) fn save<B: AutodiffBackend>(
    folder: &RunFolder,
    identity: &RunIdentity,
    state: &State<B>,
    keep: usize,
) -> Result<(), Error> {
    let target = folder.checkpoint(state.progress.epochs);
    let staged = scade_fs::Folder::begin(&target)?;
    let mut files = BTreeMap::new();
    let mut write = |name: &str, bytes: Vec<u8>| {
        files.insert(name.to_owned(), sha256(&bytes));
        scade_fs::write(&staged.path().join(name), bytes)
    };
    write("trainee.mpk", encode::<B, _>(&target, state.module.clone().into_record())?)?;
    write("optimizer.mpk", encode::<B, _>(&target, state.optimizer.to_record())?)?;
    if let Some(ema) = &state.ema {
        let record = ema.module.clone().into_record();
        write("average.mpk", encode::<B::InnerBackend, _>(&target, record)?)?;
    }
    let (origin, progress) = (identity.clone(), state.progress.clone());
    let manifest = Manifest { version: VERSION, files, progress, origin };
    let text = toml::to_string(&manifest).map_err(|e| unusable(&target, &e))?;
    scade_fs::write(&staged.path().join("progress.toml"), text)?;
    staged.commit()?;
    for old in folder.checkpoints().into_iter().skip(keep) {
        // One too many is harmless; the next epoch tries again.
        if let Err(error) = std::fs::remove_dir_all(&old) {
            tracing::warn!("cannot remove {}: {error}", old.display());
        }
    }
    Ok(())
}

/// The newest intact checkpoint in `folder`, read into states made by `fresh` for the same
/// settings; `None` when there is no checkpoint at all.
///
/// # Errors
/// [`Error::OtherRun`] when it was made for other settings or other data. [`Error::Checkpoint`] when
/// none can be read: what is wrong with the newest.
pub(crate) fn load<B: AutodiffBackend>(
    folder: &RunFolder,
    identity: &RunIdentity,
    fresh: impl Fn() -> State<B>,
    device: &B::Device,
) -> Result<Option<State<B>>, Error> {
    let mut damaged = None;
    for checkpoint in folder.checkpoints() {
        match read(&checkpoint, identity, fresh(), device) {
            Err(error @ Error::Checkpoint { .. }) => {
                tracing::warn!("skipped a damaged checkpoint: {error}");
                damaged.get_or_insert(error);
            }
            other => return other.map(Some),
        }
    }
    damaged.map_or(Ok(None), Err)
}

fn read<B: AutodiffBackend>(
    folder: &Path,
    identity: &RunIdentity,
    fresh: State<B>,
    device: &B::Device,
) -> Result<State<B>, Error> {
    let path = folder.join("progress.toml");
    let text = scade_fs::read_to_string(&path).map_err(|e| unusable(&path, &e))?;
    /// Read first: another version may have other fields.
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let Versioned { version } = toml::from_str(&text).map_err(|e| unusable(&path, &e))?;
    if version != VERSION {
        return Err(unusable(&path, &format!("expected version {VERSION}, got {version}")));
    }
    let manifest: Manifest = toml::from_str(&text).map_err(|e| unusable(&path, &e))?;
    if let Some(reason) = identity.difference(&manifest.origin) {
        return Err(Error::OtherRun { path, reason });
    }
    let expected = shapes::of::<B>(&fresh.module);
    let file = |name: &str| -> Result<(PathBuf, Vec<u8>), Error> {
        let path = folder.join(name);
        let bytes = scade_fs::read(&path).map_err(|e| unusable(&path, &e))?;
        let (got, expected) = (sha256(&bytes), manifest.files.get(name));
        if expected != Some(&got) {
            let expected = expected.map_or("no such file", |text: &String| text);
            return Err(unusable(&path, &format!("expected SHA-256 {expected}, got {got}")));
        }
        Ok((path, bytes))
    };
    let module = fresh.module.load_record(decode::<B, _>(file("trainee.mpk")?, device)?);
    if let Some(reason) = shapes::difference(&expected, &shapes::of::<B>(&module)) {
        return Err(unusable(&folder.join("trainee.mpk"), &reason));
    }
    let optimizer = fresh.optimizer.load_record(decode::<B, _>(file("optimizer.mpk")?, device)?);
    let ema = match fresh.ema {
        None => None,
        Some(mut ema) => {
            let record = decode::<B::InnerBackend, _>(file("average.mpk")?, device)?;
            ema.module = ema.module.load_record(record);
            Some(ema)
        }
    };
    Ok(State { module, optimizer, ema, progress: manifest.progress })
}

type Bytes = NamedMpkBytesRecorder<FullPrecisionSettings>;

fn encode<B: Backend, R: Record<B>>(folder: &Path, record: R) -> Result<Vec<u8>, Error> {
    Recorder::<B>::record(&Bytes::default(), record, ()).map_err(|e| unusable(folder, &e))
}

fn decode<B: Backend, R: Record<B>>(
    (path, bytes): (PathBuf, Vec<u8>),
    device: &B::Device,
) -> Result<R, Error> {
    Recorder::<B>::load(&Bytes::default(), bytes, device).map_err(|e| unusable(&path, &e))
}

fn unusable(path: &Path, reason: &dyn std::fmt::Display) -> Error {
    Error::Checkpoint { path: path.to_owned(), reason: reason.to_string() }
}

#[cfg(test)]
mod tests;
