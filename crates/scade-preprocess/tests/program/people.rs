//! Clips with two people, one of them forged.

use std::path::Path;

use scade_data::{Label, PreparedDataset, VideoKey, VideoRecord};
use scade_image::RgbImage;
use scade_synth::{PlannedClip, Scene, SetSettings};
use scade_video::{Writer, WriterOptions};

use super::{arguments, refused, scade_preprocess, weights_are_there};

const FRAMES: u32 = 12;

/// Width and height of one half of a clip.
const HALF: (u32, u32) = (320, 240);

fn write(path: &Path, frame: impl Fn(u32) -> RgbImage) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = Writer::create(path, &WriterOptions::new(2 * HALF.0, HALF.1)).unwrap();
    (0..FRAMES).for_each(|number| writer.write(&frame(number)).unwrap());
    writer.finish().unwrap();
}

fn side_by_side(left: &RgbImage, right: &RgbImage) -> RgbImage {
    let mut both = RgbImage::new(2 * HALF.0, HALF.1);
    image::imageops::replace(&mut both, left, 0, 0);
    image::imageops::replace(&mut both, right, i64::from(HALF.0), 0);
    both
}

/// `real.mp4` with two people, `fake.mp4` with the left one forged, `none.mp4` with an empty mask;
/// masks of the fakes, and a list of all clips.
fn dataset(root: &Path) {
    let (width, height) = HALF;
    let settings =
        SetSettings { identities: 2, frames: FRAMES, width, height, ..SetSettings::default() };
    let scenes: Vec<_> =
        settings.clips().into_iter().map(|PlannedClip { spec, .. }| Scene::new(spec)).collect();
    // Two real clips, then their forgeries.
    let pair =
        |left: usize, frame| side_by_side(&scenes[left].frame(frame), &scenes[1].frame(frame));
    write(&root.join("real.mp4"), |frame| pair(0, frame));
    write(&root.join("fake.mp4"), |frame| pair(2, frame));
    write(&root.join("none.mp4"), |frame| pair(2, frame));
    let [white, black] =
        [255, 0].map(|level| RgbImage::from_pixel(width, height, [level; 3].into()));
    write(&root.join("masks/fake.mp4"), |_| side_by_side(&white, &black));
    write(&root.join("masks/none.mp4"), |_| side_by_side(&black, &black));
    let list = "path,label,identity,mask\nreal.mp4,real,a;b,\nfake.mp4,fake,a,masks/fake.mp4\n\
                none.mp4,fake,b,masks/none.mp4\n";
    std::fs::write(root.join("list.csv"), list).unwrap();
}

fn record(store: &PreparedDataset, label: Label, name: &str) -> VideoRecord {
    store.record(&VideoKey::new(label, name).unwrap()).unwrap().unwrap()
}

#[test]
fn all_faces_are_tracked_and_masks_select_the_forged_ones() {
    if !weights_are_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [data, plain, masked] = ["data", "plain", "masked"].map(|name| folder.path().join(name));
    dataset(&data);
    let run = |output: &Path, flags: &[&str]| {
        let mut command = scade_preprocess();
        command.args(arguments(&data.join("list.csv"), output)).args(["--layout", "csv"]);
        command.args(flags).assert().success();
        PreparedDataset::open(output).unwrap()
    };
    let store = run(&plain, &["--faces", "all"]);
    for (label, name) in [(Label::Real, "real"), (Label::Fake, "fake"), (Label::Fake, "none")] {
        let record = record(&store, label, name);
        assert_eq!(record.frames, [0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10], "{name}");
        assert_eq!(record.tracks, [0, 1].repeat(6), "{name}");
        assert_eq!((record.saved_frames, record.masks), (12, 0), "{name}");
    }
    let store = run(&masked, &["--faces", "all", "--masks"]);
    assert_eq!(record(&store, Label::Real, "real").saved_frames, 12);
    let fake = record(&store, Label::Fake, "fake");
    assert_eq!((&*fake.tracks, fake.masks, fake.missed.unforged), (&[0; 6][..], 6, 0));
    for face in fake.faces() {
        let key = fake.key().unwrap();
        let mask = image::open(store.mask_path(&key, face)).unwrap();
        assert_eq!(mask.as_luma8().map(|mask| mask.dimensions()), Some((256, 256)));
        // The crop is that of the left face, identical in both runs.
        assert!(mask.to_luma8().get_pixel(128, 128).0[0] > 200);
        let tracks = [0, 1].map(|track| {
            let face = scade_data::FaceId { track: Some(track), ..face };
            std::fs::read(PreparedDataset::open(&plain).unwrap().crop_path(&key, face)).unwrap()
        });
        let crop = std::fs::read(store.crop_path(&key, face)).unwrap();
        assert!(tracks.contains(&crop) && tracks[0] != tracks[1]);
    }
    let none = record(&store, Label::Fake, "none");
    assert_eq!((none.saved_frames, none.missed.unforged), (0, 6));
    assert_eq!(none.status, scade_data::Status::Skipped);
}

#[test]
fn missing_masks_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let [data, output] = ["data", "store"].map(|name| folder.path().join(name));
    for file in ["real/a.mp4", "fake/b.mp4"] {
        std::fs::create_dir_all(data.join(file).parent().unwrap()).unwrap();
        std::fs::write(data.join(file), "").unwrap();
    }
    let mut command = scade_preprocess();
    let stderr = refused(command.args(arguments(&data, &output)).arg("--masks"), 1);
    assert!(
        stderr.contains("no video of the flat dataset") && stderr.contains("--masks"),
        "{stderr}"
    );
}
