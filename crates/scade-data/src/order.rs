//! The order of the samples of an epoch, and their random numbers.
//!
//! Both depend only on the seed, the number of the epoch and the position in it, not on earlier epochs
//! or the number of threads.

use std::collections::BTreeMap;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{Item, Label};

/// Item indices per class and video, for balanced sampling. Classes without items are omitted.
pub(crate) type Classes = Vec<Vec<Vec<usize>>>;

/// Groups the indices of `items` by class, then by video.
pub(crate) fn classes(items: &[Item]) -> Classes {
    let mut videos: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (number, item) in items.iter().enumerate() {
        videos.entry(&item.key).or_default().push(number);
    }
    let of = |label: Label| -> Vec<_> {
        videos.iter().filter(|(key, _)| key.label() == label).map(|(_, own)| own.clone()).collect()
    };
    Label::ALL.into_iter().map(of).filter(|videos: &Vec<_>| !videos.is_empty()).collect()
}

/// `0..count`, shuffled by seed and epoch.
pub(crate) fn shuffled(count: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    order.shuffle(&mut rng(seed, epoch, 0));
    order
}

/// Samples `count` items with replacement: a class, then one of its videos, then one of its frames,
/// each uniformly. Sampling frames directly would let long videos dominate their class.
pub(crate) fn balanced(classes: &Classes, count: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut rng = rng(seed, epoch, 0);
    let mut sample = || {
        let video = classes.choose(&mut rng)?.choose(&mut rng)?;
        video.choose(&mut rng).copied()
    };
    (0..count).map_while(|_| sample()).collect()
}

/// The random number generator of the sample at `position` (from 0) of an epoch.
pub(crate) fn sample_rng(seed: u64, epoch: u64, position: usize) -> ChaCha8Rng {
    rng(seed, epoch, 1 + position as u64)
}

/// Stream 0 is for the order, the others are for the samples in it.
fn rng(seed: u64, epoch: u64, stream: u64) -> ChaCha8Rng {
    let mut base = ChaCha8Rng::seed_from_u64(seed);
    let mut key: [u8; 32] = base.random();
    for (byte, of_epoch) in key.iter_mut().zip(epoch.to_le_bytes()) {
        *byte ^= of_epoch;
    }
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(stream);
    rng
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VideoKey;

    fn items(videos: &[(Label, &str, usize)]) -> Vec<Item> {
        let of = |(label, name, frames): &(Label, &str, usize)| -> Vec<Item> {
            let key = VideoKey::new(*label, *name).unwrap();
            let item = |frame: usize| Item {
                key: key.clone(),
                face: frame.into(),
                rgb: Default::default(),
                map: None,
                landmarks: None,
            };
            (0..*frames).map(item).collect()
        };
        videos.iter().flat_map(of).collect()
    }

    #[test]
    fn shuffles_are_permutations_that_differ_by_seed_and_epoch() {
        let order = shuffled(100, 42, 3);
        assert_eq!(order, shuffled(100, 42, 3));
        assert_ne!(order, shuffled(100, 42, 4));
        assert_ne!(order, shuffled(100, 43, 3));
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<_>>());
    }

    /// Defect of SCADE-Net: sampling was by frame, so long videos dominated.
    #[test]
    fn balanced_sampling_is_even_over_classes_and_over_videos_within_them() {
        let items = items(&[
            (Label::Real, "short", 2),
            (Label::Real, "long", 98),
            (Label::Fake, "a", 400),
            (Label::Fake, "b", 100),
        ]);
        let sampled = balanced(&classes(&items), 8000, 42, 0);
        assert_eq!(sampled.len(), 8000);
        let mut counts = BTreeMap::new();
        for number in sampled {
            *counts.entry(items[number].key.name()).or_insert(0_i32) += 1;
        }
        assert_eq!(counts.len(), 4);
        assert!(counts.values().all(|count| (count - 2000).abs() < 150), "{counts:?}");
    }

    #[test]
    fn a_single_class_can_be_sampled() {
        let items = items(&[(Label::Fake, "a", 3)]);
        assert_eq!(balanced(&classes(&items), 5, 1, 0).len(), 5);
    }

    #[test]
    fn every_position_of_every_epoch_has_its_own_random_numbers() {
        let first = |seed, epoch, place| sample_rng(seed, epoch, place).random::<u64>();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..3 {
            for epoch in [0, 1, 255, 256] {
                for place in 0..50 {
                    assert!(seen.insert(first(seed, epoch, place)), "{seed} {epoch} {place}");
                }
            }
        }
        assert_eq!(first(2, 256, 49), first(2, 256, 49));
    }
}
