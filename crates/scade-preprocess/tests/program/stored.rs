//! Files on disk: formats, and the published layout.

use std::collections::BTreeSet;
use std::path::Path;

use scade_data::{FileLayout, PreparedDataset};

use super::{arguments, assert_same, files, refused, scade_preprocess, synthetic};

/// Names of everything in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn crops_and_maps_have_the_requested_formats() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    let formats = ["--crop-format", "webp", "--map-format", "png"];
    scade_preprocess().args(arguments(&dataset, &output)).args(formats).assert().success();
    let store = PreparedDataset::open(&output).unwrap();
    for record in store.records().unwrap() {
        let key = record.key().unwrap();
        assert_eq!(record.saved_frames, 6);
        for face in record.faces() {
            let [crop, map] = [store.crop_path(&key, face), store.map_path(&key, face)];
            let crop = image::open(crop).unwrap();
            assert_eq!((crop.width(), crop.color()), (256, image::ColorType::Rgb8));
            assert_eq!(image::open(map).unwrap().color(), image::ColorType::L16);
        }
    }
    let mut command = scade_preprocess();
    let stderr = refused(command.args(arguments(&dataset, &output)), 1);
    assert!(stderr.contains("`sample.files"), "{stderr}");
}

#[test]
fn the_published_layout_has_the_published_files_only() {
    let Some((folder, dataset, output)) = synthetic(8) else { return };
    let published = |output: &Path, flags: &[&str]| {
        let mut command = scade_preprocess();
        command.args(arguments(&dataset, output)).args(["--layout-version", "published"]);
        command.args(flags).assert().success();
    };
    published(&output, &[]);
    let expected = ["defocus_maps", "face_crops", "metadata.json", "splits.json"];
    assert_eq!(names(&output), expected.map(String::from).into());
    let all = files(&output);
    let samples = all.keys().filter(|path| path.starts_with("face_crops"));
    assert_eq!(samples.count(), 16 * 6);
    assert!(all.keys().all(|path| {
        matches!(path.extension().and_then(|ending| ending.to_str()), Some("jpg" | "npy" | "json"))
    }));
    let beside = names(&folder.path().join("store.scade"));
    for name in ["preparation.json", "records", "audit.json", "contact_real.png"] {
        assert!(beside.contains(name), "{beside:?}");
    }
    // It can be continued and opened like any other dataset.
    published(&output, &[]);
    assert_eq!(files(&output), all);
    let store = PreparedDataset::open(&output).unwrap();
    assert_eq!((store.tree(), store.records().unwrap().len()), (FileLayout::Published, 16));
    // Shards result in the same files.
    let shards = folder.path().join("sharded");
    for shard in ["1/2", "2/2"] {
        published(&shards, &["--shard", shard]);
    }
    scade_preprocess().args(["merge", "--output"]).arg(&shards).assert().success();
    assert!(files(&shards) == all);
    let stderr = refused(scade_preprocess().args(arguments(&dataset, &output)), 1);
    assert!(stderr.contains("--layout-version"), "{stderr}");
}

/// A video is identified by its file and not only by its name.
#[test]
fn only_a_replaced_file_is_processed_again() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    let run = || {
        let mut command = scade_preprocess();
        let assert = command.args(arguments(&dataset, &output)).arg("--json").assert().success();
        let report: serde_json::Value =
            serde_json::from_slice(&assert.get_output().stdout).unwrap();
        report["kept_videos"].as_u64().unwrap()
    };
    assert_eq!((run(), run()), (0, 4));
    let record = || PreparedDataset::open(&output).unwrap().records().unwrap().remove(0);
    let before = record();
    let file = before.file.clone().unwrap();
    assert_eq!(file.path, format!("real/{}.mp4", before.video));
    std::fs::copy(dataset.join("real/001.mp4"), dataset.join(&file.path)).unwrap();
    assert_eq!((run(), run()), (3, 4));
    assert_ne!(record().file, before.file);
}

/// A second file of the same stem changes the name of the first video.
#[test]
fn a_renamed_video_is_kept_under_one_name() {
    let Some((folder, dataset, output)) = synthetic(2) else { return };
    let run = |output: &Path| {
        scade_preprocess().args(arguments(&dataset, output)).assert().success();
    };
    run(&output);
    std::fs::copy(dataset.join("real/001.mp4"), dataset.join("real/000.avi")).unwrap();
    run(&output);
    let fresh = folder.path().join("fresh");
    run(&fresh);
    assert_same(&output, &fresh);
}

#[test]
fn the_published_layout_refuses_our_formats() {
    for flags in [["--faces", "all"], ["--crop-format", "png"], ["--map-format", "png"]] {
        let mut command = scade_preprocess();
        let stderr = refused(command.args(["--layout-version", "published"]).args(flags), 1);
        assert!(stderr.contains("in the published layout"), "{stderr}");
    }
}
