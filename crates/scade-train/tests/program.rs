//! `scade-train` as its users run it: what it says when it cannot, and that nothing made is lost.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::cargo::{cargo_bin, cargo_bin_cmd};
use scade_data::{FACE_SIZE, Label, SplitPart, Splits, Store, VideoKey, VideoRecord, encode_jpeg};
use scade_image::{Plane, RgbImage};

fn scade_train() -> Command {
    cargo_bin_cmd!("scade-train")
}

/// What went to stderr of a run that must end with `code`; one that panicked has another code.
fn refused(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
}

/// A store of striped faces: horizontal stripes are real, vertical ones fake.
fn store(root: &Path) -> PathBuf {
    let root = root.join("preprocessed");
    let store = Store::create(&root, &serde_json::json!({"drawn": "stripes"})).unwrap();
    for label in Label::ALL {
        for clip in ["a", "b", "c", "d"] {
            add_clip(&store, &VideoKey::new(label, clip).unwrap());
        }
    }
    let part = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        SplitPart { real: names.clone(), fake: names }
    };
    let splits = Splits { train: part(&["a", "b"]), val: part(&["c"]), test: part(&["d"]) };
    store.write_splits(&splits).unwrap();
    root
}

fn add_clip(store: &Store, key: &VideoKey) {
    let mut writer = store.begin_video(key).unwrap();
    let size = FACE_SIZE as u32;
    for frame in 0..2 {
        let tone = |x: u32, y: u32| {
            let along = if key.label() == Label::Real { y } else { x };
            [(along * 8 + 40 * frame) as u8, (x + y) as u8, key.name().as_bytes()[0]]
        };
        let face = RgbImage::from_fn(size, size, |x, y| tone(x, y).into());
        let map = Plane::from_vec(FACE_SIZE, FACE_SIZE, vec![0.25; FACE_SIZE * FACE_SIZE]).unwrap();
        let jpeg = encode_jpeg(&face, 95).unwrap();
        writer.add_frame(frame as usize, &jpeg, Some(&map)).unwrap();
    }
    writer.finish(VideoRecord { sampled_frames: 2, ..VideoRecord::new(key) }).unwrap();
}

#[test]
fn without_data_it_names_the_demo_and_the_layout() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = refused(scade_train().current_dir(folder.path()), 1);
    for part in ["error: ", "preprocessed", "cargo xtask demo", "--data", "preparation.json"] {
        assert!(stderr.contains(part), "{part} is missing in: {stderr}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no run folder was made");
}

#[test]
fn a_misspelt_key_is_named_with_the_one_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("train.toml");
    std::fs::write(&config, "batch_sise = 16\n").unwrap();
    let stderr = refused(scade_train().arg("--config").arg(&config), 1);
    assert!(stderr.contains("`batch_sise`") && stderr.contains("`batch_size`"), "{stderr}");
    let stderr = refused(scade_train().args(["--config", "/nowhere/train.toml"]), 1);
    assert!(stderr.contains("/nowhere/train.toml"), "{stderr}");
}

#[test]
fn an_output_that_cannot_be_written_is_told_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let mut command = scade_train();
    command.arg("--data").arg(store(folder.path())).arg("--output").arg(file.join("outputs"));
    let stderr = refused(&mut command, 1);
    assert!(stderr.contains("file/outputs") && stderr.contains("--output"), "{stderr}");
}

/// Published defect: training and test shared people, and nobody was told.
#[test]
fn a_leaking_split_is_refused_unless_leaks_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let part = |real: &[&str], fake: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        SplitPart { real: owned(real), fake: owned(fake) }
    };
    // The fake of c trains, the real c is tested.
    let splits = Splits {
        train: part(&["a", "b"], &["a", "b", "c"]),
        val: part(&["d"], &["d"]),
        test: part(&["c"], &[]),
    };
    Store::open(&data).unwrap().write_splits(&splits).unwrap();
    let train = || {
        let mut command = scade_train();
        command.args(["--epochs", "1", "--batch-size", "4", "--data"]).arg(&data);
        command.arg("--output").arg(folder.path().join("outputs"));
        command
    };
    let stderr = refused(&mut train(), 1);
    for part in ["1 identities", "c in train and test", "--allow-leaks", "--split identity"] {
        assert!(stderr.contains(part), "{part} is missing in: {stderr}");
    }
    assert!(!folder.path().join("outputs").exists(), "no run folder was made");
    let assert = train().arg("--allow-leaks").assert().success();
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("flatter"), "{stderr}");
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    let stderr = refused(scade_train().args(["--device", "toaster"]), 2);
    assert!(stderr.contains("--device") && stderr.contains("toaster"), "{stderr}");
    refused(scade_train().args(["--resume", "latest", "--lr", "1"]), 2);
}

#[test]
fn resuming_nothing_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scade_train();
    let stderr = refused(command.args(["--resume", "latest"]).current_dir(folder.path()), 1);
    assert!(stderr.contains("outputs") && stderr.contains("--resume"), "{stderr}");
}

