//! Epochs over small datasets.

use tempfile::TempDir;

use super::*;
use crate::testing::{add_video, empty_store};
use crate::{DegradationConfig, FACE_SIZE, PreparedDataset, SubsetVideos, items};

const CONFIG: LoaderConfig = LoaderConfig {
    batch_size: 3,
    workers: 0,
    shuffle: true,
    balanced: false,
    drop_last: false,
    augment: None,
    self_blend: None,
    channels: 4,
    seed: 42,
};

/// Three real and five fake samples with maps.
fn prepared() -> (TempDir, PreparedDataset, Vec<Item>) {
    let (folder, store) = empty_store();
    add_video(&store, Label::Real, "r", 3, true);
    add_video(&store, Label::Fake, "f", 4, true);
    add_video(&store, Label::Fake, "g", 1, true);
    let part = SubsetVideos { real: vec!["r".into()], fake: vec!["f".into(), "g".into()] };
    let items = items(&store, &part, true, None).unwrap();
    (folder, store, items)
}

fn epoch(items: &[Item], config: &LoaderConfig, epoch: u64) -> Vec<HostBatch> {
    let loader = Loader::new(items.to_vec(), config.clone()).unwrap();
    loader.epoch(epoch).unwrap().map(Result::unwrap).collect()
}

fn order(batches: &[HostBatch]) -> Vec<usize> {
    batches.iter().flat_map(|batch| batch.items.clone()).collect()
}

#[test]
fn batches_are_the_same_bytes_whatever_the_number_of_workers() {
    let (_folder, _store, items) = prepared();
    let augment = Some(AugmentConfig::default());
    for balanced in [false, true] {
        let config = LoaderConfig { augment: augment.clone(), balanced, ..CONFIG };
        let alone = epoch(&items, &config, 1);
        assert_eq!(alone.len(), 3);
        for workers in [1, 3] {
            let together = epoch(&items, &LoaderConfig { workers, ..config.clone() }, 1);
            assert!(together == alone, "{workers} workers, balanced: {balanced}");
        }
        assert!(epoch(&items, &LoaderConfig { seed: 43, ..config }, 1) != alone);
    }
}

/// As several ranks read an epoch.
#[test]
fn a_shard_of_an_epoch_is_its_wanted_batches_and_may_be_empty() {
    let (_folder, _store, items) = prepared();
    let config = LoaderConfig { augment: Some(AugmentConfig::default()), workers: 2, ..CONFIG };
    let whole = epoch(&items, &config, 4);
    let loader = Loader::new(items, config).unwrap();
    let shard = |wanted: &[usize]| -> Vec<HostBatch> {
        let wanted = wanted.to_vec();
        let epoch = loader.epoch_where(4, |batch| wanted.contains(&batch)).unwrap();
        epoch.map(Result::unwrap).collect()
    };
    assert!(shard(&[1]) == whole[1..2]);
    assert!(shard(&[0, 2]) == [whole[0].clone(), whole[2].clone()]);
    assert!(shard(&[]).is_empty() && shard(&[3]).is_empty());
}

/// Defect of SCADE-Net: a resumed run differed from an uninterrupted one.
#[test]
fn an_epoch_does_not_depend_on_earlier_ones() {
    let (_folder, _store, items) = prepared();
    let config = LoaderConfig { augment: Some(AugmentConfig::default()), ..CONFIG };
    let loader = Loader::new(items.clone(), config.clone()).unwrap();
    let run = |number| -> Vec<_> { loader.epoch(number).unwrap().map(Result::unwrap).collect() };
    let (first, second) = (run(0), run(1));
    assert!(second == epoch(&items, &config, 1));
    assert!(first != second);
}

