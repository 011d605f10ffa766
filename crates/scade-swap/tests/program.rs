//! The program `scade-swap`, with photographs of synthetic people.

use std::path::Path;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin_cmd;
use scade_image::{RgbImage, decode_image};
use scade_swap::Kind;
use scade_synth::{SetSettings, render_frame};
use scade_video::{OpenOptions, Selection, Video};

/// Eight people, an image without a face, and a file that is no image.
fn photographs(folder: &Path) {
    let settings = SetSettings { identities: 8, width: 320, height: 240, ..SetSettings::default() };
    let save = |name: &str, image: &RgbImage| {
        scade_fs::write(&folder.join(name), scade_image::encode_png(image).unwrap()).unwrap();
    };
    for (number, clip) in settings.clips().iter().take(8).enumerate() {
        save(&format!("person{number}.png"), &render_frame(&clip.spec, 3));
    }
    save("wall.png", &RgbImage::from_pixel(200, 150, [140; 3].into()));
    scade_fs::write(&folder.join("broken.jpg"), "no image").unwrap();
}

fn swap(photos: &Path, output: &Path, arguments: &[&str]) -> Command {
    let mut command = cargo_bin_cmd!("scade-swap");
    command.arg("--photos").arg(photos).arg("--output").arg(output).args(arguments);
    command.args(["--pairs", "2", "--crf", "20,35", "--frames", "3", "--device", "cpu"]);
    command
}

fn frames(path: &Path) -> Vec<RgbImage> {
    let video = Video::open(path, &OpenOptions::default()).unwrap();
    video.frames(Selection::ALL).map(|frame| frame.unwrap().image).collect()
}

#[test]
#[allow(clippy::print_stderr)]
fn a_set_is_made_once_completed_and_not_mixed() {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    }
    let root = tempfile::tempdir().unwrap();
    let (photos, output) = (root.path().join("photos"), root.path().join("set"));
    photographs(&photos);
    // The file that is no image was reported: 3.
    let made = swap(&photos, &output, &[]).assert().code(3);
    let text = String::from_utf8(made.get_output().stdout.clone()).unwrap();
    // Two targets, real and of each kind, as stills and at two rates.
    assert!(text.contains("2 targets, 42 files made, 0 kept"), "{text}");
    assert!(text.contains("1 cannot be read, 1 without a clear face"), "{text}");

    let record = std::fs::read_to_string(output.join("swaps.json")).unwrap();
    let record: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["photos"]["skipped"]["no-face"], 1);
    let clips = record["clips"].as_array().unwrap();
    assert_eq!(clips.len(), 14);
    let still = |clip: &serde_json::Value| {
        let bytes = std::fs::read(output.join(clip["still"].as_str().unwrap())).unwrap();
        decode_image(&bytes).unwrap()
    };
    let real = &clips[0];
    assert!(real["kind"] == "real" && real["source"].is_null(), "{real}");
    for (fake, kind) in clips[1..7].iter().zip(Kind::ALL) {
        assert_eq!(fake["kind"], kind.name());
        assert_eq!(fake["target"], real["target"]);
        assert_ne!(fake["source"], fake["target"]);
        let (a, b) = (still(real), still(fake));
        let changed = a.pixels().zip(b.pixels()).filter(|(a, b)| a != b).count();
        let share = changed as f32 / (a.width() * a.height()) as f32;
        assert!((0.005..0.6).contains(&share), "{kind:?}: {share}");
        for (clip, rate) in fake["clips"].as_array().unwrap().iter().zip(["crf20", "crf35"]) {
            let clip = clip.as_str().unwrap();
            assert!(clip.starts_with(&format!("{rate}/fake/{}/", kind.name())), "{clip}");
            let frames = frames(&output.join(clip));
            assert_eq!((frames.len(), frames[0].dimensions()), (3, (320, 240)));
        }
    }
    assert!(output.join("sheet.png").is_file());

    let missing = output.join(clips[3]["clips"][1].as_str().unwrap());
    let bytes = std::fs::read(&missing).unwrap();
    std::fs::remove_file(&missing).unwrap();
    let again = swap(&photos, &output, &[]).assert().code(3);
    let text = String::from_utf8(again.get_output().stdout.clone()).unwrap();
    assert!(text.contains("1 files made, 41 kept"), "{text}");
    assert!(std::fs::read(&missing).unwrap() == bytes, "not the same clip again");

    let other = swap(&photos, &output, &["--seed", "2"]).assert().code(1);
    let text = String::from_utf8(other.get_output().stderr.clone()).unwrap();
    assert!(text.contains("seed: 1, requested 2") && text.contains("--output"), "{text}");
}

#[test]
fn mistakes_are_named_before_any_work() {
    let root = tempfile::tempdir().unwrap();
    let photos = root.path().join("photos");
    std::fs::create_dir(&photos).unwrap();
    let fails = |arguments: &[&str], expected: &str| {
        let failed = swap(&photos, &root.path().join("set"), arguments).assert().code(1);
        let text = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
        assert!(text.contains(expected), "{text}");
    };
    fails(&[], "there are no photographs in");
    scade_fs::write(&photos.join("a.png"), "no image").unwrap();
    fails(&["--height", "2"], "height must be 64 to 2160, got 2");
    let used = root.path().join("used");
    scade_fs::write(&used.join("letter.txt"), "text").unwrap();
    let failed = swap(&photos, &used, &[]).assert().code(1);
    let text = String::from_utf8(failed.get_output().stderr.clone()).unwrap();
    assert!(text.contains("is not empty and holds no swap set"), "{text}");
}
