//! Data loader: from a list of samples to epochs of batches, prefetched on several threads.

use scade_settings::{SettingError, Within, error_chain, require};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::order::{self, Classes};
use crate::prefetch::Prefetch;
use crate::{
    AugmentConfig, Error, HostBatch, Item, Label, OnTheFlyMaps, Result, Sample, augment, load,
};

/// Settings of a data loader.
#[derive(Debug, Clone, PartialEq)]
pub struct LoaderConfig {
    /// Samples in a batch; 75 in SCADE-Net.
    pub batch_size: usize,
    /// Threads that prefetch batches; 0 loads on the calling thread. Each thread holds one batch, of
    /// 1 MiB per sample with 4 channels.
    pub workers: usize,
    /// Whether each epoch has its own random order; otherwise samples come in the order of the list.
    pub shuffle: bool,
    /// Whether samples are sampled with replacement, as many as there are, evenly over classes and
    /// over the videos of a class. This is random with and without `shuffle`.
    pub balanced: bool,
    /// Whether an incomplete last batch is dropped. A set smaller than one batch still yields it:
    /// otherwise an epoch would have no update.
    pub drop_last: bool,
    /// Augmentation, for training.
    pub augment: Option<AugmentConfig>,
    /// 3: red, green, blue; 4: the same and defocus.
    pub channels: usize,
    /// Random seed of order, sampling and augmentation.
    pub seed: u64,
}

impl LoaderConfig {
    fn validate(&self) -> Result<(), SettingError> {
        require(self.batch_size > 0, "batch_size", "at least 1", self.batch_size)?;
        require(matches!(self.channels, 3 | 4), "channels", "3 or 4", self.channels)?;
        self.augment.as_ref().map_or(Ok(()), AugmentConfig::validate).within("augment")
    }
}

/// A sample that could not be read and was skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its index in the loader's list.
    pub item: usize,
    /// Its crop.
    pub path: PathBuf,
    /// The error with all its causes.
    pub reason: String,
}

/// Batches of a fixed list of samples.
#[derive(Debug, Clone)]
pub struct Loader {
    shared: Arc<Shared>,
    classes: Classes,
}

/// What the threads share.
#[derive(Debug)]
struct Shared {
    items: Vec<Item>,
    config: LoaderConfig,
    maps: Option<OnTheFlyMaps>,
    /// By item, so that a sample that fails in every epoch counts once.
    failures: Mutex<BTreeMap<usize, String>>,
}

impl Loader {
    /// A loader of `items`, with the labels of their videos. With 3 channels maps are not read.
    ///
    /// # Errors
    /// [`Error::NoItems`]; [`Error::Setting`] for an invalid configuration, such as 4 channels for samples
    /// without maps.
    pub fn new(items: Vec<Item>, config: LoaderConfig) -> Result<Self> {
        Self::build(items, config, None)
    }

