//! Data loader: from a list of samples to epochs of batches, prefetched on several threads.

use scade_settings::{SettingError, Within, error_chain, require};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::order::{self, Classes};
use crate::prefetch::Prefetch;
use crate::{
    AugmentConfig, BlendConfig, Error, HostBatch, Item, Label, OnTheFlyMaps, Pair, Result, Sample,
    augment, load, self_blended,
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
    /// Makes a self-blended pair of each real sample: a batch is half real and half forged, and forged
    /// samples of the list are not used. A batch has an even number of samples then, and takes half as many
    /// of the list.
    pub self_blend: Option<BlendConfig>,
    /// 3: red, green, blue; 4: the same and defocus.
    pub channels: usize,
    /// Random seed of order, sampling and augmentation.
    pub seed: u64,
}

impl LoaderConfig {
    fn validate(&self) -> Result<(), SettingError> {
        require(self.batch_size > 0, "batch_size", "at least 1", self.batch_size)?;
        require(matches!(self.channels, 3 | 4), "channels", "3 or 4", self.channels)?;
        if let Some(blend) = &self.self_blend {
            let even = self.batch_size.is_multiple_of(2);
            require(even, "batch_size", "even with self_blend", self.batch_size)?;
            blend.validate().within("self_blend")?;
        }
        self.augment.as_ref().map_or(Ok(()), AugmentConfig::validate).within("augment")
    }
}

impl LoaderConfig {
    fn samples_per_item(&self) -> usize {
        if self.self_blend.is_some() { 2 } else { 1 }
    }

    fn items_per_batch(&self) -> usize {
        self.batch_size / self.samples_per_item()
    }
}

/// The real samples that have landmarks.
fn with_landmarks(items: Vec<Item>) -> Result<Vec<Item>> {
    let (usable, others): (Vec<_>, Vec<_>) = items
        .into_iter()
        .filter(|item| item.key.label() == Label::Real)
        .partition(|item| item.landmarks.is_some());
    match (usable.is_empty(), others.first()) {
        (false, None) => {}
        (false, Some(first)) => {
            let (count, first) = (others.len(), first.rgb.display());
            tracing::warn!("{count} real samples without landmarks are not used, such as {first}");
        }
        (true, Some(first)) => return Err(Error::NoLandmarks { path: first.rgb.clone() }),
        (true, None) => return Err(Error::NoRealItems),
    }
    Ok(usable)
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
        if config.self_blend.is_some() {
            items = with_landmarks(items)?;
        }
        let maps = maps.filter(|_| config.channels == 4);
        if config.channels == 3 || maps.is_some() {
            items.iter_mut().for_each(|item| item.map = None);
        } else if config.self_blend.is_some() {
            let got = "stored maps, which no blend has".to_owned();
            return Err(SettingError::new("maps", "made on the fly with self_blend", got).into());
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

    /// Number of real and fake samples in the list (not as sampled); of self-blended pairs, their number
    /// twice.
    #[must_use]
    pub fn label_counts(&self) -> [usize; 2] {
        if self.shared.config.self_blend.is_some() {
            return [self.items().len(); 2];
        }
        let count = |label| self.items().iter().filter(|item| item.key.label() == label).count();
        Label::ALL.map(count)
    }

    /// Batches in an epoch; one without a readable sample is skipped.
    #[must_use]
    pub fn batches_per_epoch(&self) -> usize {
        let (count, size) = (self.items().len(), self.shared.config.items_per_batch());
        let full = count / size;
        let drops = self.shared.config.drop_last && full > 0;
        if drops { full } else { count.div_ceil(size) }
    }

    /// The self-blended pair of an item at its place of an epoch's order, as a batch has it; the place is
    /// that in the list where the order is not shuffled. `None` when pairs are not configured or its
    /// landmarks determine no pose.
    ///
    /// # Errors
    /// As [`load`].
    pub fn pair(&self, item: usize, epoch: u64, place: usize) -> Result<Option<Pair>> {
        self.shared.pair(item, epoch, place)
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
        let size = self.config.items_per_batch();
        let places = batch * size..((batch + 1) * size).min(order.len());
        let capacity = self.config.batch_size.min(places.len() * self.config.samples_per_item());
        let mut prepared = HostBatch::with_capacity(capacity, self.config.channels);
        for place in places {
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            let item = order[place];
            match self.samples(item, epoch, place) {
                Ok(samples) => {
                    for (sample, label) in samples {
                        prepared.push(&sample, label, item);
                    }
                }
                Err(error) => self.note(item, &error),
            }
        }
        (!prepared.is_empty()).then_some(prepared)
    }

    /// What `item` gives at `place` of an epoch: a sample, or both halves of a pair.
    fn samples(&self, item: usize, epoch: u64, place: usize) -> Result<Vec<(Sample, Label)>> {
        let path = &self.items[item].rgb;
        let mut samples = match self.config.self_blend {
            None => vec![(self.augmented(item, epoch, place)?, self.items[item].key.label())],
            Some(_) => {
                let pair = self.pair(item, epoch, place)?;
                let Some(Pair { target, blend, .. }) = pair else {
                    return Err(Error::NoPose { path: path.clone() });
                };
                let sample = |rgb, label| (Sample { rgb, defocus: None }, label);
                vec![sample(target, Label::Real), sample(blend, Label::Fake)]
            }
        };
        if let Some(maps) = &self.maps {
            for (sample, _) in &mut samples {
                sample.defocus = Some(maps.map(&sample.rgb, path)?);
            }
        }
        Ok(samples)
    }

    /// The sample of `item`, augmented for `place` of an epoch.
    fn augmented(&self, item: usize, epoch: u64, place: usize) -> Result<Sample> {
        let sample = load(&self.items[item])?;
        let Some(config) = &self.config.augment else { return Ok(sample) };
        let mut rng = order::sample_rng(self.config.seed, epoch, place);
        Ok(augment(sample, config, &mut rng))
    }

    fn pair(&self, item: usize, epoch: u64, place: usize) -> Result<Option<Pair>> {
        let item = &self.items[item];
        let (Some(blend), Some(landmarks)) = (&self.config.self_blend, item.landmarks) else {
            return Ok(None);
        };
        let crop = load(item)?.rgb;
        let mut rng = order::sample_rng(self.config.seed, epoch, place);
        Ok(self_blended(crop, landmarks, self.config.augment.as_ref(), blend, &mut rng))
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