#[test]
fn without_shuffling_samples_come_as_listed_with_their_labels() {
    let (_folder, _store, items) = prepared();
    let batches = epoch(&items, &LoaderConfig { shuffle: false, channels: 3, ..CONFIG }, 0);
    assert_eq!(order(&batches), (0..8).collect::<Vec<_>>());
    assert_eq!(batches[0].labels, [0.0, 0.0, 0.0]);
    assert_eq!(batches[2].labels, [1.0, 1.0]);
    assert_eq!(batches[2].pixels.pixels().len(), 2 * 3 * 256 * 256);
    let mut shuffled = order(&epoch(&items, &CONFIG, 0));
    assert_ne!(shuffled, (0..8).collect::<Vec<_>>());
    shuffled.sort_unstable();
    assert_eq!(shuffled, (0..8).collect::<Vec<_>>());
}

/// Defect of SCADE-Net: a set smaller than a batch gave epochs without an update.
#[test]
fn a_set_smaller_than_a_batch_still_gives_one() {
    let (_folder, _store, items) = prepared();
    for (batch_size, drop_last, expected) in [
        (3, true, &[3, 3][..]),
        (3, false, &[3, 3, 2]),
        (8, true, &[8]),
        (9, true, &[8]),
        (75, true, &[8]),
        (75, false, &[8]),
        (7, false, &[7, 1]),
    ] {
        let config = LoaderConfig { batch_size, drop_last, channels: 3, ..CONFIG };
        let loader = Loader::new(items.clone(), config.clone()).unwrap();
        assert_eq!(loader.batches_per_epoch(), expected.len());
        let sizes: Vec<_> = epoch(&items, &config, 0).iter().map(HostBatch::len).collect();
        assert_eq!(sizes, expected, "{batch_size} {drop_last}");
    }
}

#[test]
fn a_balanced_epoch_is_as_long_as_the_set() {
    let (_folder, _store, items) = prepared();
    let config = LoaderConfig { balanced: true, channels: 3, ..CONFIG };
    let sampled: Vec<_> =
        (0..20).flat_map(|number| order(&epoch(&items, &config, number))).collect();
    assert_eq!(sampled.len(), 20 * items.len());
    let fakes = sampled.iter().filter(|item| items[**item].key.label() == Label::Fake).count();
    assert!((60..100).contains(&fakes), "{fakes} fakes of 160");
}

#[test]
fn unreadable_samples_are_skipped_and_counted_once() {
    let (_folder, _store, items) = prepared();
    std::fs::write(&items[1].rgb, "no image").unwrap();
    std::fs::remove_file(items[6].map.as_ref().unwrap()).unwrap();
    for workers in [0, 2] {
        let config = LoaderConfig { workers, shuffle: false, ..CONFIG };
        let loader = Loader::new(items.clone(), config).unwrap();
        for number in 0..2 {
            let batches: Vec<_> = loader.epoch(number).unwrap().map(Result::unwrap).collect();
            assert_eq!(order(&batches), [0, 2, 3, 4, 5, 7]);
        }
        let failures = loader.failures();
        let numbers: Vec<_> = failures.iter().map(|failure| failure.item).collect();
        assert_eq!(numbers, [1, 6]);
        assert_eq!(failures[0].path, items[1].rgb);
        assert!(failures[1].reason.contains("no defocus map at"), "{}", failures[1].reason);
    }
}

#[test]
fn a_batch_without_readable_samples_is_skipped_and_a_whole_epoch_is_an_error() {
    let (_folder, _store, items) = prepared();
    let config = LoaderConfig { shuffle: false, workers: 2, ..CONFIG };
    for item in &items[3..6] {
        std::fs::write(&item.rgb, "").unwrap();
    }
    assert_eq!(order(&epoch(&items, &config, 0)), [0, 1, 2, 6, 7]);
    for item in &items {
        std::fs::write(&item.rgb, "").unwrap();
    }
    let loader = Loader::new(items, config).unwrap();
    let results: Vec<_> = loader.epoch(0).unwrap().collect();
    assert_eq!(results.len(), 1);
    assert!(matches!(results[0], Err(Error::NothingReadable { items: 8, .. })), "{results:?}");
}

