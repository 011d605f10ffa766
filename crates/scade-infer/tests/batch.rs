//! Many files: lists, patterns, shards, copies, tables, and runs that are interrupted and continued.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

/// A folder of images with a drawn face, each of other bytes; a copy of one, a text and an empty file.
/// `None`, with a note, without the weights of the face detector.
#[allow(clippy::print_stderr)]
fn images() -> Option<tempfile::TempDir> {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let fixture =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scade-image/fixtures/decode/one_scan.jpg");
    let image = std::fs::read(fixture).unwrap();
    for number in 0..6_u8 {
        // What follows the end of a JPEG image is ignored.
        let bytes = [&*image, &[number]].concat();
        std::fs::write(folder.path().join(format!("{number}.jpg")), bytes).unwrap();
    }
    std::fs::copy(folder.path().join("1.jpg"), folder.path().join("copy of 1.jpg")).unwrap();
    std::fs::write(folder.path().join("text.jpg"), "no image").unwrap();
    std::fs::write(folder.path().join("empty.png"), "").unwrap();
    Some(folder)
}

fn scade_infer() -> Command {
    let mut command = cargo_bin_cmd!("scade-infer");
    command.args(["--device", "cpu"]);
    command
}

/// The lines of stdout of a run that ends with `code`.
fn lines(command: &mut Command, code: i32) -> Vec<Value> {
    let output = command.assert().code(code).get_output().stdout.clone();
    let text = String::from_utf8(output).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn names(records: &[Value]) -> Vec<String> {
    let name = |record: &Value| {
        let path = PathBuf::from(record["path"].as_str().unwrap());
        path.file_name().unwrap().to_string_lossy().into_owned()
    };
    records.iter().map(name).collect()
}

const NAMES: [&str; 9] = [
    "0.jpg",
    "1.jpg",
    "2.jpg",
    "3.jpg",
    "4.jpg",
    "5.jpg",
    "copy of 1.jpg",
    "empty.png",
    "text.jpg",
];

#[test]
fn an_interrupted_run_is_continued_to_the_same_bytes() {
    let Some(images) = images() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jsonl");
    let run = |jobs: &str, path: &Path, resume: bool| {
        let mut command = scade_infer();
        command.arg(images.path()).args(["--jobs", jobs, "--output"]).arg(path);
        lines(command.args(resume.then_some("--resume")), 3)
    };
    let records = run("1", &path, false);
    assert_eq!(names(&records), NAMES);
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(whole.iter().filter(|byte| **byte == b'\n').count(), NAMES.len());
    // A copy has the score of the other file, and its own path.
    let [one, copy] = [1, 6].map(|place| records[place].clone());
    assert!(one["score"].as_f64().is_some() && one["sha256"] == copy["sha256"]);
    let renamed = {
        let mut one = one.clone();
        one["path"] = copy["path"].clone();
        one
    };
    assert_eq!(renamed, copy);

    // Killed at any moment: nothing, whole lines, or half of one.
    for bytes in [0, 1, whole.len() / 3, whole.len() / 2, whole.len() - 1, whole.len()] {
        let path = folder.path().join(format!("{bytes}.jsonl"));
        std::fs::write(&path, &whole[..bytes]).unwrap();
        let done = whole[..bytes].iter().filter(|byte| **byte == b'\n').count();
        let mut command = scade_infer();
        command.arg(images.path()).arg("--resume").arg("--output").arg(&path);
        let rest = command.output().unwrap().stdout;
        let rest = rest.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(done + rest, NAMES.len(), "after {bytes} bytes");
        assert_eq!(std::fs::read(&path).unwrap(), whole, "after {bytes} bytes");
    }
    let two = folder.path().join("two.jsonl");
    run("2", &two, false);
    assert_eq!(std::fs::read(&two).unwrap(), whole, "by two jobs");
}

#[test]
fn results_are_neither_overwritten_nor_mixed() {
    let Some(images) = images() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.jsonl");
    let image = images.path().join("0.jpg");
    let run = |arguments: &[&str]| {
        let mut command = scade_infer();
        command.arg(&image).arg("--output").arg(&path).args(arguments);
        command.output().unwrap()
    };
    assert!(run(&[]).status.success());
    let before = std::fs::read(&path).unwrap();
    for (arguments, expected) in [
        (&[][..], "--resume"),
        (&["--resume", "--threshold", "0.1"], "other options"),
        (&["--resume", "--max-frames", "3"], "other options"),
    ] {
        let output = run(arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(expected) && stderr.contains("hint: "), "{stderr}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
    let mut command = scade_infer();
    command.arg(&image).args(["--resume", "--output"]).arg(folder.path().join("results.json"));
    let stderr = String::from_utf8(command.assert().code(1).get_output().stderr.clone()).unwrap();
    assert!(stderr.contains(".jsonl"), "{stderr}");
}

#[test]
fn lists_patterns_and_repeated_names_are_each_scored_once() {
    let Some(images) = images() else { return };
    let path = |name: &str| images.path().join(name);
    let list = format!("{}\n\n{}\r\n", path("3.jpg").display(), path("gone.jpg").display());
    let found = lines(scade_infer().arg(path("0.jpg")).arg("-").write_stdin(list), 3);
    assert_eq!(names(&found), ["0.jpg", "3.jpg", "gone.jpg"]);
    assert!(found[2]["error"].as_str().unwrap().contains("gone.jpg"));
    let found = lines(scade_infer().arg(path("[2-4].jpg")).arg(path("3.jpg")), 0);
    assert_eq!(names(&found), ["2.jpg", "3.jpg", "4.jpg"]);
    let found = lines(scade_infer().arg(path("none*.jpg")).arg(path("3.jpg")), 3);
    assert_eq!(names(&found), ["none*.jpg", "3.jpg"]);
    // An empty folder beside other inputs is no failure.
    let empty = tempfile::tempdir().unwrap();
    let found = lines(scade_infer().arg(empty.path()).arg(path("0.jpg")), 0);
    assert_eq!(names(&found), ["0.jpg"]);
}

#[test]
fn shards_have_each_file_once() {
    let Some(images) = images() else { return };
    let mut all = Vec::new();
    for shard in ["1/2", "2/2"] {
        let mut command = scade_infer();
        command.arg(images.path()).args(["--shard", shard]);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let records: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        all.extend(names(&records));
    }
    all.sort();
    assert_eq!(all, NAMES);
    let mut command = scade_infer();
    command.arg(images.path()).env("JOB_COMPLETION_INDEX", "0");
    let stderr = String::from_utf8(command.assert().code(1).get_output().stderr.clone()).unwrap();
    assert!(stderr.contains("JOB_COMPLETIONS") && stderr.contains("--shard"), "{stderr}");
}

#[test]
fn a_table_has_a_row_for_each_file() {
    let Some(images) = images() else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.csv");
    lines(scade_infer().arg(images.path()).arg("--output").arg(&path), 3);
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<&str> = text.lines().collect();
    let header = "path,kind,call,score,threshold,label,faces,frames,reasons,error,sha256";
    assert_eq!((rows[0], rows.len()), (header, NAMES.len() + 1));
    assert!(rows[1].contains(",image,") && rows[9].contains("text.jpg"), "{text}");
}

/// A number of frames per second is a largest density.
#[test]
fn frames_are_sampled_at_most_at_the_rate_that_is_asked_for() {
    if images().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let clips = folder.path().join("clips");
    let settings = scade_synth::SetSettings {
        identities: 2,
        frames: 30,
        ..scade_synth::SetSettings::default()
    };
    scade_synth::write_set(&clips, &settings, |_| {}).unwrap();
    let clip = scade_fs::files_in(&clips.join("real"), |_| true).unwrap().remove(0);
    let frames = |arguments: &[&str]| {
        let record = lines(scade_infer().arg(&clip).args(arguments), 0).remove(0);
        record["num_frames"].as_u64().unwrap()
    };
    assert_eq!(frames(&[]), 30);
    assert_eq!(frames(&["--every", "10"]), 3);
    assert_eq!(frames(&["--max-frames", "6"]), 6);
    let sparse = frames(&["--fps", "5"]);
    assert!((4..=8).contains(&sparse), "{sparse}");
    scade_infer().arg(&clip).args(["--fps", "0"]).assert().code(2);
    scade_infer().arg(&clip).args(["--fps", "5", "--every", "5"]).assert().code(2);
}
