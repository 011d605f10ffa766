//! `scade-infer` as its users run it: what it says when it cannot, and that it sees a live frame as
//! training saw the stored sample.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use burn::backend::Flex;
use burn::tensor::activation::sigmoid;
use scade_data::{CropFormat, DatasetSpec, FileFormats, MapFormat, SubsetVideos, items, load};
use scade_model::{ModelBundle, Network, NetworkConfig};
use scade_preprocess::{Config, preprocess};
use scade_sample::{FaceSelection, FrameSampling, PixelBatch, SampleSpec};
use scade_settings::NoProgress;
use scade_synth::{SetSettings, write_set};

fn scade_infer() -> Command {
    cargo_bin_cmd!("scade-infer")
}

/// What went to stderr of a run that must end with `code`; one that panicked has another code.
fn refused(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

/// The weights of the face detector; a note that the test is skipped without them.
#[allow(clippy::print_stderr)]
fn weights() -> Option<PathBuf> {
    let weights = scade_face::weights::locate_cached_only();
    if weights.is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
    }
    weights
}

/// An untrained detector: what it says is arbitrary, but not random.
fn detector(folder: &Path, spec: &DatasetSpec) -> Network<Flex> {
    let bundle = ModelBundle::new(NetworkConfig::default(), Some(0.5), spec.clone());
    let network = bundle.network.init::<Flex>(&Default::default());
    bundle.save(folder, &network).unwrap();
    network
}

#[test]
fn a_folder_without_a_detector_names_the_flag() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scade_infer();
    let stderr = refused(command.args(["--image", "x.png", "--model"]).arg(folder.path()), 1);
    assert!(stderr.contains("no trained detector") && stderr.contains("--model"), "{stderr}");
}

#[test]
fn nothing_to_judge_is_wrong_usage() {
    refused(&mut scade_infer(), 2);
    refused(scade_infer().args(["x.png", "--image", "x.png"]), 2);
    refused(scade_infer().args(["--image", "x.png", "--threshold", "1.5"]), 2);
    let folder = tempfile::tempdir().unwrap();
    let stderr = refused(scade_infer().arg("--input").arg(folder.path()), 1);
    assert!(stderr.contains("has no image or video"), "{stderr}");
}

/// Any error got the hint about the flag of the detector.
#[test]
fn weights_of_another_face_detector_get_a_hint_about_their_own_flag() {
    let folder = tempfile::tempdir().unwrap();
    let [model, weights] = ["model", "weights"].map(|name| folder.path().join(name));
    detector(&model, &DatasetSpec::default());
    std::fs::create_dir(&weights).unwrap();
    for name in ["pnet.pt", "rnet.pt", "onet.pt"] {
        std::fs::write(weights.join(name), "other weights").unwrap();
    }
    let mut command = scade_infer();
    command.arg("--model").arg(&model).arg("--weights").arg(&weights);
    let stderr = refused(command.args(["--image", "x.png"]), 1);
    let hint = stderr.split("hint: ").nth(1).unwrap_or_default();
    assert!(hint.contains("--weights") && !hint.contains("--model"), "{stderr}");
}

#[test]
fn a_text_named_mp4_is_a_record_that_says_so() {
    if weights().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    detector(&model, &DatasetSpec::default());
    let text = folder.path().join("text.mp4");
    std::fs::write(&text, "this is no video").unwrap();
    let mut command = scade_infer();
    let assert = command.arg("--model").arg(&model).arg("--video").arg(&text).assert().code(1);
    let record: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let error = record["error"].as_str().unwrap();
    assert!(error.contains("text.mp4"), "{error}");
    assert!(record.get("score").is_none(), "no score is made up: {record}");
}

#[test]
fn what_is_to_be_judged_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    detector(&model, &DatasetSpec::default());
    let picture = folder.path().join("mine.png");
    std::fs::write(&picture, "precious").unwrap();
    for output in [picture.clone(), folder.path().to_owned(), "/dev/null".into()] {
        let mut command = scade_infer();
        command.arg("--model").arg(&model).arg("--image").arg(&picture);
        let stderr = refused(command.arg("--output").arg(&output), 1);
        assert!(stderr.contains("--output"), "{stderr}");
        assert!(stderr.contains(&*output.to_string_lossy()), "{stderr}");
    }
    assert_eq!(std::fs::read_to_string(&picture).unwrap(), "precious");
}

