//! `scade-train` as its users run it: its error messages, and that no finished work is lost.

mod earlier;
mod ranks;
mod self_blended;

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::cargo::{cargo_bin, cargo_bin_cmd};
use scade_data::{
    CropFormat, DatasetSpec, FACE_SIZE, Label, PreparedDataset, Splits, SubsetVideos, VideoKey,
    VideoRecord,
};
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

/// A prepared dataset of striped faces: horizontal stripes are real, vertical ones fake.
fn store(root: &Path) -> PathBuf {
    let root = root.join("preprocessed");
    let store = PreparedDataset::create(&root, &spec()).unwrap();
    for label in Label::ALL {
        for clip in ["a", "b", "c", "d"] {
            add_clip(&store, &VideoKey::new(label, clip).unwrap());
        }
    }
    let part = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        SubsetVideos { real: names.clone(), fake: names }
    };
    let splits = Splits { train: part(&["a", "b"]), val: part(&["c"]), test: part(&["d"]) };
    store.write_splits(&splits).unwrap();
    root
}

/// By which maps can be computed anew; the stored ones are constant all the same.
fn spec() -> DatasetSpec {
    let spec = DatasetSpec::default();
    assert!(spec.sample.defocus.is_some());
    spec
}

fn add_clip(store: &PreparedDataset, key: &VideoKey) {
    let mut writer = store.begin_video(key).unwrap();
    let size = FACE_SIZE as u32;
    for frame in 0..2 {
        let tone = |x: u32, y: u32| {
            let along = if key.label() == Label::Real { y } else { x };
            [(along * 8 + 40 * frame) as u8, (x + y) as u8, key.name().as_bytes()[0]]
        };
        let face = RgbImage::from_fn(size, size, |x, y| tone(x, y).into());
        let map = Plane::from_vec(FACE_SIZE, FACE_SIZE, vec![0.25; FACE_SIZE * FACE_SIZE]).unwrap();
        let jpeg = CropFormat::Jpeg.encode(&face, 95).unwrap();
        writer.add_face(frame as usize, &jpeg, Some(&map), None).unwrap();
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
fn a_misspelled_key_is_named_with_the_nearest_known_one() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("train.toml");
    std::fs::write(&config, "batch_sise = 16\n").unwrap();
    let stderr = refused(scade_train().arg("--config").arg(&config), 1);
    assert!(stderr.contains("`batch_sise`") && stderr.contains("`batch_size`"), "{stderr}");
    let stderr = refused(scade_train().args(["--config", "/nowhere/train.toml"]), 1);
    assert!(stderr.contains("/nowhere/train.toml"), "{stderr}");
}

#[test]
fn an_output_that_cannot_be_written_is_reported_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let mut command = scade_train();
    command.arg("--data").arg(store(folder.path())).arg("--output").arg(file.join("outputs"));
    let stderr = refused(&mut command, 1);
    assert!(stderr.contains("file/outputs") && stderr.contains("--output"), "{stderr}");
}

/// Defect of SCADE-Net: training and test shared identities without a warning.
#[test]
fn a_leaking_split_is_refused_unless_leaks_are_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let part = |real: &[&str], fake: &[&str]| {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        SubsetVideos { real: owned(real), fake: owned(fake) }
    };
    // The fake of c trains, the real c is tested.
    let splits = Splits {
        train: part(&["a", "b"], &["a", "b", "c"]),
        val: part(&["d"], &["d"]),
        test: part(&["c"], &[]),
    };
    PreparedDataset::open(&data).unwrap().write_splits(&splits).unwrap();
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
    assert!(stderr.contains("too optimistic"), "{stderr}");
}

/// A weight that a loss cannot have was dropped silently.
#[test]
fn a_class_weight_that_the_loss_cannot_have_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scade_train();
    command.arg("--data").arg(store(folder.path())).arg("--output").arg(folder.path().join("runs"));
    command.args(["--set", "loss.classification={ name = \"focal\" }"]);
    let stderr = refused(&mut command, 1);
    assert!(stderr.contains("balance must be `sampler` or `none`"), "{stderr}");
    assert!(!folder.path().join("runs").exists(), "no run folder was made");
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    let stderr = refused(scade_train().args(["--device", "toaster"]), 2);
    assert!(stderr.contains("--device") && stderr.contains("toaster"), "{stderr}");
    refused(scade_train().args(["--resume", "latest", "--lr", "1"]), 2);
}

/// Tests have no terminal, so that either build refuses it.
#[test]
fn a_dashboard_that_cannot_be_shown_is_refused_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = refused(scade_train().arg("--tui").current_dir(folder.path()), 1);
    assert!(stderr.contains("dashboard") && stderr.contains("--tui"), "{stderr}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no run folder was made");
}