#[test]
fn leaving_an_epoch_early_stops_its_threads() {
    let (_folder, _store, items) = prepared();
    let config = LoaderConfig { batch_size: 1, workers: 3, ..CONFIG };
    let loader = Loader::new(items, config).unwrap();
    let mut epoch = loader.epoch(0).unwrap();
    assert!(epoch.next().unwrap().is_ok());
    drop(epoch);
    assert_eq!(Arc::strong_count(&loader.shared), 1, "no thread holds the samples");
}

#[test]
fn invalid_settings_are_refused_immediately() {
    let (_folder, _store, mut items) = prepared();
    let new = |items: &[Item], config| Loader::new(items.to_vec(), config);
    assert!(matches!(new(&[], CONFIG), Err(Error::NoItems)));
    let wild = AugmentConfig { hue_shift_prob: 2.0, ..AugmentConfig::default() };
    for config in [
        LoaderConfig { batch_size: 0, ..CONFIG },
        LoaderConfig { channels: 1, ..CONFIG },
        LoaderConfig { augment: Some(wild), ..CONFIG },
    ] {
        assert!(matches!(new(&items, config), Err(Error::Setting(_))));
    }
    assert_eq!(new(&items, CONFIG).unwrap().label_counts(), [3, 5]);
    items[2].map = None;
    let error = new(&items, CONFIG).unwrap_err();
    assert!(matches!(&error, Error::Setting(error) if error.path == "channels"), "{error}");
    assert!(new(&items, LoaderConfig { channels: 3, ..CONFIG }).is_ok());
}

/// The red channel as a map, so that it can be compared with its crop.
fn red() -> OnTheFlyMaps {
    OnTheFlyMaps::new(|crop: &scade_image::RgbImage| -> Result<_> {
        let red = crop.pixels().map(|pixel| f32::from(pixel[0]) / 255.0).collect();
        Ok(scade_image::Plane::from_vec(FACE_SIZE, FACE_SIZE, red).unwrap())
    })
}

#[test]
fn on_the_fly_maps_are_computed_from_augmented_crops_and_need_no_stored_ones() {
    let (_folder, store, items) = prepared();
    std::fs::remove_dir_all(store.root().join("defocus_maps")).unwrap();
    let degrade =
        DegradationConfig { blur_prob: 1.0, jpeg_prob: 1.0, ..DegradationConfig::default() };
    let augment = Some(AugmentConfig { degrade, ..AugmentConfig::default() });
    let config = LoaderConfig { augment, ..CONFIG };
    let loader = Loader::with_on_the_fly_maps(items, config, red()).unwrap();
    let mut samples = 0;
    for batch in loader.epoch(3).unwrap() {
        for sample in batch.unwrap().pixels.pixels().chunks_exact(4 * FACE_SIZE * FACE_SIZE) {
            let (red, map) =
                (&sample[..FACE_SIZE * FACE_SIZE], &sample[3 * FACE_SIZE * FACE_SIZE..]);
            assert!(red.iter().zip(map).all(|(a, b)| (a - b).abs() < 1e-6));
            samples += 1;
        }
    }
    assert_eq!(samples, 8);
    assert!(loader.failures().is_empty());
}

#[test]
fn an_on_the_fly_map_that_cannot_be_computed_is_a_failure_and_never_zeros() {
    let (_folder, _store, items) = prepared();
    let nan = OnTheFlyMaps::new(|_: &scade_image::RgbImage| -> Result<_> {
        let size = FACE_SIZE * FACE_SIZE;
        Ok(scade_image::Plane::from_vec(FACE_SIZE, FACE_SIZE, vec![f32::NAN; size]).unwrap())
    });
    let loader = Loader::with_on_the_fly_maps(items, CONFIG, nan).unwrap();
    let error = loader.epoch(0).unwrap().next().unwrap().unwrap_err();
    assert!(matches!(error, Error::NothingReadable { items: 8, .. }), "{error}");
}