    /// Like [`Self::new`], but with defocus maps that are computed from the augmented crops. Stored maps
    /// are not read and need not exist.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_on_the_fly_maps(
        items: Vec<Item>,
        config: LoaderConfig,
        maps: OnTheFlyMaps,
    ) -> Result<Self> {
        Self::build(items, config, Some(maps))
    }

    fn build(
        mut items: Vec<Item>,
        config: LoaderConfig,
        maps: Option<OnTheFlyMaps>,
    ) -> Result<Self> {
        config.validate()?;
        if items.is_empty() {
            return Err(Error::NoItems);
        }
        let maps = maps.filter(|_| config.channels == 4);
        if config.channels == 3 || maps.is_some() {
            items.iter_mut().for_each(|item| item.map = None);
        } else if let Some(item) = items.iter().find(|item| item.map.is_none()) {
            let got = format!("4 for {} without a defocus map", item.rgb.display());
            return Err(SettingError::new("channels", "3", got).into());
        }
        let classes = if config.balanced { order::classes(&items) } else { Vec::new() };
        let shared = Arc::new(Shared { items, config, maps, failures: Mutex::default() });
        Ok(Self { shared, classes })
    }

    /// The samples, in the order that [`HostBatch::items`] counts.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.shared.items
    }

    /// Number of real and fake samples in the list (not as sampled).
    #[must_use]
    pub fn label_counts(&self) -> [usize; 2] {
        let count = |label| self.items().iter().filter(|item| item.key.label() == label).count();
        Label::ALL.map(count)
    }

    /// Batches in an epoch; one without a readable sample is skipped.
    #[must_use]
    pub fn batches_per_epoch(&self) -> usize {
        let (count, config) = (self.items().len(), &self.shared.config);
        let full = count / config.batch_size;
        if config.drop_last && full > 0 { full } else { count.div_ceil(config.batch_size) }
    }

    /// Starts an epoch. Its batches depend only on the list, the configuration and `epoch`, not on the
    /// number of workers or on earlier epochs.
    ///
    /// # Errors
    /// [`Error::Thread`] when no thread can be started.
    pub fn epoch(&self, epoch: u64) -> Result<Epoch> {
        self.epoch_where(epoch, |_| true)
    }

    /// As [`Self::epoch`], with only those batches whose number `is_wanted`; the others are not read.
    ///
    /// # Errors
    /// As [`Self::epoch`].
    pub fn epoch_where(&self, epoch: u64, is_wanted: impl Fn(usize) -> bool) -> Result<Epoch> {
        let config = &self.shared.config;
        let count = self.items().len();
        let order = if config.balanced {
            order::balanced(&self.classes, count, config.seed, epoch)
        } else if config.shuffle {
            order::shuffled(count, config.seed, epoch)
        } else {
            (0..count).collect()
        };
        let numbers: Vec<_> = (0..self.batches_per_epoch()).filter(|n| is_wanted(*n)).collect();
        let (count, has_yielded) = (numbers.len(), numbers.is_empty());
        let shared = self.shared.clone();
        let prepare = move |place: usize, stop: &AtomicBool| {
            shared.prepare(&order, epoch, numbers[place], stop)
        };
        let batches = Prefetch::start(count, config.workers, prepare)?;
        Ok(Epoch { batches, shared: self.shared.clone(), has_yielded, ended: false })
    }

    /// The samples that could not be read so far, in the order of the list.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure> {
        let failures = self.shared.failures();
        let failure = |(item, reason): (&usize, &String)| {
            let path = self.items()[*item].rgb.clone();
            Failure { item: *item, path, reason: reason.clone() }
        };
        failures.iter().map(failure).collect()
    }
}

impl Shared {
    /// Batch number `batch` of an epoch; `None` when nothing in it could be read.
    fn prepare(
        &self,
        order: &[usize],
        epoch: u64,
        batch: usize,
        stop: &AtomicBool,
    ) -> Option<HostBatch> {
        let size = self.config.batch_size;
        let places = batch * size..((batch + 1) * size).min(order.len());
        let mut prepared = HostBatch::with_capacity(places.len(), self.config.channels);
        for place in places {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let item = order[place];
            match self.sample(item, epoch, place) {
                Ok(sample) => prepared.push(&sample, self.items[item].key.label(), item),
                Err(error) => self.note(item, &error),
            }
        }
        (!prepared.is_empty()).then_some(prepared)
    }

    /// The sample of `item`, augmented for `place` of an epoch.
    fn sample(&self, item: usize, epoch: u64, place: usize) -> Result<Sample> {
        let mut sample = load(&self.items[item])?;
        if let Some(config) = &self.config.augment {
            let mut rng = order::sample_rng(self.config.seed, epoch, place);
            sample = augment(sample, config, &mut rng);
        }
        if let Some(maps) = &self.maps {
            sample.defocus = Some(maps.map(&sample.rgb, &self.items[item].rgb)?);
        }
        Ok(sample)
    }

    fn note(&self, item: usize, error: &Error) {
        let reason = error_chain(error);
        let path = self.items[item].rgb.display();
        if self.failures().insert(item, reason.clone()).is_none() {
            tracing::warn!(%path, reason, "skipped a sample");
        }
    }

    /// The map is consistent even after a panic of another thread.
    fn failures(&self) -> MutexGuard<'_, BTreeMap<usize, String>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The batches of one epoch, in order. Dropped early, it stops its threads.
///
/// An item is an error when a thread panicked, or, once at the end, when no sample of the epoch could
/// be read; nothing follows an error.
pub struct Epoch {
    batches: Prefetch<Option<HostBatch>>,
    shared: Arc<Shared>,
    /// Whether there was a batch, or none was wanted.
    has_yielded: bool,
    ended: bool,
}

impl Iterator for Epoch {
    type Item = Result<HostBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        for prepared in self.batches.by_ref() {
            match prepared {
                Ok(None) => {}
                Ok(Some(batch)) => {
                    self.has_yielded = true;
                    return Some(Ok(batch));
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        self.ended = true;
        (!self.has_yielded).then(|| Err(nothing_readable(&self.shared)))
    }
}

fn nothing_readable(shared: &Shared) -> Error {
    let failures = shared.failures();
    let first = failures.values().next().cloned().unwrap_or_default();
    Error::NothingReadable { items: failures.len(), first }
}

#[cfg(test)]
mod tests;
