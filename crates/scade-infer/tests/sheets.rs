//! `scade-infer --explain`: what is in the folder, and that nothing in it is overwritten.

use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use scade_image::encode_png;
use scade_synth::{SetSettings, render_frame, write_set};
use serde_json::Value;

fn explain(folder: &Path, inputs: &[&Path], code: i32) -> String {
    let mut command = cargo_bin_cmd!("scade-infer");
    command.args(["--json", "--max-frames", "3", "--explain"]).arg(folder).args(inputs);
    String::from_utf8(command.assert().code(code).get_output().stderr.clone()).unwrap()
}

#[test]
#[allow(clippy::print_stderr)]
fn every_scored_face_has_a_sheet_and_its_numbers() {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [clips, image, blank, sheets] =
        ["clips", "face.png", "blank.png", "sheets"].map(|name| folder.path().join(name));
    let settings = SetSettings { identities: 2, frames: 6, ..SetSettings::default() };
    write_set(&clips, &settings, |_| {}).unwrap();
    let planned = settings.clips();
    std::fs::write(&image, encode_png(&render_frame(&planned[0].spec, 0)).unwrap()).unwrap();
    std::fs::write(&blank, encode_png(&image::RgbImage::new(200, 200)).unwrap()).unwrap();
    let clip = clips.join(&planned[0].path);
    explain(&sheets, &[&image, &blank, &clip], 3);
    let numbers: Value =
        serde_json::from_slice(&std::fs::read(sheets.join("explanations.json")).unwrap()).unwrap();
    let numbers = numbers.as_array().unwrap();
    assert_eq!(numbers.len(), 4, "one face of the image, three of the clip: {numbers:?}");
    assert_eq!(numbers[0]["sheet"], "face.png");
    let scores: Vec<f64> =
        numbers[1..].iter().map(|one| one["prediction"]["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    for one in numbers {
        let sheet = image::open(sheets.join(one["sheet"].as_str().unwrap())).unwrap();
        assert_eq!((sheet.width(), sheet.height()), (816, 596));
        for area in ["deletion", "insertion", "random_deletion", "random_insertion"] {
            assert!((0.0..=1.0).contains(&one[area].as_f64().unwrap()), "{one}");
        }
    }

    // The inputs may be in the folder themselves.
    let before = std::fs::read(sheets.join("face.png")).unwrap();
    let stderr = explain(&sheets, &[&sheets.join("face.png")], 1);
    assert!(stderr.contains("is not empty") && stderr.contains("--explain"), "{stderr}");
    assert_eq!(std::fs::read(sheets.join("face.png")).unwrap(), before);
}
