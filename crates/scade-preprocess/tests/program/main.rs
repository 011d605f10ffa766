//! Tests of the program `scade-preprocess`: on synthetic clips, on invalid files, and interrupted.

mod images;
mod odd;
mod people;
mod stored;

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::Command;
use assert_cmd::cargo::{cargo_bin, cargo_bin_cmd};
use scade_data::{PreparedDataset, Status, VideoRecord};
use scade_synth::{SetSettings, write_set};

fn scade_preprocess() -> Command {
    let mut command = cargo_bin_cmd!("scade-preprocess");
    // These tests may themselves run within a batch system.
    command.env_remove("SLURM_ARRAY_TASK_ID").env_remove("JOB_COMPLETION_INDEX");
    command
}

/// The stderr of a run that must end with `code`, which is not that of a panic.
fn refused(command: &mut Command, code: i32) -> String {
    let output = command.assert().code(code).get_output().clone();
    String::from_utf8(output.stderr).unwrap()
}

/// Whether the tests that detect faces can run.
#[allow(clippy::print_stderr)]
fn weights_are_there() -> bool {
    let there = scade_face::weights::locate_cached_only().is_some();
    if !there {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
    }
    there
}

fn render(folder: &Path, identities: u32) {
    let settings =
        SetSettings { identities, frames: 12, width: 320, height: 240, ..Default::default() };
    write_set(folder, &settings, |_| {}).unwrap();
}

/// A synthetic dataset and a path for its output; `None` without weights.
fn synthetic(identities: u32) -> Option<(tempfile::TempDir, PathBuf, PathBuf)> {
    weights_are_there().then(|| {
        let folder = tempfile::tempdir().unwrap();
        let [dataset, output] = ["dataset", "store"].map(|name| folder.path().join(name));
        render(&dataset, identities);
        (folder, dataset, output)
    })
}

/// Arguments: every second frame of twelve, one video after the other.
fn arguments(dataset: &Path, output: &Path) -> Vec<std::ffi::OsString> {
    arguments_with("1", dataset, output)
}

fn arguments_with(jobs: &str, dataset: &Path, output: &Path) -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> =
        ["--frame-stride", "2", "--min-frames", "1", "--jobs", jobs].map(Into::into).to_vec();
    arguments.extend(["--dataset".into(), dataset.as_os_str().to_owned()]);
    arguments.extend(["--output".into(), output.as_os_str().to_owned()]);
    arguments
}

#[test]
fn an_error_without_a_dataset_has_the_expected_files() {
    let folder = tempfile::tempdir().unwrap();
    let stderr = refused(scade_preprocess().current_dir(folder.path()), 1);
    assert!(stderr.contains("./dataset/{real,fake}") && stderr.contains("--dataset"), "{stderr}");
}

#[test]
fn an_unknown_key_is_reported_with_a_suggestion() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("preprocess.toml");
    std::fs::write(&config, "[frames]\nevry = 4\n").unwrap();
    let stderr = refused(scade_preprocess().arg("--config").arg(&config), 1);
    assert!(stderr.contains("`frames.evry`") && stderr.contains("`frames.every`"), "{stderr}");
}

#[test]
fn an_unreadable_file_is_reported_and_the_others_are_processed() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    std::fs::write(dataset.join("real/text.mp4"), "not a video").unwrap();
    let mut command = scade_preprocess();
    let assert = command.args(arguments(&dataset, &output)).arg("--json").assert().code(3);
    let report: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(report["failed"][0]["video"], "real/text");
    assert!(report["failed"][0]["reason"].as_str().unwrap().contains("text.mp4"), "{report}");
    assert_eq!((&report["real_videos"], &report["fake_videos"]), (&2.into(), &2.into()));
}

