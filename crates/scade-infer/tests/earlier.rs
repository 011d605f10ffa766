//! A detector of the version before, as its programs left it in `fixtures/v1`, with the scores that they
//! gave the faces of a synthetic clip.

use std::path::PathBuf;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

#[test]
#[allow(clippy::print_stderr)]
fn a_detector_of_the_version_before_gives_the_same_scores() {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    }
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1");
    let mut command = cargo_bin_cmd!("scade-infer");
    command.arg("--model").arg(fixtures.join("detector")).args(["--max-frames", "4", "--json"]);
    let assert = command.arg("--video").arg(fixtures.join("clip.mp4")).assert().success();
    let got: Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    let expected = std::fs::read_to_string(fixtures.join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let scores = |record: &Value| -> Vec<f64> {
        let faces = record["faces"].as_array().unwrap().iter();
        let tracks = record["tracks"].as_array().unwrap().iter();
        let all = faces.chain(tracks).chain(std::iter::once(record));
        all.map(|value| value["score"].as_f64().unwrap()).collect()
    };
    let (got, expected) = (scores(&got), scores(&expected));
    assert_eq!((got.len(), expected.len()), (6, 6));
    for (got, expected) in got.iter().zip(&expected) {
        assert!((got - expected).abs() < 1e-6, "{got}, {expected} by the version before");
    }
}
