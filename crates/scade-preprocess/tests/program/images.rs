//! Datasets with images, beside clips or alone.

use std::path::Path;

use scade_data::{Label, PreparedDataset, Status, Subset, VideoKey, VideoRecord, items};
use scade_image::{Landmarks, RgbImage};
use scade_synth::{PlannedClip, Scene, SetSettings};
use scade_video::{Writer, WriterOptions};

use super::{arguments, scade_preprocess, weights_are_there};

/// Frames per clip, of which every second one is sampled.
const FRAMES: u32 = 12;

const SIZE: (u32, u32) = (320, 240);

/// Real clips of each person, then their forgeries.
fn scenes(identities: u32) -> Vec<Scene> {
    let (width, height) = SIZE;
    let settings = SetSettings { identities, frames: FRAMES, width, height, ..Default::default() };
    settings.clips().into_iter().map(|PlannedClip { spec, .. }| Scene::new(spec)).collect()
}

fn save(image: &RgbImage, path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save(path).unwrap();
}

fn save_clip(scene: &Scene, path: &Path) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = Writer::create(path, &WriterOptions::new(SIZE.0, SIZE.1)).unwrap();
    (0..FRAMES).for_each(|number| writer.write(&scene.frame(number)).unwrap());
    writer.finish().unwrap();
}

fn record(store: &PreparedDataset, label: Label, name: &str) -> VideoRecord {
    store.record(&VideoKey::new(label, name).unwrap()).unwrap().unwrap()
}

/// The places of the template of the aligned crop, to the pixel.
const TEMPLATE: [[f32; 2]; 5] =
    [[100.0, 109.0], [157.0, 108.0], [129.0, 141.0], [105.0, 175.0], [153.0, 174.0]];

/// A synthetic face is not the typical one.
fn assert_is_aligned(Landmarks(points): Landmarks) {
    for ([x, y], [expected_x, expected_y]) in points.into_iter().zip(TEMPLATE) {
        let distance = (x - expected_x).hypot(y - expected_y);
        assert!(distance < 12.0, "{points:?}");
    }
    let [left, right, nose, ..] = points;
    assert!(left[0] < right[0] && left[1].max(right[1]) < nose[1], "{points:?}");
    assert!(points[3..].iter().all(|mouth| mouth[1] > nose[1]), "{points:?}");
}

#[test]
fn an_image_is_a_video_of_one_frame_beside_clips() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [data, output] = ["data", "store"].map(|name| folder.path().join(name));
    let scenes = scenes(2);
    save(&scenes[0].frame(0), &data.join("real/first.png"));
    save(&scenes[1].frame(0), &data.join("real/deeper/second.jpg"));
    save_clip(&scenes[2], &data.join("fake/clip.mp4"));
    let whole = std::fs::read(data.join("real/first.png")).unwrap();
    std::fs::write(data.join("real/broken.png"), &whole[..whole.len() / 2]).unwrap();

    let mut arguments = arguments(&data, &output);
    let place = arguments.iter().position(|word| word == "--min-frames").unwrap();
    arguments[place + 1] = "5".into();
    scade_preprocess().args(&arguments).assert().code(3);
    let store = PreparedDataset::open(&output).unwrap();
    for name in ["first", "second"] {
        let image = record(&store, Label::Real, name);
        assert_eq!((image.status, &image.reason), (Status::Success, &None), "{name}");
        assert_eq!((image.total_frames, image.sampled_frames, image.fps), (1, 1, 0.0), "{name}");
        assert_eq!((&*image.frames, image.landmarks.len()), (&[0][..], 1), "{name}");
        assert_is_aligned(image.landmarks[0].unwrap());
        assert!(store.crop_path(&image.key().unwrap(), 0).is_file());
    }
    let clip = record(&store, Label::Fake, "clip");
    assert_eq!(clip.frames, [0, 2, 4, 6, 8, 10]);
    assert_eq!(clip.landmarks.len(), 6);
    clip.landmarks.iter().for_each(|landmarks| assert_is_aligned(landmarks.unwrap()));
    let broken = record(&store, Label::Real, "broken");
    assert_eq!((broken.status, broken.saved_frames), (Status::Error, 0));
    let reason = broken.reason.unwrap();
    assert!(
        reason.contains("cannot decode the image") && reason.contains("broken.png"),
        "{reason}"
    );
    // They come with the samples.
    let mut part = scade_data::SubsetVideos::default();
    part.fake.push("clip".to_owned());
    let items = items(&store, &part, true, Some(2)).unwrap();
    let expected: Vec<_> = [1, 4].map(|place| clip.landmarks[place]).into();
    assert_eq!(items.iter().map(|item| item.landmarks).collect::<Vec<_>>(), expected);
    // A repeated run tries the broken one alone.
    let output = scade_preprocess().args(&arguments).arg("--json").assert().code(3);
    let report: serde_json::Value = serde_json::from_slice(&output.get_output().stdout).unwrap();
    assert_eq!(report["kept_videos"], 3);
}

#[test]
fn real_images_alone_are_split_by_their_folders() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [data, output] = ["data", "store"].map(|name| folder.path().join(name));
    for (person, scene) in scenes(4).iter().take(4).enumerate() {
        for frame in [0, 6] {
            save(&scene.frame(frame), &data.join(format!("real/person {person}/{frame}.png")));
        }
    }
    let mut command = scade_preprocess();
    command.args(arguments(&data, &output)).args(["--no-defocus", "--identities", "folder"]);
    command.assert().success();
    let store = PreparedDataset::open(&output).unwrap();
    let records = store.records().unwrap();
    assert_eq!(records.len(), 8);
    let splits = store.splits().unwrap().unwrap();
    assert!(scade_data::audit(&records, &splits).is_clean());
    let sizes = Subset::ALL.map(|part| splits.part(part).real.len());
    assert_eq!(sizes, [4, 2, 2]);
    assert!(Subset::ALL.iter().all(|part| splits.part(*part).fake.is_empty()));
    for record in records {
        let [person] = &record.identities[..] else { panic!("{record:?}") };
        assert!(record.file.unwrap().path.starts_with(&format!("real/{person}/")), "{person}");
    }
}