#[test]
fn resuming_nothing_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = scade_train();
    let stderr = refused(command.args(["--resume", "latest"]).current_dir(folder.path()), 1);
    assert!(stderr.contains("outputs") && stderr.contains("--resume"), "{stderr}");
}

/// Defect of SCADE-Net: a run was continued with another split and tested on what it had seen.
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
    assert!(stderr.contains("`network.input_channels`: expected 3, got 4"), "{stderr}");
    std::fs::write(&config, &text).unwrap();

    let opened = PreparedDataset::open(&data).unwrap();
    let mut splits = opened.splits().unwrap().unwrap();
    std::mem::swap(&mut splits.train, &mut splits.test);
    opened.write_splits(&splits).unwrap();
    let stderr = refused(&mut resume(), 1);
    assert!(stderr.contains("the split of the dataset is not that of the run"), "{stderr}");
}

/// What the previous version wrote: other names of settings, in the configuration and in the checkpoint.
#[test]
fn a_run_of_the_previous_version_is_continued() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("outputs");
    let new = ["--set", "optimizer.gradient_accumulation=2", "--set", "maps=on-the-fly"];
    scade_train().args(run_of(&data, &output, "1", "1")).args(new).assert().success();
    let checkpoint = output.join("run-1/checkpoints/epoch-000001/progress.toml");
    for path in [output.join("run-1/config.toml"), checkpoint] {
        let text = std::fs::read_to_string(&path).unwrap();
        let former = text
            .replace("gradient_accumulation = 2", "accumulate = 2")
            .replace("maps = \"on-the-fly\"", "maps = \"live\"");
        assert_ne!(former, text);
        std::fs::write(&path, former).unwrap();
    }
    let resume = ["--resume", "latest", "--epochs", "2", "--output"];
    scade_train().args(resume).arg(&output).assert().success();
    let history = std::fs::read_to_string(output.join("run-1/history.jsonl")).unwrap();
    assert_eq!(history.lines().count(), 2, "{history}");
}

#[test]
fn a_training_set_of_one_class_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let opened = PreparedDataset::open(&data).unwrap();
    let mut splits = opened.splits().unwrap().unwrap();
    splits.train.real.clear();
    opened.write_splits(&splits).unwrap();
    let stderr = refused(scade_train().arg("--data").arg(&data).current_dir(&folder), 1);
    assert!(stderr.contains("0 real and 4 fake samples"), "{stderr}");
}

/// Files that must not depend on how often a run was interrupted, nor on its workers.
const LASTING: [&str; 4] =
    ["model.safetensors", "detector.json", "predictions.csv", "history.jsonl"];

fn assert_same_runs(a: &Path, b: &Path) {
    let read = |output: &Path, name: &str| std::fs::read(output.join("run-1").join(name)).unwrap();
    for name in LASTING {
        assert!(read(a, name) == read(b, name), "{name} differs");
    }
}

fn run_of(data: &Path, output: &Path, epochs: &str, workers: &str) -> Vec<std::ffi::OsString> {
    run_in_batches(data, output, epochs, workers, "4")
}

fn run_in_batches(
    data: &Path,
    output: &Path,
    epochs: &str,
    workers: &str,
    size: &str,
) -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> = ["--batch-size", size, "--lr", "0.01"].map(Into::into).to_vec();
    arguments.extend(["--epochs", epochs, "--workers", workers].map(Into::into));
    arguments.extend(["--set", "optimizer.ema_decay=0.9"].map(Into::into));
    arguments.extend(["--data".into(), data.into(), "--output".into(), output.into()]);
    arguments
}

/// Killed five times at random moments, and resumed each time, a run ends with the same bytes as one
/// without interruptions.
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
    // With everything that is random about a sample.
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/train/robust.toml");
    let train = |output: &Path, workers| {
        let mut command = scade_train();
        command.arg("--config").arg(&recipe).args(run_of(&data, output, "3", workers));
        command.args(["--set", "optimizer.gradient_accumulation=2"]).assert().success();
    };
    train(&one, "1");
    train(&three, "3");
    assert_same_runs(&one, &three);
}

