//! Tests of the program `scade-face`.

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;

fn detect(files: &[&std::path::Path]) -> Command {
    let mut command = cargo_bin_cmd!("scade-face");
    command.args(["detect", "--json"]).args(files);
    command
}

#[test]
#[allow(clippy::print_stderr)]
fn an_unreadable_image_is_reported_and_skipped() {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [text, gray, missing] =
        ["text.png", "gray.png", "none.jpg"].map(|name| folder.path().join(name));
    std::fs::write(&text, "no image").unwrap();
    image::RgbImage::from_pixel(80, 60, image::Rgb([90; 3])).save(&gray).unwrap();
    let assert = detect(&[&missing, &text, &gray]).assert().code(3);
    let found: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert!(found[0]["error"].is_string() && found[1]["error"].is_string(), "{found}");
    assert_eq!(found[2]["faces"], serde_json::json!([]));
    detect(&[&text]).assert().code(1);
}

#[path = "../../scade-infer/tests/support/odd_files.rs"]
#[allow(dead_code)]
mod files;

/// Images are read, and what is none is named; no file is left out.
#[test]
#[allow(clippy::print_stderr)]
fn every_odd_file_has_its_faces_or_its_reason() {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    files::make(folder.path());
    let names = files::FILES.iter().map(|(name, ..)| *name);
    let paths: Vec<_> = names
        .chain(["cut.jpg", "page.jpg", "text.mp4", "empty.png", "notes.txt", "list.csv"])
        .map(|name| folder.path().join(name))
        .collect();
    let paths: Vec<_> = paths.iter().map(std::path::PathBuf::as_path).collect();
    let assert = detect(&paths).assert().code(3);
    let found: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).unwrap();
    assert_eq!(found.as_array().unwrap().len(), paths.len());
    for (path, outcome) in paths.iter().zip(found.as_array().unwrap()) {
        let (faces, error) = (outcome["faces"].as_array(), outcome["error"].as_str());
        assert!(faces.is_some() != error.is_some(), "{}: {outcome}", path.display());
    }
    let outcome = |name: &str| {
        let place = paths.iter().position(|path| path.ends_with(name)).unwrap();
        found[place].clone()
    };
    for (name, words) in [
        ("encrypted.mp4", "MP4 video"),
        ("arithmetic.jpg", "arithmetic"),
        ("page.jpg", "HTML"),
        ("empty.png", "empty"),
        ("cut.jpg", "cut short"),
        ("notes.txt", "text"),
    ] {
        let error = outcome(name)["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains(words), "{name}: {error}");
    }
    for name in ["one_scan.jpg", "orientation.webp", "photo.heic", "image named.mp4"] {
        assert_eq!(outcome(name)["faces"].as_array().map(Vec::len), Some(1), "{name}");
    }
}