/// One such name used to end the run.
#[cfg(unix)]
#[test]
fn a_video_of_any_name_is_processed() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    let clip = std::fs::read_dir(dataset.join("real")).unwrap().next().unwrap().unwrap().path();
    std::fs::rename(clip, dataset.join("real/a\\b\nc.mp4")).unwrap();
    let long = format!("{}.mp4", "x".repeat(240));
    let clip = std::fs::read_dir(dataset.join("fake")).unwrap().next().unwrap().unwrap().path();
    std::fs::rename(clip, dataset.join("fake").join(long)).unwrap();
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
    let names = |label| {
        let folder = std::fs::read_dir(output.join("face_crops").join(label)).unwrap();
        folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    assert!(names("real").contains(&"a-b-c".to_owned()), "{:?}", names("real"));
    assert!(names("fake").contains(&"x".repeat(180)), "{:?}", names("fake"));
}

#[test]
fn another_color_or_face_selection_is_another_dataset() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
    for (flags, key) in
        [(["--color", "honor-tags"], "`sample.color`"), (["--faces", "all"], "`sample.faces`")]
    {
        let mut command = scade_preprocess();
        let stderr = refused(command.args(arguments(&dataset, &output)).args(flags), 1);
        assert!(stderr.contains(key) && stderr.contains("--output"), "{stderr}");
    }
    // Explicit defaults continue the same dataset.
    let named = ["--color", "cv2-compatible", "--faces", "largest"];
    scade_preprocess().args(arguments(&dataset, &output)).args(named).assert().success();
}

/// With a full disk behind stdout, the run ends with an error and the samples are kept.
#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_printed_is_an_error_and_no_panic() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let program = Process::new(cargo_bin!("scade-preprocess"))
        .args(arguments(&dataset, &output))
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ended = program.wait_with_output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("cannot write to stdout"), "{stderr}");
    assert_eq!(PreparedDataset::open(&output).unwrap().records().unwrap().len(), 4);
}

#[test]
fn an_unwritable_output_is_reported_with_the_flag() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dataset = folder.path().join("dataset");
    render(&dataset, 2);
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let stderr = refused(scade_preprocess().args(arguments(&dataset, &file.join("store"))), 1);
    assert!(stderr.contains("file/store") && stderr.contains("--output"), "{stderr}");
}

#[test]
fn one_variable_of_a_pair_is_refused() {
    let mut command = scade_preprocess();
    let stderr = refused(command.env("JOB_COMPLETION_INDEX", "0"), 1);
    assert!(stderr.contains("JOB_COMPLETIONS") && stderr.contains("--shard"), "{stderr}");
    refused(scade_preprocess().args(["--shard", "3/2"]), 2);
    let folder = tempfile::tempdir().unwrap();
    let mut command = scade_preprocess();
    let stderr = refused(command.args(["merge", "--output"]).arg(folder.path()), 1);
    assert!(stderr.contains("no shards") && stderr.contains("--shard"), "{stderr}");
}

#[test]
fn unknown_values_of_flags_are_usage_errors() {
    let stderr = refused(scade_preprocess().args(["--layout", "celebdf"]), 2);
    assert!(stderr.contains("celeb-df"), "{stderr}");
    let stderr = refused(scade_preprocess().args(["--split", "actor"]), 2);
    assert!(stderr.contains("official"), "{stderr}");
    let stderr = refused(scade_preprocess().args(["--faces", "every"]), 2);
    assert!(stderr.contains("largest") && stderr.contains("best"), "{stderr}");
    let stderr = refused(scade_preprocess().args(["--color", "srgb"]), 2);
    assert!(stderr.contains("honor-tags"), "{stderr}");
}

/// Two merged shards are byte-identical to a single run, and so is a run with other `--jobs`.
#[test]
fn shards_and_jobs_change_no_byte() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let dataset = place("dataset");
    render(&dataset, 8);
    let run = |output: &str, jobs: &str, more: &[&str], variables: &[(&str, &str)]| {
        let mut command = scade_preprocess();
        command.args(arguments_with(jobs, &dataset, &place(output))).args(more);
        command.envs(variables.iter().copied()).assert().success();
    };
    run("whole", "1", &[], &[]);
    run("jobs", "3", &[], &[]);
    let whole = files(&place("whole"));
    for name in ["splits.json", "audit.json", "contact_real.png", "contact_fake.png"] {
        assert!(whole.contains_key(Path::new(name)), "{name}");
    }
    assert!(files(&place("jobs")) == whole, "--jobs changes the dataset");

    run("shards", "1", &["--shard", "1/2"], &[("SLURM_ARRAY_TASK_ID", "7")]);
    let merge = || {
        let mut command = scade_preprocess();
        command.args(["merge", "--output"]).arg(place("shards"));
        command
    };
    let stderr = refused(&mut merge(), 1);
    assert!(stderr.contains("2/2 did not run"), "{stderr}");
    run("shards", "1", &[], &[("JOB_COMPLETION_INDEX", "1"), ("JOB_COMPLETIONS", "2")]);
    for _ in 0..2 {
        merge().assert().success();
        let mut merged = files(&place("shards"));
        merged.retain(|path, _| !path.starts_with("shards"));
        assert!(merged == whole, "the merged dataset differs");
    }
    // A restarted shard finds its videos in the merged dataset.
    run("shards", "1", &["--shard", "1/2"], &[]);
    merge().assert().success();
}

