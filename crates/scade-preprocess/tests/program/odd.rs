//! A folder of the files that people have: each is sampled, or skipped or failed with its reason.

use super::{scade_preprocess, weights_are_there};

#[path = "../../../scade-infer/tests/support/odd_files.rs"]
#[allow(dead_code)]
mod files;
use files::{Expected, FILES, make};

#[test]
fn every_odd_file_is_sampled_or_reported() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [dataset, output] = ["dataset", "prepared"].map(|name| folder.path().join(name));
    make(&dataset.join("real"));
    let mut command = scade_preprocess();
    command.arg("--dataset").arg(&dataset).arg("--output").arg(&output);
    command.args(["--min-frames", "1"]);
    let stdout = command.assert().code(3).get_output().stdout.clone();
    let report = String::from_utf8(stdout).unwrap();
    // The 17 files, and four of those that are written beside them.
    let count = |what: &str| {
        let line = report.lines().find(|line| line.split_whitespace().next() == Some(what));
        let line = line.unwrap_or_else(|| panic!("no {what} in\n{report}"));
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    let reported = |name: &str| {
        report.lines().any(|line| {
            ["skipped ", "failed "].iter().any(|what| line.starts_with(what)) && line.contains(name)
        })
    };
    let errors =
        report.lines().filter(|line| line.starts_with("failed  ") && line.contains("real/"));
    let skipped = report.lines().filter(|line| line.starts_with("skipped  ") && line.contains(':'));
    assert_eq!(count("videos") + errors.count() + skipped.count(), FILES.len() + 4, "{report}");
    for (name, _, expected) in &FILES {
        let stem = name.rsplit_once('.').unwrap().0;
        if let Expected::Error(_) = expected {
            assert!(reported(stem), "{name} in\n{report}");
        }
    }
    for name in ["cut", "page", "text", "empty"] {
        assert!(reported(name), "{name} in\n{report}");
    }
    assert!(report.contains("2 files with other endings: 1 .csv, 1 .txt"), "{report}");
}
