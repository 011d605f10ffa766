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