#[test]
fn a_merge_reports_failed_videos() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    std::fs::write(dataset.join("real/text.mp4"), "not a video").unwrap();
    for shard in ["1/2", "2/2"] {
        scade_preprocess()
            .args(arguments(&dataset, &output))
            .args(["--shard", shard])
            .output()
            .unwrap();
    }
    let mut merge = scade_preprocess();
    let assert = merge.args(["merge", "--json", "--output"]).arg(&output).assert().code(3);
    let report: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!((&report["videos"], &report["failed"]), (&5.into(), &1.into()));
}

/// Two hints contradicted each other.
#[test]
fn other_settings_than_those_of_the_dataset_get_one_hint() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
    let mut command = scade_preprocess();
    command.args(arguments(&dataset, &output)).args(["--jpeg-quality", "50"]);
    let stderr = refused(&mut command, 1);
    assert_eq!(stderr.matches("hint:").count(), 1, "{stderr}");
    assert!(stderr.contains("`sample.jpeg_quality`: expected 50, got 95"), "{stderr}");
    assert!(stderr.contains("--output"), "{stderr}");
}

#[test]
fn former_names_of_flags_and_keys_work_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    let text = "[preparation]\ncolour = \"honour-tags\"\ncompute_defocus = false\n";
    std::fs::write(&config, text).unwrap();
    let mut command = scade_preprocess();
    command.args(["--sampling-rate", "5", "--colour", "honour-tags", "--config"]).arg(&config);
    // The dataset is missing, so that only the settings are read.
    let stderr = refused(command.arg("--dataset").arg(folder.path().join("none")), 1);
    for part in ["--frame-stride", "--color", "`preparation.color`", "honor-tags"] {
        assert!(stderr.contains(part), "{part} is missing in {stderr}");
    }
    assert!(!stderr.contains("unknown"), "{stderr}");
}

#[test]
fn a_setting_out_of_range_is_named_by_its_whole_key() {
    let mut command = scade_preprocess();
    let stderr = refused(command.args(["--set", "preparation.defocus.constants=999"]), 1);
    assert!(stderr.contains("preparation.defocus.constants must be"), "{stderr}");
    let stderr = refused(scade_preprocess().args(["--jpeg-quality", "0"]), 1);
    assert!(stderr.contains("preparation.jpeg_quality must be 1 to 100, got 0"), "{stderr}");
    assert!(stderr.contains("hint: change it with --jpeg-quality"), "{stderr}");
    let stderr = refused(scade_preprocess().args(["--set", "preparation.crop.margn=1"]), 1);
    assert!(stderr.contains("preparation.crop.margn"), "{stderr}");
}

#[test]
fn other_weights_of_the_detector_are_another_dataset() {
    let Some((_folder, dataset, output)) = synthetic(2) else { return };
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
    let preparation = output.join("preparation.json");
    let text = std::fs::read_to_string(&preparation).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["spec"]["sample"]["detector_weights"].as_str().unwrap().len(), 64);
    value["spec"]["sample"]["detector_weights"] = "0123".into();
    std::fs::write(&preparation, value.to_string()).unwrap();
    let stderr = refused(scade_preprocess().args(arguments(&dataset, &output)), 1);
    assert!(stderr.contains("`sample.detector_weights`") && stderr.contains("0123"), "{stderr}");
}

