//! Datasets and runs of the version before, as its programs left them in `fixtures/v1`: two epochs of a
//! run on a dataset without maps, and the history of that run after the third.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::scade_train;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn last_epoch(history: &Path) -> Value {
    let text = std::fs::read_to_string(history).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[test]
fn a_run_of_the_version_before_continues_as_that_version_did() {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1");
    let folder = tempfile::tempdir().unwrap();
    copy(&fixtures, folder.path());
    let mut command = scade_train();
    command.arg("--resume").arg(folder.path().join("run-1"));
    command.arg("--data").arg(folder.path().join("data")).args(["--epochs", "3"]);
    command.assert().success();
    let got = last_epoch(&folder.path().join("run-1/history.jsonl"));
    let expected = last_epoch(&fixtures.join("expected_history.jsonl"));
    assert_eq!(got["epoch"], 3);
    for (key, expected) in expected.as_object().unwrap() {
        match expected.as_f64() {
            Some(expected) if key != "samples_per_second" && key != "waiting" => {
                let got = got[key].as_f64().unwrap_or_else(|| panic!("{key} is missing in {got}"));
                let error = (got - expected).abs() / expected.abs().max(1.0);
                assert!(error < 1e-6, "{key}: {got}, {expected} by the version before");
            }
            _ => {}
        }
    }
}