/// Defect of SCADE-Net: the weights of the last epoch were tested, however good an earlier one was.
#[test]
fn the_best_epoch_is_kept_and_tested_and_not_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let train = |name: &str, epochs: &str| {
        let output = folder.path().join(name);
        // Half of every weight goes with every step: the network ends by giving all samples the
        // same score, and no later epoch is better than the first that does.
        let decay = ["--set", "optimizer.algorithm=adam-w", "--set", "optimizer.weight_decay=50"];
        let arguments = run_of(&data, &output, epochs, "1");
        scade_train().args(arguments).args(decay).args(["--patience", "0"]).assert().success();
        output
    };
    let long = train("long", "12");
    let metrics = std::fs::read(long.join("run-1/metrics.json")).unwrap();
    let metrics: serde_json::Value = serde_json::from_slice(&metrics).unwrap();
    assert_eq!(metrics["epochs"], 12);
    let best = metrics["best_epoch"].as_u64().unwrap();
    assert!(best < 12, "trained past the peak");
    let short = train("short", &best.to_string());
    for name in ["model.safetensors", "detector.json", "predictions.csv"] {
        let read = |output: &Path| std::fs::read(output.join("run-1").join(name)).unwrap();
        assert!(read(&long) == read(&short), "{name} is not of epoch {best}");
    }
}

#[test]
fn several_devices_train_together_and_a_resumed_run_keeps_their_number() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("runs");
    let devices = ["--devices", "cpu,cpu,cpu"];
    // 8 samples in batches of 2 for three devices: a step of three batches and a step of one.
    let arguments = run_in_batches(&data, &output, "2", "1", "2");
    scade_train().args(arguments).args(devices).assert().success();
    let history = std::fs::read_to_string(output.join("run-1/history.jsonl")).unwrap();
    let last: serde_json::Value = serde_json::from_str(history.lines().last().unwrap()).unwrap();
    assert_eq!(last["steps"], 4, "{history}");
    let resume = ["--resume", "latest", "--epochs", "3", "--output"];
    let stderr = refused(scade_train().args(resume).arg(&output), 1);
    assert!(stderr.contains("`devices`: expected 1, got 3"), "{stderr}");
    scade_train().args(resume).arg(&output).args(devices).assert().success();
    let mixed = ["--devices", "cpu,ndarray"];
    let stderr = refused(scade_train().args(run_of(&data, &output, "1", "1")).args(mixed), 1);
    assert!(stderr.contains("flex and ndarray are of different backends"), "{stderr}");
}

/// Weights stay single, so the files are those of any other run.
#[test]
fn a_run_in_half_precision_learns_and_is_resumed_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("runs");
    let half = ["--set", "optimizer.precision=bfloat16"];
    let run = |epochs| run_in_batches(&data, &output, epochs, "1", "4");
    scade_train().args(run("2")).args(half).args(["--device", "flex"]).assert().success();
    scade_train().args(run("2")).args(["--device", "flex"]).assert().success();
    let losses = ["run-1", "run-2"].map(|name| {
        let history = std::fs::read_to_string(output.join(name).join("history.jsonl")).unwrap();
        let first: serde_json::Value =
            serde_json::from_str(history.lines().next().unwrap()).unwrap();
        first["train_loss"].as_f64().unwrap()
    });
    let error = (losses[0] / losses[1] - 1.0).abs();
    assert!(error > 0.0 && error < 0.05, "{losses:?}");
    let resume = ["--resume".into(), output.join("run-1").into_os_string()];
    scade_train().args(&resume).args(["--epochs", "3", "--device", "flex"]).assert().success();
    let history = std::fs::read_to_string(output.join("run-1/history.jsonl")).unwrap();
    assert_eq!(history.lines().count(), 3);
    let stderr = refused(scade_train().args(run("1")).args(half).args(["--device", "ndarray"]), 1);
    assert!(stderr.contains("optimizer.precision must be single on this backend"), "{stderr}");
    assert!(!output.join("run-3").exists(), "a run folder of a run that never began");
}

/// A damaged crop, and a map that contains NaN.
#[test]
fn damaged_samples_are_skipped_counted_and_reported_by_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let opened = PreparedDataset::open(&data).unwrap();
    let key = |name| VideoKey::new(Label::Fake, name).unwrap();
    std::fs::write(opened.crop_path(&key("a"), 1), "no image").unwrap();
    let map = opened.map_path(&key("c"), 0);
    let mut bytes = std::fs::read(&map).unwrap();
    let end = bytes.len();
    bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(&map, bytes).unwrap();
    let output = folder.path().join("runs");
    let assert = scade_train().args(run_of(&data, &output, "2", "1")).assert().code(3);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let output = assert.get_output();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(stdout.contains("1 training, 1 validation, 0 test samples"), "{stdout}");
    for part in
        ["fake/a/frame_000001.jpg", "fake/c/frame_000000", "expected values in 0..1, got NaN"]
    {
        assert!(stderr.contains(part), "{part} is missing in: {stderr}");
    }
}