/// As DeepFakeDetection: nearly all actors are connected through fakes, so fakes must be dropped.
#[test]
fn a_connected_cast_is_split_without_a_leak() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [clips, dataset, output] =
        ["clips", "dataset", "store"].map(|name| folder.path().join(name));
    render(&clips, 8);
    let copy = |from: String, to: String| {
        let to = dataset.join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(clips.join(from), to).unwrap();
    };
    let fakes = "manipulated_sequences/DeepFakeDetection/c23/videos";
    for actor in 0..8 {
        let real = format!("real/{actor:03}.mp4");
        copy(real, format!("original_sequences/actors/c23/videos/{actor:02}__talking.mp4"));
        for step in [1, 2, 7] {
            let source = (actor + step) % 8;
            let name = format!("{actor:02}_{source:02}__talking__ABCDEFG{step}.mp4");
            copy(format!("fake/{actor:03}_{:03}.mp4", actor ^ 1), format!("{fakes}/{name}"));
        }
    }
    let mut command = scade_preprocess();
    command.args(arguments(&dataset, &output)).args(["--layout", "dfd", "--json"]);
    // Two actors each: one alone is in no fake.
    command.args(["--val-split", "0.25", "--test-split", "0.25"]);
    let assert = command.assert().success();
    let report: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let counts = &report["split"]["counts"];
    assert_eq!((&counts["shared_identities"], &counts["shared_sources"]), (&0.into(), &0.into()));
    let dropped = counts["dropped_fakes"].as_u64().unwrap();
    assert!((1..24).contains(&dropped), "{report}");
    let audit = std::fs::read(output.join("audit.json")).unwrap();
    let audit: serde_json::Value = serde_json::from_slice(&audit).unwrap();
    assert_eq!(audit["dropped_fakes"].as_array().unwrap().len() as u64, dropped);
    let record = PreparedDataset::open(&output).unwrap().records().unwrap().pop().unwrap();
    assert_eq!((record.identities.len(), record.source.as_deref()), (2, Some("07__talking")));
}

/// Interrupted and killed repeatedly, a dataset ends byte-identical to that of a single run.
#[cfg(unix)]
#[test]
fn interrupted_runs_leave_no_partial_video() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [dataset, whole, cut] = ["dataset", "whole", "cut"].map(|name| folder.path().join(name));
    render(&dataset, 4);
    scade_preprocess().args(arguments(&dataset, &whole)).assert().success();
    for (n_videos, signal) in [(1, "TERM"), (2, "KILL"), (4, "TERM")] {
        stop_after(n_videos, signal, &dataset, &cut);
        for record in PreparedDataset::open(&cut).unwrap().records().unwrap() {
            assert_whole(&cut, &record);
        }
    }
    scade_preprocess().args(arguments(&dataset, &cut)).assert().success();
    assert!(files(&whole).len() > 8 * 3, "there is something to compare");
    assert_same(&cut, &whole);
}

/// Killed at twenty random times while processing thirty clips.
#[cfg(unix)]
#[test]
fn twenty_random_kills_change_no_byte() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [dataset, whole, cut] = ["dataset", "whole", "cut"].map(|name| folder.path().join(name));
    render(&dataset, 16);
    scade_preprocess().args(arguments(&dataset, &whole)).assert().success();
    let n_videos = PreparedDataset::open(&whole).unwrap().records().unwrap().len();
    assert!(n_videos >= 30, "{n_videos} clips");
    let mut killed = 0;
    for _ in 0..20 {
        let mut child = Process::new(cargo_bin!("scade-preprocess"))
            .args(arguments(&dataset, &cut))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(rand::random_range(0..120)));
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
    }
    assert!(killed > 0, "some were killed before they finished");
    scade_preprocess().args(arguments(&dataset, &cut)).assert().success();
    assert_same(&cut, &whole);
}

