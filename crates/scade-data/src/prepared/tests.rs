//! Tests of a prepared dataset on disk.

use super::*;
use crate::testing::{add_video, empty_store, synthetic_face, synthetic_map};
use crate::{CropFormat, FileFormats, MapFormat, SubsetVideos};
use scade_sample::SampleSpec;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn the_published_files_are_at_their_paths() {
    let (_folder, store) = empty_store();
    add_video(&store, Label::Fake, "000_003", 2, true);
    store.write_metadata().unwrap();
    let part = |fake: &[&str]| SubsetVideos {
        real: Vec::new(),
        fake: fake.iter().map(ToString::to_string).collect(),
    };
    let splits = Splits { train: part(&["000_003"]), val: part(&[]), test: part(&[]) };
    store.write_splits(&splits).unwrap();
    for path in [
        "face_crops/fake/000_003/frame_000010.jpg",
        "defocus_maps/fake/000_003/frame_000010.npy",
        "records/fake/000_003.json",
    ] {
        assert!(store.root().join(path).is_file(), "{path}");
    }
    let read = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(store.root().join(name)).unwrap()).unwrap()
    };
    assert_eq!(read("metadata.json")[0]["saved_frames"], 2);
    assert_eq!(read("splits.json")["train"], json!({"real": [], "fake": ["000_003"]}));
    assert_eq!(store.splits().unwrap(), Some(splits));
}

/// Only SCADE-Net's files, and training finds the others.
#[test]
fn the_published_layout_is_exact_and_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("data");
    let store =
        PreparedDataset::create_as(&root, FileLayout::Published, &DatasetSpec::default()).unwrap();
    add_video(&store, Label::Fake, "000_003", 1, true);
    store.write_metadata().unwrap();
    let _lock = store.lock().unwrap();
    let names = file_names(&root).unwrap();
    assert_eq!(
        BTreeSet::from_iter(names),
        ["defocus_maps", "face_crops", "metadata.json"].map(String::from).into()
    );
    let text = std::fs::read(root.join("metadata.json")).unwrap();
    let read: Value = serde_json::from_slice(&text).unwrap();
    let fields: BTreeSet<_> = read[0].as_object().unwrap().keys().map(|key| &**key).collect();
    let expected = "detection_rate failed_detections fps label sampled_frames saved_frames \
                    status total_frames video";
    assert_eq!(fields, expected.split(' ').collect());
    let opened = PreparedDataset::open(&root).unwrap();
    assert_eq!((opened.tree(), opened.records().unwrap().len()), (FileLayout::Published, 1));
    let error = PreparedDataset::create(&root, &DatasetSpec::default()).unwrap_err();
    assert!(error.to_string().contains("expected layout version 1, got the pub"), "{error}");
}

#[test]
fn formats_determine_the_extensions() {
    let folder = tempfile::tempdir().unwrap();
    let files = FileFormats { crops: CropFormat::Webp, maps: MapFormat::Png };
    let sample = SampleSpec { files, ..SampleSpec::default() };
    let spec = DatasetSpec { sample, ..DatasetSpec::default() };
    let store = PreparedDataset::create(folder.path(), &spec).unwrap();
    let key = VideoKey::new(Label::Real, "a").unwrap();
    let mut writer = store.begin_video(&key).unwrap();
    let crop = CropFormat::Webp.encode(&synthetic_face(1), 0).unwrap();
    writer.add_face(7, &crop, Some(&synthetic_map(1)), None).unwrap();
    writer.finish(VideoRecord { sampled_frames: 1, ..VideoRecord::new(&key) }).unwrap();
    for path in ["face_crops/real/a/frame_000007.webp", "defocus_maps/real/a/frame_000007.png"] {
        assert!(store.root().join(path).is_file(), "{path}");
    }
    let part = SubsetVideos { real: vec!["a".into()], fake: Vec::new() };
    let item = crate::items(&store, &part, true, None).unwrap().remove(0);
    let sample = crate::load(&item).unwrap();
    assert_eq!(sample.rgb, synthetic_face(1));
    assert_eq!(sample.defocus, Some(store.files().maps.quantized(synthetic_map(1))));
}

#[test]
fn a_dataset_has_one_writer_at_a_time() {
    let (_folder, store) = empty_store();
    let leftover = store.root().join("records/real/.partial-w38zMo");
    std::fs::create_dir_all(leftover.parent().unwrap()).unwrap();
    std::fs::write(&leftover, "half a rec").unwrap();
    let lock = store.lock().unwrap();
    assert!(!leftover.exists());
    let error = PreparedDataset::open(store.root()).unwrap().lock().unwrap_err();
    assert!(matches!(error, Error::Busy { ref root } if root == store.root()), "{error}");
    drop(lock);
    store.lock().unwrap();
}

#[test]
fn other_settings_are_refused_with_their_names() {
    let (_folder, store) = empty_store();
    let spec = DatasetSpec::default();
    assert!(PreparedDataset::create(store.root(), &spec).is_ok());
    let mut other = spec.clone();
    other.sample.jpeg_quality = 50;
    let error = PreparedDataset::create(store.root(), &other).unwrap_err();
    assert!(error.to_string().contains("`sample.jpeg_quality`: expected 50, got 95"), "{error}");
    assert_eq!(PreparedDataset::open(store.root()).unwrap().spec(), &spec);
}

#[test]
fn a_folder_without_a_dataset_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let error = PreparedDataset::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("face_crops/{real,fake}/<video>"), "{error}");
    std::fs::create_dir(folder.path().join("face_crops")).unwrap();
    assert!(matches!(PreparedDataset::open(folder.path()), Err(Error::UnknownOrigin { .. })));
    let created = PreparedDataset::create(folder.path(), &DatasetSpec::default());
    assert!(matches!(created, Err(Error::UnknownOrigin { .. })));
}

/// Defect of SCADE-Net: a name in both classes was read twice as real.
#[test]
fn a_name_in_both_classes_is_two_videos() {
    let (_folder, store) = empty_store();
    add_video(&store, Label::Fake, "clip", 1, false);
    add_video(&store, Label::Real, "clip", 2, false);
    let saved: Vec<_> =
        store.records().unwrap().iter().map(|r| (r.label, r.saved_frames)).collect();
    assert_eq!(saved, [(Label::Real, 2), (Label::Fake, 1)]);
}

#[test]
fn damaged_and_misplaced_records_are_errors() {
    let (_folder, store) = empty_store();
    add_video(&store, Label::Fake, "a", 1, false);
    let [a, b] = ["a", "b"].map(|name| VideoKey::new(Label::Fake, name).unwrap());
    assert_eq!(store.record(&b).unwrap(), None);
    std::fs::copy(store.record_path(&a), store.record_path(&b)).unwrap();
    assert!(matches!(store.record(&b), Err(Error::Record { .. })));
    std::fs::write(store.record_path(&b), "{\"video\": \"b\"").unwrap();
    assert!(matches!(store.records(), Err(Error::Json { .. })));
    std::fs::remove_file(store.record_path(&b)).unwrap();
    std::fs::write(store.root().join("records/fake/.partial-x.json"), "half").unwrap();
    assert_eq!(store.records().unwrap().len(), 1);
}