#[test]
fn a_missing_map_is_reported_before_training() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let opened = PreparedDataset::open(&data).unwrap();
    let map = opened.map_path(&VideoKey::new(Label::Real, "d").unwrap(), 1);
    std::fs::remove_file(&map).unwrap();
    let output = folder.path().join("runs");
    let stderr = refused(scade_train().args(run_of(&data, &output, "1", "1")), 1);
    assert!(stderr.contains(&map.display().to_string()), "{stderr}");
    assert!(!output.exists(), "no run folder was made");
    // Neither of these needs it.
    scade_train().args(run_of(&data, &output, "1", "1")).arg("--no-defocus").assert().success();
    let on_the_fly = ["--set", "maps=on-the-fly"];
    scade_train().args(run_of(&data, &output, "1", "1")).args(on_the_fly).assert().success();
}

#[test]
fn batches_of_one_and_sets_smaller_than_a_batch_are_trained_on() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    // 8 samples to train on, 4 to validate: one by one, a last batch of one, less than a batch.
    for (size, steps) in [("1", 8), ("3", 2), ("75", 1)] {
        let output = folder.path().join(size);
        scade_train().args(run_in_batches(&data, &output, "1", "1", size)).assert().success();
        let history = std::fs::read_to_string(output.join("run-1/history.jsonl")).unwrap();
        let record: serde_json::Value = serde_json::from_str(&history).unwrap();
        assert_eq!(record["steps"], steps, "batches of {size}");
        assert!(record["val_loss"].as_f64().is_some_and(f64::is_finite), "{history}");
    }
}

#[test]
fn a_validation_set_of_one_class_selects_by_loss_and_keeps_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let opened = PreparedDataset::open(&data).unwrap();
    let mut splits = opened.splits().unwrap().unwrap();
    splits.val.fake.clear();
    opened.write_splits(&splits).unwrap();
    let output = folder.path().join("runs");
    let assert = scade_train().args(run_of(&data, &output, "2", "1")).assert().success();
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("cannot choose a threshold; it is 0.5"), "{stderr}");
    let history = std::fs::read_to_string(output.join("run-1/history.jsonl")).unwrap();
    assert!(
        history.contains("\"val_auc\":null") && !history.contains("\"val_loss\":null"),
        "{history}"
    );
}

/// Resuming a finished run without testing it again once lost the figures that were there.
#[test]
fn resuming_a_finished_run_keeps_its_test_figures() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("runs");
    scade_train().args(run_of(&data, &output, "1", "1")).assert().success();
    let metrics = || -> serde_json::Value {
        let text = std::fs::read(output.join("run-1/metrics.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    let before = metrics();
    assert!(before["test"].is_object(), "{before}");
    let resume = ["--resume", "latest", "--no-eval", "--output"];
    scade_train().args(resume).arg(&output).assert().success();
    assert_eq!(metrics()["test"], before["test"]);
}

#[test]
fn maps_of_sharp_crops_are_refused_for_blurred_ones() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let blur = ["--set", "augment.degrade.blur_prob=0.5"];
    let arguments = run_of(&data, &folder.path().join("runs"), "1", "1");
    let stderr = refused(scade_train().args(arguments).args(blur), 1);
    assert!(stderr.contains("maps must be `on-the-fly`"), "{stderr}");
}

#[test]
fn any_setting_can_be_given_and_a_misspelled_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = store(folder.path());
    let output = folder.path().join("runs");
    let set = ["--set", "network.activation=relu", "--set", "optimizer.algorithm=adam-w"];
    scade_train().args(run_of(&data, &output, "1", "1")).args(set).assert().success();
    let config = std::fs::read_to_string(output.join("run-1/config.toml")).unwrap();
    for part in ["activation = \"relu\"", "algorithm = \"adam-w\""] {
        assert!(config.contains(part), "{part} is missing in: {config}");
    }
    // Former names work for this version, with a warning.
    let former = ["--set", "optimizer.accumulate=2", "--set", "maps=live"];
    let assert = scade_train().args(run_of(&data, &output, "1", "1")).args(former).assert();
    let stderr = String::from_utf8_lossy(&assert.success().get_output().stderr).into_owned();
    assert!(stderr.contains("`optimizer.gradient_accumulation`"), "{stderr}");
    let config = std::fs::read_to_string(output.join("run-2/config.toml")).unwrap();
    for part in ["gradient_accumulation = 2", "maps = \"on-the-fly\""] {
        assert!(config.contains(part), "{part} is missing in: {config}");
    }
    let wrong = ["--set", "network.activatoin=relu"];
    let stderr = refused(scade_train().args(run_of(&data, &output, "1", "1")).args(wrong), 1);
    assert!(stderr.contains("activatoin"), "{stderr}");
}