/// A limit of the file size stands in for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_the_next_run_completes() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [dataset, whole, cut] = ["dataset", "whole", "cut"].map(|name| folder.path().join(name));
    render(&dataset, 4);
    scade_preprocess().args(arguments(&dataset, &whole)).assert().success();
    let mut limited = Command::new("sh");
    // Crops of some kilobytes are below the limit, maps of 256 KiB are not.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\""]);
    limited.arg(cargo_bin!("scade-preprocess")).args(arguments(&dataset, &cut));
    let stderr = refused(&mut limited, 1);
    for part in ["cannot write", "defocus_maps", "enough space", "--output"] {
        assert!(stderr.contains(part), "{part} is missing in: {stderr}");
    }
    assert!(PreparedDataset::open(&cut).unwrap().records().unwrap().is_empty());
    scade_preprocess().args(arguments(&dataset, &cut)).assert().success();
    assert_same(&cut, &whole);
}

#[test]
fn a_dataset_is_locked_while_another_run_writes_to_it() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [dataset, output] = ["dataset", "output"].map(|name| folder.path().join(name));
    render(&dataset, 4);
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
    let lock = PreparedDataset::open(&output).unwrap().lock().unwrap();
    let stderr = refused(scade_preprocess().args(arguments(&dataset, &output)), 1);
    assert!(stderr.contains("another run is writing to") && stderr.contains("--shard"), "{stderr}");
    drop(lock);
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
}

/// A failed split used to leave the old one, which lacked new videos.
#[test]
fn an_old_split_is_removed_when_a_new_one_fails() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [dataset, output] = ["dataset", "output"].map(|name| folder.path().join(name));
    render(&dataset, 4);
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
    // Four people are too few to split.
    for name in ["splits.json", "audit.json"] {
        std::fs::write(output.join(name), "{}").unwrap();
    }
    scade_preprocess().args(arguments(&dataset, &output)).assert().success();
    assert!(!output.join("splits.json").exists() && !output.join("audit.json").exists());
}

#[test]
fn a_dataset_without_samples_is_an_error() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [dataset, output] = ["dataset", "output"].map(|name| folder.path().join(name));
    render(&dataset, 2);
    let mut arguments = arguments(&dataset, &output);
    let place = arguments.iter().position(|word| word == "--min-frames").unwrap();
    arguments[place + 1] = "500".into();
    let output = scade_preprocess().args(arguments).assert().code(1).get_output().clone();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("none of 4 videos gave a sample"), "{stderr}");
    assert!(stderr.contains("--min-frames"), "{stderr}");
}

/// Runs until `n_videos` are recorded, then stops the program during the next one.
#[cfg(unix)]
fn stop_after(n_videos: usize, signal: &str, dataset: &Path, output: &Path) {
    let mut child = Process::new(cargo_bin!("scade-preprocess"))
        .args(arguments(dataset, output))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let done =
        || PreparedDataset::open(output).and_then(|store| store.records()).map_or(0, |r| r.len());
    while done() < n_videos && started.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let sent = Process::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
    assert!(sent.unwrap().success());
    assert!(!child.wait().unwrap().success(), "it was stopped before it finished");
}

#[cfg(unix)]
fn assert_whole(root: &Path, record: &VideoRecord) {
    assert_eq!(record.status, Status::Success);
    let store = PreparedDataset::open(root).unwrap();
    let key = record.key().unwrap();
    for &frame in &record.frames {
        let bytes = std::fs::read(store.crop_path(&key, frame)).unwrap();
        scade_image::decode_crop(&bytes).unwrap();
        assert!(store.map_path(&key, frame).is_file());
    }
}

/// Checks that two folders have byte-identical files.
fn assert_same(got: &Path, expected: &Path) {
    let [got, expected] = [got, expected].map(files);
    let differs = |(path, bytes): &(&PathBuf, &Vec<u8>)| expected.get(*path) != Some(*bytes);
    let other: Vec<_> = got.iter().filter(differs).map(|(path, _)| path).collect();
    let missing: Vec<_> = expected.keys().filter(|path| !got.contains_key(*path)).collect();
    assert!(other.is_empty() && missing.is_empty(), "other: {other:?}, missing: {missing:?}");
}

/// Every file below `root` with its content.
fn files(root: &Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
    let mut found = std::collections::BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(
                    path.strip_prefix(root).unwrap().to_owned(),
                    std::fs::read(&path).unwrap(),
                );
            }
        }
    }
    found
}
