//! Training without forgeries, from a dataset of real images alone.

use std::path::Path;

use scade_data::{
    CropFormat, FACE_SIZE, Label, PreparedDataset, Splits, SubsetVideos, VideoKey, VideoRecord,
};
use scade_image::{Landmarks, RgbImage};

use super::{refused, scade_train, spec};

const LANDMARKS: Landmarks =
    Landmarks([[98.0, 105.0], [158.0, 104.0], [128.0, 140.0], [103.0, 174.0], [153.0, 174.0]]);

/// A prepared dataset of real images, with landmarks if they are asked for.
fn real_images(root: &Path, landmarks: Option<Landmarks>) {
    let store = PreparedDataset::create(root, &spec()).unwrap();
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    for (number, name) in names.iter().enumerate() {
        let key = VideoKey::new(Label::Real, &**name).unwrap();
        let mut writer = store.begin_video(&key).unwrap();
        let size = FACE_SIZE as u32;
        let face = RgbImage::from_fn(size, size, |x, y| {
            let wave = (x as f32 / 9.0).sin() * (y as f32 / 7.0).cos();
            [120.0 + 50.0 * wave, 100.0 + 40.0 * wave, 30.0 * number as f32].map(|v| v as u8).into()
        });
        let file = CropFormat::Jpeg.encode(&face, 95).unwrap();
        writer.add_face(0, &file, None, landmarks).unwrap();
        writer.finish(VideoRecord { sampled_frames: 1, ..VideoRecord::new(&key) }).unwrap();
    }
    let part = |names: &[String]| SubsetVideos { real: names.to_vec(), fake: Vec::new() };
    let splits =
        Splits { train: part(&names[..2]), val: part(&names[2..3]), test: part(&names[3..]) };
    store.write_splits(&splits).unwrap();
}

fn recipe() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/train/self-blended.toml").to_owned()
}

#[test]
fn real_images_alone_train_a_detector_and_can_be_previewed() {
    let folder = tempfile::tempdir().unwrap();
    let [data, output] = ["data", "output"].map(|name| folder.path().join(name));
    real_images(&data, Some(LANDMARKS));
    let train = || {
        let mut command = scade_train();
        command.args(["--config", &recipe(), "--batch-size", "2", "--epochs", "2"]);
        command.arg("--data").arg(&data).arg("--output").arg(&output);
        command
    };
    let sheet = folder.path().join("pairs.png");
    train().arg("--preview").arg(&sheet).assert().success();
    assert!(!output.exists(), "a preview does not train");
    let bytes = std::fs::read(&sheet).unwrap();
    let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((&bytes[..4], size(16), size(20)), (&b"\x89PNG"[..], 4 * 192, 2 * 192));

    let assert = train().arg("--json").assert().success();
    let result: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    // One image of the test set: its real and its forged half.
    let frames = &result["test"]["frames"];
    assert_eq!((&frames["n_real"], &frames["n_fake"]), (&1.into(), &1.into()), "{result}");
    let weights = |run: &str| std::fs::read(output.join(run).join("model.safetensors")).unwrap();
    train().assert().success();
    assert!(weights("run-1") == weights("run-2"), "the same seed gives the same detector");
}

#[test]
fn a_dataset_without_landmarks_or_a_recipe_without_pairs_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    real_images(&data, None);
    let run = |arguments: &[&str]| {
        let mut command = scade_train();
        command.arg("--data").arg(&data).current_dir(folder.path()).args(arguments);
        refused(&mut command, 1)
    };
    let stderr = run(&["--config", &recipe()]);
    assert!(stderr.contains("has no landmarks") && stderr.contains("preprocess"), "{stderr}");
    let stderr = run(&["--config", &recipe(), "--batch-size", "75"]);
    assert!(stderr.contains("batch_size must be even"), "{stderr}");
    let stderr = run(&["--config", &recipe(), "--shuffle-labels"]);
    assert!(stderr.contains("shuffle_labels must be false"), "{stderr}");
    let stderr = run(&["--config", &recipe(), "--preview", "x.jpg"]);
    assert!(stderr.contains(".png"), "{stderr}");
    let stderr = run(&["--preview", "x.png"]);
    assert!(stderr.contains("self_blend"), "{stderr}");
}
