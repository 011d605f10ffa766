//! A folder of the files that people have: each gets a record with its score or with what is wrong.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use burn::backend::Flex;
use scade_data::DatasetSpec;
use scade_model::{ModelBundle, NetworkConfig};
use serde_json::Value;

#[path = "support/odd_files.rs"]
mod files;
use Expected::{Error, Scored};
use files::{Expected, FILES, make};

fn scade_infer(model: &Path, files: &Path) -> Command {
    let mut command = cargo_bin_cmd!("scade-infer");
    command.arg("--model").arg(model).arg("--input").arg(files).args([
        "--max-frames",
        "10",
        "--json",
    ]);
    command
}

#[test]
#[allow(clippy::print_stderr)]
fn every_file_has_an_outcome_and_none_is_silent() {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [model, files] = ["model", "files"].map(|name| folder.path().join(name));
    let bundle = ModelBundle::new(NetworkConfig::default(), Some(0.5), DatasetSpec::default());
    bundle.save(&model, &bundle.network.init::<Flex>(&Default::default())).unwrap();
    make(&files);

    let assert = scade_infer(&model, &files).assert().code(3);
    let output = assert.get_output();
    let lines = String::from_utf8(output.stdout.clone()).unwrap();
    let records: BTreeMap<String, Value> = lines
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(line).unwrap();
            let path = Path::new(record["path"].as_str().unwrap()).strip_prefix(&files).unwrap();
            (path.to_str().unwrap().to_owned(), record)
        })
        .collect();
    assert_eq!(records.len(), FILES.len() + 4, "{lines}");

    let check = |name: &str, expected: &Expected| match expected {
        Scored(kind) => {
            assert_eq!(records[name]["kind"], *kind, "{name}: {}", records[name]);
            assert!(records[name]["score"].is_number(), "{name}: {}", records[name]);
        }
        Error(words) => {
            let error = records[name]["error"].as_str().unwrap_or_default();
            assert!(error.contains(words), "{name}: {}", records[name]);
            assert!(records[name].get("score").is_none(), "{name}: {}", records[name]);
        }
    };
    for (name, _, expected) in &FILES {
        check(name, expected);
    }
    check("cut.jpg", &Error("the JPEG is damaged or cut short"));
    check("page.jpg", &Error("is an HTML page, not an image"));
    check("text.mp4", &Error("text"));
    check("empty.png", &Error("is empty"));
    // The same coefficients in another order.
    assert_eq!(records["one_scan.jpg"]["score"], records["three_scans.jpg"]["score"]);
    assert_eq!(records["one_scan.jpg"]["score"], records["image named.mp4"]["score"]);
    // All frames of the stream that has most, and none twice.
    assert_eq!(records["still_first.m4v"]["num_frames"], 10);
    assert_eq!(records["hidden_frames.webm"]["num_frames"], 10);

    let log = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(log.contains("not scored: 2 files with other endings: 1 .csv, 1 .txt"), "{log}");
}
