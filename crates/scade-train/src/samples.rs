//! From a store to the loaders of training, validation and test.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use scade_data::{Audit, Item, Label, Loader, LoaderConfig, SplitPart, Store, VideoKey, items};

use crate::{Balance, Config, Error, Maps, Unreadable, leaks, maps};

/// Batches of the three parts. A part that nobody was held out for is absent.
pub(crate) struct Loaders {
    pub(crate) train: Loader,
    pub(crate) val: Option<Loader>,
    pub(crate) test: Option<Loader>,
    /// What the parts share, where that is allowed.
    pub(crate) leaks: Audit,
}

impl Loaders {
    pub(crate) fn open(store: &Store, config: &Config) -> Result<Self, Error> {
        let splits = store.splits()?;
        let splits = splits.ok_or_else(|| Error::NoSplit { root: store.root().to_owned() })?;
        let leaks = leaks::check(store, &splits, config)?;
        let mapped = config.network.input_channels() == 4;
        let stored = mapped && config.maps == Maps::Stored;
        let live = if mapped && !stored { Some(maps::live(store)?) } else { None };
        let load = |items: Vec<Item>, how: LoaderConfig| match &live {
            Some(maps) => Loader::with_live_maps(items, how, maps.clone()),
            None => Loader::new(items, how),
        };
        let list = |part: &SplitPart| items(store, part, stored, config.max_frames_per_video);
        let (mut train, mut val, test) =
            (list(&splits.train)?, list(&splits.val)?, list(&splits.test)?);
        if config.shuffle_labels {
            train = with_shuffled_labels(train, config.seed)?;
            val = with_shuffled_labels(val, config.seed)?;
        }
        let count = |label| train.iter().filter(|item| item.key.label() == label).count();
        let [n_real, n_fake] = Label::ALL.map(count);
        if n_real == 0 || n_fake == 0 {
            return Err(Error::OneClass { root: store.root().to_owned(), n_real, n_fake });
        }
        let held_out = |items: Vec<Item>| {
            let some = (!items.is_empty()).then(|| load(items, quiet(config)));
            some.transpose()
        };
        Ok(Self {
            train: load(train, lively(config))?,
            val: held_out(val)?,
            test: held_out(test)?,
            leaks,
        })
    }
}

impl Loaders {
    /// How many samples were passed over so far.
    pub(crate) fn unreadable(&self) -> Unreadable {
        let of = |loader: &Option<Loader>| loader.as_ref().map_or(0, |l| l.failures().len());
        Unreadable { train: self.train.failures().len(), val: of(&self.val), test: of(&self.test) }
    }
}

/// Drawn anew and changed in every epoch.
fn lively(config: &Config) -> LoaderConfig {
    LoaderConfig {
        shuffle: true,
        balanced: config.balance == Balance::Sampler,
        drop_last: true,
        augment: Some(config.augment.clone()),
        ..quiet(config)
    }
}

/// Every sample once, in order, as it is.
fn quiet(config: &Config) -> LoaderConfig {
    LoaderConfig {
        batch_size: config.batch_size,
        workers: config.workers,
        shuffle: false,
        balanced: false,
        drop_last: false,
        augment: None,
        channels: config.network.input_channels(),
        seed: config.seed,
    }
}

/// Deals the labels of the videos out again at random: as many real and fake videos as before, and
/// all samples of a video still share its label.
fn with_shuffled_labels(items: Vec<Item>, seed: u64) -> Result<Vec<Item>, Error> {
    let videos: BTreeSet<VideoKey> = items.iter().map(|item| item.key.clone()).collect();
    let mut labels: Vec<_> = videos.iter().map(VideoKey::label).collect();
    labels.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let dealt: BTreeMap<_, _> = videos.into_iter().zip(labels).collect();
    items
        .into_iter()
        .map(|item| {
            let key = VideoKey::new(dealt[&item.key], item.key.name())?;
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
        };
        let items: Vec<_> = (0..40)
            .flat_map(|video| {
                let label = if video % 4 == 0 { Label::Real } else { Label::Fake };
                [item(label, format!("v{video}"), 0), item(label, format!("v{video}"), 10)]
            })
            .collect();
        let shuffled = with_shuffled_labels(items.clone(), 7).unwrap();
        let real = |items: &[Item]| items.iter().filter(|i| i.key.label() == Label::Real).count();
        assert_eq!(real(&shuffled), real(&items));
        assert!(shuffled.chunks(2).all(|pair| pair[0].key == pair[1].key));
        let moved = items.iter().zip(&shuffled).filter(|(a, b)| a.key != b.key).count();
        assert!(moved > 10, "{moved} labels changed");
    }
}
