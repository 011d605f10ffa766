//! A folder of the files that people have: each gets a record with its score or with what is wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use burn::backend::Flex;
use scade_data::DatasetSpec;
use scade_model::{ModelBundle, NetworkConfig};
use serde_json::Value;

/// What the record of a file must be.
enum Expected {
    /// A score; `image` or `video`.
    Scored(&'static str),
    /// An error that holds these words.
    Error(&'static str),
}
use Expected::{Error, Scored};

/// Files with a drawn face, or none; where they come from is said in the tests of those crates.
const FILES: [(&str, &str, Expected); 17] = [
    ("one_scan.jpg", "scade-image/fixtures/decode/one_scan.jpg", Scored("image")),
    ("three_scans.jpg", "scade-image/fixtures/decode/three_scans.jpg", Scored("image")),
    ("three_scans.jfif", "scade-image/fixtures/decode/three_scans.jpg", Scored("image")),
    ("orientation.jpg", "scade-image/fixtures/decode/orientation_long.jpg", Scored("image")),
    ("orientation.webp", "scade-image/fixtures/decode/exif_prefixed.webp", Scored("image")),
    ("orientation.png", "scade-image/fixtures/decode/xmp_orientation.png", Scored("image")),
    ("photo.heic", "scade-image/fixtures/decode/photo.heic", Scored("image")),
    ("photo.jpg", "scade-image/fixtures/decode/photo.heic", Scored("image")),
    ("image named.mp4", "scade-image/fixtures/decode/one_scan.jpg", Scored("image")),
    ("no face.jpg", "scade-image/fixtures/decode/three_scans_16x16.jpg", Error("no face found")),
    ("arithmetic.jpg", "scade-image/fixtures/decode/arithmetic.jpg", Error("arithmetic coding")),
    ("hidden_frames.webm", "scade-video/fixtures/vp8_hidden_frames.webm", Scored("video")),
    ("wide_pixels.mp4", "scade-video/fixtures/anamorphic.mp4", Scored("video")),
    ("still_first.m4v", "scade-video/fixtures/still_first.mp4", Scored("video")),
    ("video named.png", "scade-video/fixtures/still_first.mp4", Scored("video")),
    ("encrypted.mp4", "scade-video/fixtures/encrypted.mp4", Error("encrypted")),
    ("deep/er/one_scan.JPG", "scade-image/fixtures/decode/one_scan.jpg", Scored("image")),
];

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// The files, and some that are written here.
fn make(folder: &Path) {
    for (name, source, _) in &FILES {
        let bytes = std::fs::read(fixture(source)).unwrap();
        scade_fs::write(&folder.join(name), bytes).unwrap();
    }
    let whole = std::fs::read(fixture("scade-image/fixtures/decode/one_scan.jpg")).unwrap();
    for (name, bytes) in [
        ("cut.jpg", &whole[..whole.len() * 55 / 100]),
        ("page.jpg", b"<!DOCTYPE html><html><body>Not Found</body></html>"),
        ("text.mp4", b"this is no video"),
        ("empty.png", b""),
        // Not scored, and counted; companions and hidden files not even that.
        ("notes.txt", b"x"),
        ("list.csv", b"x"),
        ("._one_scan.jpg", b"x"),
        (".hidden/one_scan.jpg", &whole),
    ] {
        scade_fs::write(&folder.join(name), bytes).unwrap();
    }
}

fn scade_infer(model: &Path, files: &Path) -> Command {
    let mut command = cargo_bin_cmd!("scade-infer");
    command.arg("--model").arg(model).arg("--input").arg(files).args(["--max-frames", "10", "--json"]);
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
