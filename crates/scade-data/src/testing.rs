//! Synthetic faces and small datasets for the tests of this crate.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_image::{CropFormat, Plane, RgbImage};
use tempfile::TempDir;

use crate::{DatasetSpec, FACE_SIZE, Label, PreparedDataset, VideoKey, VideoRecord};

/// A colored image of the size of a crop: two waves and a seeded color.
pub(crate) fn synthetic_face(seed: u64) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let [red, green, blue, x_wave, y_wave] = [(); 5].map(|()| rng.random_range(0.3..1.0_f32));
    let size = FACE_SIZE as u32;
    RgbImage::from_fn(size, size, |x, y| {
        let wave = 0.5 + 0.25 * ((x as f32 * x_wave * 0.3).sin() + (y as f32 * y_wave * 0.3).cos());
        image::Rgb([red, green, blue].map(|ratio| (255.0 * ratio * wave) as u8))
    })
}

/// A defocus map of the size of a crop: a ramp with a seeded slope, 0..1.
pub(crate) fn synthetic_map(seed: u64) -> Plane {
    let slope = 1.0 / (1.0 + seed as f32);
    let size = FACE_SIZE;
    let value = |i: usize| slope * (i % size) as f32 / (size - 1) as f32;
    Plane::from_vec(size, size, (0..size * size).map(value).collect()).unwrap()
}

/// A folder with an empty prepared dataset; the folder is removed on drop.
pub(crate) fn empty_store() -> (TempDir, PreparedDataset) {
    let folder = tempfile::tempdir().unwrap();
    let store =
        PreparedDataset::create(&folder.path().join("data"), &DatasetSpec::default()).unwrap();
    (folder, store)
}

/// Writes a video with these faces, without maps, at frames 0, 10, 20, ….
pub(crate) fn add_images(store: &PreparedDataset, key: &VideoKey, images: &[RgbImage]) {
    let mut writer = store.begin_video(key).unwrap();
    for (i, image) in images.iter().enumerate() {
        writer.add_face(10 * i, &jpeg(image), None, None).unwrap();
    }
    let record = VideoRecord { sampled_frames: images.len(), ..VideoRecord::new(key) };
    writer.finish(record).unwrap();
}

/// Writes a video with faces at frames 0, 10, 20, ….
pub(crate) fn add_video(
    store: &PreparedDataset,
    label: Label,
    name: &str,
    faces: usize,
    maps: bool,
) {
    let key = VideoKey::new(label, name).unwrap();
    let mut writer = store.begin_video(&key).unwrap();
    for face in 0..faces {
        let seed = (name.len() + face) as u64 + 10 * label.index() as u64;
        let file = jpeg(&synthetic_face(seed));
        let map = maps.then(|| synthetic_map(seed));
        writer.add_face(10 * face, &file, map.as_ref(), None).unwrap();
    }
    let record = VideoRecord { sampled_frames: faces, ..VideoRecord::new(&key) };
    writer.finish(record).unwrap();
}

/// The file of a crop in the default format.
pub(crate) fn jpeg(crop: &RgbImage) -> Vec<u8> {
    CropFormat::Jpeg.encode(crop, 90).unwrap()
}