const LANDMARKS: scade_image::Landmarks = scade_image::Landmarks([
    [98.0, 105.0],
    [158.0, 104.0],
    [128.0, 140.0],
    [103.0, 174.0],
    [153.0, 174.0],
]);

fn with_faces(items: &[Item]) -> Vec<Item> {
    items.iter().map(|item| Item { landmarks: Some(LANDMARKS), ..item.clone() }).collect()
}

fn self_blended_config() -> LoaderConfig {
    LoaderConfig {
        batch_size: 4,
        channels: 3,
        augment: Some(AugmentConfig::default()),
        self_blend: Some(BlendConfig::default()),
        ..CONFIG
    }
}

#[test]
fn self_blended_batches_are_pairs_of_the_real_samples() {
    let (_folder, _store, items) = prepared();
    let items = with_faces(&items);
    let config = self_blended_config();
    let batches = epoch(&items, &config, 2);
    // Three real samples: two pairs, then one.
    assert_eq!(batches.iter().map(HostBatch::len).collect::<Vec<_>>(), [4, 2]);
    let size = 3 * FACE_SIZE * FACE_SIZE;
    for batch in &batches {
        for (labels, items) in batch.labels.chunks(2).zip(batch.items.chunks(2)) {
            assert_eq!(labels, [0.0, 1.0]);
            assert_eq!(items[0], items[1]);
        }
        let pixels: Vec<_> = batch.pixels.pixels().chunks_exact(size).collect();
        assert!(pixels.chunks(2).all(|pair| pair[0] != pair[1]));
    }
    let mut listed = order(&batches);
    listed.sort_unstable();
    assert_eq!(listed, [0, 0, 1, 1, 2, 2]);
    assert_eq!(Loader::new(items.clone(), config.clone()).unwrap().label_counts(), [3, 3]);
    assert!(epoch(&items, &LoaderConfig { workers: 2, ..config.clone() }, 2) == batches);
    assert!(epoch(&items, &config, 3) != batches, "no pair occurs twice");
}

#[test]
fn a_pair_can_be_shown_as_a_batch_has_it() {
    let (_folder, _store, items) = prepared();
    let config = LoaderConfig { shuffle: false, ..self_blended_config() };
    let loader = Loader::new(with_faces(&items), config).unwrap();
    let batch = loader.epoch(5).unwrap().next().unwrap().unwrap();
    let pair = loader.pair(1, 5, 1).unwrap().unwrap();
    let mut shown = HostBatch::with_capacity(1, 3);
    shown.push(&Sample { rgb: pair.blend, defocus: None }, Label::Fake, 1);
    let size = 3 * FACE_SIZE * FACE_SIZE;
    assert!(batch.pixels.pixels()[3 * size..4 * size] == *shown.pixels.pixels());
}

#[test]
fn self_blending_needs_real_samples_with_landmarks_and_even_batches() {
    let (_folder, _store, items) = prepared();
    let new = |items: Vec<Item>, config| Loader::new(items, config);
    let config = self_blended_config();
    assert!(matches!(new(items.clone(), config.clone()), Err(Error::NoLandmarks { .. })));
    let fakes = with_faces(&items[3..]);
    assert!(matches!(new(fakes, config.clone()), Err(Error::NoRealItems)));
    let faces = with_faces(&items);
    for config in [
        LoaderConfig { batch_size: 3, ..config.clone() },
        // Stored maps are not those of a blend.
        LoaderConfig { channels: 4, ..config.clone() },
    ] {
        assert!(matches!(new(faces.clone(), config), Err(Error::Setting(_))));
    }
    let with_maps = LoaderConfig { channels: 4, ..config };
    let loader = Loader::with_on_the_fly_maps(faces, with_maps, red()).unwrap();
    assert_eq!(loader.epoch(0).unwrap().count(), 2);
}
