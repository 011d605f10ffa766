//! Preprocessing all videos of a dataset, several in parallel.

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use scade_data::{DatasetSpec, FileLayout, PreparedDataset, Status};
use scade_face::DetectorFiles;
use scade_kernels::Kernels;
use scade_sample::{SampleMaker, decoding_threads};
use scade_settings::Progress;

use crate::job::prepare_video;
use crate::shards::{self, Manifest};
use crate::{Config, Discovered, Error, Report, Source, discover};

/// Preprocesses every video of `config.dataset` that is not yet in the prepared dataset at
/// `config.output`. `files` are those of [`scade_face::weights::locate_for`].
///
/// Videos that cannot be used are counted in the report; the next run tries the failed ones again. After
/// an interruption the next run completes the dataset. A shard of the videos (`config.shard`) is written
/// to a folder of its own below `shards/`, see [`crate::merge()`]. [`crate::split_dataset`] is the next step.
///
/// # Errors
/// A dataset without videos, a setting out of range, a prepared dataset with other settings, one that
/// cannot be written, or one to which another run is writing.
pub fn preprocess<B: Kernels>(
    config: &Config,
    files: &DetectorFiles,
    device: &B::Device,
    progress: &dyn Progress,
) -> Result<(PreparedDataset, Report), Error> {
    let started = Instant::now();
    config.validate()?;
    let Discovered { sources, ignored } = discover(config)?;
    let spec = config.spec(&files.mtcnn)?;
    let shard = config.shard;
    let own = sources.iter().enumerate().filter(|(place, _)| shard.has(*place));
    let own: Vec<_> = own.map(|(_, source)| source).collect();
    let merged = if shard.is_whole() { None } else { existing(&config.output, &spec)? };
    let root = shards::store_of(&config.output, config.layout_version, shard);
    let tree = if shard.is_whole() { config.layout_version } else { FileLayout::Own };
    let store = PreparedDataset::create_as(&root, tree, &spec)?;
    let _lock = store.lock()?;
    // A run that started at the same time may have written another specification.
    PreparedDataset::open(&root)?.check_spec(&spec)?;
    if !shard.is_whole() {
        Manifest::new(config, &own, sources.len()).write(&root)?;
    }
    forget_old_names(&store, &sources, &config.dataset)?;
    let stores: Vec<_> = std::iter::once(&store).chain(&merged).collect();
    let mut open = Vec::new();
    for source in &own {
        if !is_done(&stores, source, &config.dataset)? {
            open.push(*source);
        }
    }
    if !open.is_empty() {
        let load = || SampleMaker::<B>::load(spec.sample.clone(), files, device);
        preprocess_all(&load, &store, &open, config, progress)?;
    }
    let elapsed = started.elapsed();
    let report = report(&stores, &own, &open, elapsed)?;
    Ok((store, Report { ignored, ..report }))
}

/// Removes videos whose name has changed, as after adding a file of the same stem: under both names a
/// video would count twice, and could be in two subsets of a split.
fn forget_old_names(store: &PreparedDataset, sources: &[Source], root: &Path) -> Result<(), Error> {
    let names: BTreeSet<_> = sources.iter().map(|source| &source.key).collect();
    let files: BTreeSet<_> = sources.iter().map(|source| source.file(root)).collect();
    for key in store.keys()?.iter().filter(|key| !names.contains(key)) {
        let file = store.record(key)?.and_then(|record| record.file);
        if let Some(file) = file.filter(|file| files.contains(file)) {
            tracing::info!("{} has another name now: {key} is removed", file.path);
            store.remove_video(key)?;
        }
    }
    Ok(())
}

/// The prepared dataset at `root`, with the same specification, if it exists.
fn existing(root: &Path, spec: &DatasetSpec) -> Result<Option<PreparedDataset>, Error> {
    match PreparedDataset::open(root) {
        Ok(store) => store.check_spec(spec).map(|()| Some(store)).map_err(Into::into),
        Err(scade_data::Error::NoDataset { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Whether a video is finished in one of `stores`. If the information of the dataset at `root` has
/// changed since, as after adding an official list, its record is updated. A file that has changed, or
/// that has the former name of another one, is a new video.
fn is_done(stores: &[&PreparedDataset], source: &Source, root: &Path) -> Result<bool, Error> {
    for store in stores {
        let Some(record) = store.record(&source.key)? else { continue };
        if record.status == Status::Error {
            continue;
        }
        if record.file.as_ref().is_some_and(|file| *file != source.file(root)) {
            tracing::info!("{} is another file now: processing it again", source.key);
            continue;
        }
        let mut known = record.clone();
        source.describe(root, &mut known);
        if known != record {
            store.write_record(&known)?;
        }
        return Ok(true);
    }
    Ok(false)
}

fn report(
    stores: &[&PreparedDataset],
    own: &[&Source],
    fresh: &[&Source],
    elapsed: Duration,
) -> Result<Report, Error> {
    let mut report = Report { kept_videos: own.len() - fresh.len(), ..Report::default() };
    for source in own {
        for store in stores {
            if let Some(record) = store.record(&source.key)? {
                report.add(store, &record);
                break;
            }
        }
    }
    let mut frames = 0;
    for source in fresh {
        frames += stores[0].record(&source.key)?.map_or(0, |record| record.sampled_frames);
    }
    report.finish(frames, elapsed);
    Ok(report)
}

/// Workers take the next video until none is left or one has a fatal error. `load` is called once, at the
/// latest for the first frame; meanwhile the next frames are decoded.
fn preprocess_all<B: Kernels>(
    load: &(impl Fn() -> Result<SampleMaker<B>, scade_sample::Error> + Sync),
    store: &PreparedDataset,
    sources: &[&Source],
    config: &Config,
    progress: &dyn Progress,
) -> Result<(), Error> {
    progress.start("preprocess", "videos", sources.len() as u64);
    let jobs = jobs(config.jobs);
    let threads = decoding_threads(jobs, sources.len());
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let fail = |error| {
        next.store(sources.len(), Ordering::Relaxed);
        failure.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get_or_insert(error);
    };
    let loaded = OnceLock::new();
    let maker = || loaded.get_or_init(|| load().map_err(|error| fail(error.into())).ok()).as_ref();
    let work = || {
        while let Some(source) = sources.get(next.fetch_add(1, Ordering::Relaxed)) {
            match prepare_video(&maker, store, source, config, threads) {
                Ok(Some(record)) => {
                    if let Some(reason) = &record.reason {
                        tracing::warn!("{}: {reason}", source.path.display());
                    }
                    progress.advance(1);
                }
                Ok(None) => {}
                Err(error) => fail(error),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(sources.len()) {
            scope.spawn(work);
        }
        // Load on a free core while the first video is opened.
        if jobs > sources.len() {
            scope.spawn(maker);
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

#[cfg(test)]
mod tests;