/// Published defect, and worse: a run went on with another split and was tested on what it had seen.
#[test]
fn a_run_is_not_continued_on_another_split_or_network() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("outputs");
    let arguments = ["--epochs", "1", "--batch-size", "4", "--no-eval", "--data"];
    let mut command = scade_train();
    command.args(arguments).arg(&data).arg("--output").arg(&output).assert().success();
    let resume = || {
        let mut command = scade_train();
        command.args(["--resume", "latest", "--epochs", "2", "--output"]).arg(&output);
        command
    };
    let config = output.join("run-1/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("input_channels = 4", "input_channels = 3")).unwrap();
    let stderr = refused(&mut resume(), 1);
    assert!(stderr.contains("a network with other settings"), "{stderr}");
    std::fs::write(&config, &text).unwrap();

    let opened = Store::open(&data).unwrap();
    let mut splits = opened.splits().unwrap().unwrap();
    std::mem::swap(&mut splits.train, &mut splits.test);
    opened.write_splits(&splits).unwrap();
    let stderr = refused(&mut resume(), 1);
    assert!(stderr.contains("the split or the preparation"), "{stderr}");
}

#[test]
fn a_training_set_of_one_class_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let opened = Store::open(&data).unwrap();
    let mut splits = opened.splits().unwrap().unwrap();
    splits.train.real.clear();
    opened.write_splits(&splits).unwrap();
    let stderr = refused(scade_train().arg("--data").arg(&data).current_dir(&folder), 1);
    assert!(stderr.contains("0 real and 4 fake samples"), "{stderr}");
}

/// What a run leaves that must not depend on how often it was interrupted, nor on its workers.
const LASTING: [&str; 4] =
    ["model.safetensors", "detector.json", "predictions.csv", "history.jsonl"];

fn assert_same_runs(a: &Path, b: &Path) {
    let read = |output: &Path, name: &str| std::fs::read(output.join("run-1").join(name)).unwrap();
    for name in LASTING {
        assert!(read(a, name) == read(b, name), "{name} differs");
    }
}

fn run_of(data: &Path, output: &Path, epochs: &str, workers: &str) -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> = ["--batch-size", "4", "--lr", "0.01"].map(Into::into).to_vec();
    arguments.extend(["--epochs", epochs, "--workers", workers].map(Into::into));
    arguments.extend(["--data".into(), data.into(), "--output".into(), output.into()]);
    arguments
}

/// Killed five times at whatever moment, and resumed each time, a run ends with the same bytes as one
/// left alone.
#[test]
fn a_run_that_is_killed_five_times_ends_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let [whole, cut] = ["whole", "cut"].map(|name| folder.path().join(name));
    scade_train().args(run_of(&data, &whole, "12", "2")).assert().success();

    let resume = ["--resume".into(), "latest".into(), "--output".into(), cut.clone().into()];
    let history = cut.join("run-1/history.jsonl");
    for kill in 0..5 {
        let arguments = if kill == 0 { run_of(&data, &cut, "12", "2") } else { resume.to_vec() };
        let mut child = Process::new(cargo_bin!("scade-train"))
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let epochs = || std::fs::read_to_string(&history).map_or(0, |text| text.lines().count());
        let started = Instant::now();
        while epochs() < 2 * kill + 1 && started.elapsed() < Duration::from_secs(300) {
            std::thread::sleep(Duration::from_millis(2));
        }
        // Somewhere in the validation, the checkpoint or the steps that follow.
        std::thread::sleep(Duration::from_millis(rand::random_range(0..40)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(!cut.join("run-1/metrics.json").exists(), "it was killed before its end");
    let detector = std::fs::read_to_string(cut.join("run-1/detector.json")).unwrap();
    assert!(detector.contains("\"threshold\": null"), "an unfinished run is no detector");
    scade_train().args(&resume).assert().success();
    assert_same_runs(&whole, &cut);
    for name in ["curves.svg", "curves.png", "tensorboard"] {
        assert!(cut.join("run-1").join(name).exists(), "{name} is missing");
    }
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let [one, three] = ["one", "three"].map(|name| folder.path().join(name));
    scade_train().args(run_of(&data, &one, "3", "1")).assert().success();
    scade_train().args(run_of(&data, &three, "3", "3")).assert().success();
    assert_same_runs(&one, &three);
}

#[test]
fn any_setting_can_be_given_and_a_misspelt_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("runs");
    let set = ["--set", "network.activation=relu", "--set", "optimizer.algorithm=adam-w"];
    scade_train().args(run_of(&data, &output, "1", "1")).args(set).assert().success();
    let config = std::fs::read_to_string(output.join("run-1/config.toml")).unwrap();
    for part in ["activation = \"relu\"", "algorithm = \"adam-w\""] {
        assert!(config.contains(part), "{part} is missing in: {config}");
    }
    let wrong = ["--set", "network.activatoin=relu"];
    let stderr = refused(scade_train().args(run_of(&data, &output, "1", "1")).args(wrong), 1);
    assert!(stderr.contains("activatoin"), "{stderr}");
}
