//! The prepared dataset as batches for training, validation and test.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use scade_data::{
    Audit, Item, Label, Loader, LoaderConfig, PreparedDataset, Splits, Subset, VideoKey, items_of,
};

use crate::seed::Seeds;
use crate::{Balance, Config, Error, Maps, Unreadable, leaks, maps};

/// A prepared dataset that was opened, checked and listed once.
#[derive(Debug)]
pub(crate) struct Samples {
    pub(crate) store: PreparedDataset,
    pub(crate) splits: Splits,
    /// What the subsets share, where that is allowed.
    pub(crate) leaks: Audit,
    train: Loader,
    /// None without samples of that subset.
    val: Option<Loader>,
    test: Option<Loader>,
}

impl Samples {
    /// Opens `config.data`.
    ///
    /// # Errors
    /// [`Error::Data`] without a dataset, [`Error::NoSplit`], [`Error::Leaks`], [`Error::Channels`],
    /// [`Error::OneClass`], and everything else that keeps the samples from being listed.
    pub(crate) fn open(config: &Config) -> Result<Self, Error> {
        let store = PreparedDataset::open(&config.data)?;
        let root = || store.root().to_owned();
        let splits = store.splits()?.ok_or_else(|| Error::NoSplit { root: root() })?;
        let records = store.records()?;
        let leaks = leaks::check(store.root(), &records, &splits, config)?;
        let mapped = config.network.input_channels() == 4;
        let stored = mapped && config.maps == Maps::Stored;
        let on_the_fly = if mapped && !stored { Some(maps::on_the_fly(&store)?) } else { None };
        let load = |items: Vec<Item>, how: LoaderConfig| match &on_the_fly {
            Some(maps) => Loader::with_on_the_fly_maps(items, how, maps.clone()),
            None => Loader::new(items, how),
        };
        let list = |part: Subset| {
            let subset = splits.part(part);
            let items = items_of(&store, &records, subset, stored, config.max_frames_per_video)?;
            // The test set keeps its labels: the control must end at chance on it.
            match config.shuffle_labels && part != Subset::Test {
                true => with_shuffled_labels(items, Seeds::new(config.seed)),
                false => Ok(items),
            }
        };
        let [train, val, test] = [list(Subset::Train)?, list(Subset::Val)?, list(Subset::Test)?];
        let count = |label| train.iter().filter(|item| item.key.label() == label).count();
        let [n_real, n_fake] = Label::ALL.map(count);
        if n_real == 0 || (n_fake == 0 && config.self_blend.is_none()) {
            return Err(Error::OneClass { root: root(), n_real, n_fake });
        }
        let held_out = |items: Vec<Item>, self_blended: bool| {
            let mut how = for_evaluation(config);
            if self_blended && config.self_blend.is_some() {
                // Made as in training, and the same in every epoch.
                how.self_blend.clone_from(&config.self_blend);
                how.augment = Some(config.augment.clone());
            }
            (!items.is_empty()).then(|| load(items, how)).transpose()
        };
        let train = load(train, for_training(config))?;
        let has_fakes = test.iter().any(|item| item.key.label() == Label::Fake);
        let (val, test) = (held_out(val, true)?, held_out(test, !has_fakes)?);
        Ok(Self { store, splits, leaks, train, val, test })
    }

    /// Batches of the training set.
    pub(crate) fn train(&self) -> &Loader {
        &self.train
    }

    /// Batches of a subset; none when it has no samples.
    pub(crate) fn subset(&self, part: Subset) -> Option<&Loader> {
        match part {
            Subset::Train => Some(&self.train),
            Subset::Val => self.val.as_ref(),
            Subset::Test => self.test.as_ref(),
        }
    }

    /// How many samples could not be read so far.
    pub(crate) fn unreadable(&self) -> Unreadable {
        let of = |part| self.subset(part).map_or(0, |loader| loader.failures().len());
        Unreadable { train: of(Subset::Train), val: of(Subset::Val), test: of(Subset::Test) }
    }
}

/// Shuffled and augmented in every epoch.
fn for_training(config: &Config) -> LoaderConfig {
    LoaderConfig {
        shuffle: true,
        balanced: config.balance == Balance::Sampler,
        drop_last: true,
        augment: Some(config.augment.clone()),
        self_blend: config.self_blend.clone(),
        ..for_evaluation(config)
    }
}

/// Every stored sample once, in order, unchanged.
fn for_evaluation(config: &Config) -> LoaderConfig {
    LoaderConfig {
        batch_size: config.batch_size,
        workers: config.workers,
        shuffle: false,
        balanced: false,
        drop_last: false,
        augment: None,
        self_blend: None,
        channels: config.network.input_channels(),
        seed: Seeds::new(config.seed).samples(),
    }
}

/// Permutes the labels of the videos: as many real and fake videos as before, and all samples of a video
/// still share its label.
fn with_shuffled_labels(items: Vec<Item>, seeds: Seeds) -> Result<Vec<Item>, Error> {
    let videos: BTreeSet<VideoKey> = items.iter().map(|item| item.key.clone()).collect();
    let mut labels: Vec<_> = videos.iter().map(VideoKey::label).collect();
    labels.shuffle(&mut seeds.labels());
    let permuted: BTreeMap<_, _> = videos.into_iter().zip(labels).collect();
    items
        .into_iter()
        .map(|item| {
            let key = VideoKey::new(permuted[&item.key], item.key.name())?;
            Ok(Item { key, ..item })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_keeps_counts_and_videos_together() {
        let item = |label, name: String, frame: usize| Item {
            key: VideoKey::new(label, name).unwrap(),
            face: frame.into(),
            rgb: "unread".into(),
            map: None,
            landmarks: None,
        };
        let items: Vec<_> = (0..40)
            .flat_map(|video| {
                let label = if video % 4 == 0 { Label::Real } else { Label::Fake };
                [item(label, format!("v{video}"), 0), item(label, format!("v{video}"), 10)]
            })
            .collect();
        let shuffled = with_shuffled_labels(items.clone(), Seeds::new(7)).unwrap();
        let real = |items: &[Item]| items.iter().filter(|i| i.key.label() == Label::Real).count();
        assert_eq!(real(&shuffled), real(&items));
        assert!(shuffled.chunks(2).all(|pair| pair[0].key == pair[1].key));
        let moved = items.iter().zip(&shuffled).filter(|(a, b)| a.key != b.key).count();
        assert!(moved > 10, "{moved} labels changed");
    }
}
