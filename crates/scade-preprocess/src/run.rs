//! All videos of a dataset into a store, several at a time.

use std::num::NonZero;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use burn::tensor::backend::Backend;
use scade_cli::Progress;
use scade_data::{Status, Store};
use serde::{Deserialize, Serialize};

use crate::job::prepare_video;
use crate::{Config, Error, Frames, Preparation, Preparer, Report, Source, discover};

/// What a store says about how it was made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// What a sample looks like.
    pub sample: Preparation,
    /// Which frames were looked at.
    pub frames: Frames,
}

impl StoreSettings {
    /// The settings as they stand in a store or beside a trained detector.
    ///
    /// # Errors
    /// What serde says about a value that was not written by this version.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(value.clone())
    }

    /// The settings as a store keeps them.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        // Plain numbers, strings and structs always have a JSON form.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// Prepares every video of `config.dataset` that the store at `config.output` does not hold yet,
/// and writes its list of videos. `weights` is a converted file of
/// [`scade_face::weights::locate`].
///
/// Videos that cannot be used are counted in the report; a next run tries the failed ones again.
/// Killed at any moment, it leaves a store that the next run completes.
///
/// # Errors
/// A dataset without videos, a setting out of range, a store made with other settings or one that
/// cannot be written.
pub fn preprocess<B: Backend>(
    config: &Config,
    weights: &Path,
    device: &B::Device,
) -> Result<(Store, Report), Error> {
    let started = Instant::now();
    config.validate()?;
    let sources = discover(&config.dataset)?;
    let settings =
        StoreSettings { sample: config.preparation.clone(), frames: config.frames.clone() };
    let store = Store::create(&config.output, &settings.to_value())?;
    let mut open = Vec::new();
    for source in &sources {
        let done = store.record(&source.key)?.is_some_and(|r| r.status != Status::Error);
        if !done {
            open.push(source);
        }
    }
    let kept = sources.len() - open.len();
    let preparer = Preparer::<B>::load(config.preparation.clone(), weights, device)?;
    prepare_all(&preparer, &store, &open, config)?;
    store.write_metadata()?;
    let mut records = Vec::with_capacity(sources.len());
    for source in &sources {
        records.extend(store.record(&source.key)?);
    }
    let report = Report::new(&records, kept, started.elapsed());
    Ok((store, report))
}

/// Workers take the next video until none is left or one of them meets a fatal error.
fn prepare_all<B: Backend>(
    preparer: &Preparer<B>,
    store: &Store,
    sources: &[&Source],
    config: &Config,
) -> Result<(), Error> {
    let progress = Progress::start("preprocess", "videos", sources.len() as u64);
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || {
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            match prepare_video(preparer, store, source, &config.frames) {
                Ok(record) => {
                    if let Some(reason) = &record.reason {
                        tracing::warn!("{}: {reason}", source.path.display());
                    }
                    progress.advance(1);
                }
                Err(error) => {
                    next.store(sources.len(), Ordering::Relaxed);
                    failure
                        .lock()
                        .unwrap_or_else(|poisoned| poisoned.into_inner())
                        .get_or_insert(error);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs(config.jobs).min(sources.len()) {
            scope.spawn(work);
        }
    });
    progress.finish();
    failure.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).map_or(Ok(()), Err)
}

fn jobs(wanted: usize) -> usize {
    match wanted {
        0 => std::thread::available_parallelism().map_or(1, NonZero::get),
        n => n,
    }
}