#[test]
fn a_training_that_has_not_ended_is_no_detector() {
    if weights().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let bundle = ModelBundle::new(NetworkConfig::default(), None, DatasetSpec::default());
    let network = bundle.network.init::<Flex>(&Default::default());
    bundle.save(folder.path(), &network).unwrap();
    let mut command = scade_infer();
    command.args(["--image", "x.png", "--model"]).arg(folder.path());
    let stderr = refused(&mut command, 1);
    assert!(stderr.contains("has not finished") && stderr.contains("--resume"), "{stderr}");
}

/// Training and inference must prepare a face alike: one clip, once through the store and the
/// training loader, once through the program.
#[test]
fn a_live_frame_scores_as_its_stored_sample() {
    let Some(weights) = weights() else { return };
    let lossless = FileFormats { crops: CropFormat::Webp, maps: MapFormat::Png };
    for (files, faces) in
        [(FileFormats::default(), FaceSelection::Largest), (lossless, FaceSelection::All)]
    {
        let sample = SampleSpec { files, faces, ..SampleSpec::default() };
        assert_live_as_stored(sample, &weights);
    }
}

fn assert_live_as_stored(sample: SampleSpec, weights: &Path) {
    let people = sample.faces == FaceSelection::All;
    let folder = tempfile::tempdir().unwrap();
    let [clips, store, model] = ["clips", "store", "model"].map(|name| folder.path().join(name));
    let settings = SetSettings { identities: 2, frames: 20, ..SetSettings::default() };
    write_set(&clips, &settings, |_| {}).unwrap();
    let config = Config {
        dataset: clips.clone(),
        output: store,
        frames: FrameSampling { every: 5, max: 4, min: 1 },
        preparation: sample,
        ..Config::default()
    };
    let device = Default::default();
    let (store, _) = preprocess::<Flex>(&config, &weights.into(), &device, &NoProgress).unwrap();
    let network = detector(&model, &config.spec(weights).unwrap());

    let records = store.records().unwrap();
    let name = records[0].video.clone();
    let part = SubsetVideos { real: vec![name.clone()], fake: Vec::new() };
    let samples = items(&store, &part, true, None).unwrap();
    let samples: Vec<_> = samples.iter().map(|item| load(item).unwrap()).collect();
    let mut batch = PixelBatch::with_capacity(samples.len(), true);
    for sample in &samples {
        batch.push(&sample.rgb, sample.defocus.as_ref());
    }
    let logits = network.forward(batch.into_device::<Flex>(&device)).logits;
    let stored: Vec<f32> = sigmoid(logits).into_data().to_vec().unwrap();

    let mut command = scade_infer();
    command.arg("--model").arg(&model).args(["--faces", if people { "all" } else { "largest" }]);
    command.args(["--max-frames", "4", "--json", "--video"]);
    let assert = command.arg(clips.join("real").join(name + ".mp4")).assert().success();
    let record: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let live: Vec<f64> = record["faces"].as_array().unwrap().iter().map(score).collect();
    assert_eq!(live.len(), 4, "{record}");
    for (stored, live) in stored.iter().zip(&live) {
        assert!((f64::from(*stored) - live).abs() < 1e-6, "{stored} stored, {live} live");
    }
    // One person is in the clip: the same verdict, and said to be on that person.
    let tracks = record["tracks"].as_array();
    assert_eq!(tracks.is_some_and(|tracks| tracks.len() == 1), people, "{record}");
    assert_eq!(record["faces"][0].get("track").is_some(), people, "{record}");
    if let Some(tracks) = tracks {
        assert!((score(&tracks[0]) - score(&record)).abs() < 1e-12, "{record}");
        assert_eq!((&tracks[0]["num_frames"], &tracks[0]["frames"][1]), (&4.into(), &15.into()));
    }
}

fn score(face: &serde_json::Value) -> f64 {
    face["score"].as_f64().unwrap()
}

#[test]
fn files_and_folders_are_scored_by_the_built_in_detector() {
    if weights().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clips = folder.path().join("clips");
    let settings = SetSettings { identities: 2, frames: 4, ..SetSettings::default() };
    write_set(&clips, &settings, |_| {}).unwrap();
    let missing = folder.path().join("none.jpg");
    let mut command = scade_infer();
    command.arg("--json").arg(&missing).arg(&clips);
    let assert = command.assert().code(3);
    let text = String::from_utf8(assert.get_output().stdout.clone()).unwrap();
    let records: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 5, "{text}");
    assert!(records[0]["error"].is_string());
    for record in &records[1..] {
        assert!((0.0..=1.0).contains(&score(record)), "{record}");
    }
    let path = |record: &serde_json::Value| record["path"].as_str().unwrap().to_owned();
    assert!(path(&records[1]).contains("fake") && path(&records[4]).contains("real"), "{text}");
}
