//! The pictures of a job: frames, faces, and maps of faces.

use std::collections::BTreeSet;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, RgbImage, RgbaImage};
use scade::{Class, Detector, ExplainOptions, FacePrediction, Kernels, Plane};
use scade_explain::viridis;
use scade_video::{OpenOptions, PixelAspect, Selection, Video};

use super::analysis::Steps;
use super::failure::Failure;
use crate::Reason;
use crate::protocol::{Picture, Stage, Task, face_file, frame_file};

/// Longer side of the copy of a frame, in pixels at most.
const FRAME_SIDE: u32 = 1280;
const FRAME_QUALITY: u8 = 88;

/// Faces that are explained.
const EXPLAINED: usize = 24;

fn unwritten(error: &image::ImageError) -> Failure {
    Failure::new(Reason::Internal, format!("a picture cannot be written: {error}"))
}

/// Writes a frame, scaled down.
pub(super) fn save_frame(frame: &RgbImage, number: u64, folder: &Path) -> Result<(), Failure> {
    let (width, height) = frame.dimensions();
    let longer = width.max(height);
    let scaled = (longer > FRAME_SIDE).then(|| {
        let side = |value: u32| {
            let scaled = u64::from(value) * u64::from(FRAME_SIDE) / u64::from(longer);
            u32::try_from(scaled).unwrap_or(FRAME_SIDE).max(1)
        };
        image::imageops::thumbnail(frame, side(width), side(height))
    });
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, FRAME_QUALITY);
    let frame = scaled.as_ref().unwrap_or(frame);
    frame.write_with_encoder(encoder).map_err(|error| unwritten(&error))?;
    write(&folder.join(frame_file(number)), &bytes)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| {
        Failure::new(Reason::Internal, format!("a picture cannot be written: {error}"))
    })
}

/// Decodes a video once more and writes the frames with these numbers, which may repeat. Returns their size. A file that
/// cannot be read a second time, as an animated WebP, has no pictures of frames.
pub(super) fn save_frames(
    numbers: &[u64],
    task: &Task,
    steps: &Steps<'_, '_>,
) -> Result<Option<(u32, u32)>, Failure> {
    let wanted: BTreeSet<u64> = numbers.iter().copied().collect();
    // All are multiples of the distance between sampled frames, so that the others need not be converted.
    let every = wanted.iter().copied().fold(0, greatest_common_divisor);
    let options = OpenOptions {
        max_pixels: task.max_pixels,
        aspect: PixelAspect::Square,
        threads: 0,
        ..OpenOptions::default()
    };
    let (Ok(video), Some(&last)) = (Video::open(&task.file, &options), wanted.last()) else {
        return Ok(None);
    };
    let mut size = None;
    let mut done = 0;
    for frame in video.frames(Selection { every, max: None }) {
        // What is damaged was reported by the prediction.
        let Ok(frame) = frame else { break };
        if wanted.contains(&frame.index) {
            size.get_or_insert(frame.image.dimensions());
            save_frame(&frame.image, frame.index, &task.output)?;
            done += 1;
            steps.at(Stage::Pictures, done, Some(wanted.len() as u64));
        }
        if frame.index >= last {
            break;
        }
    }
    Ok(size)
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Writes the pictures of each face; returns which ones.
pub(super) fn save_faces<B: Kernels>(
    detector: &Detector<B>,
    faces: &[FacePrediction],
    folder: &Path,
    steps: &Steps<'_, '_>,
) -> Result<Vec<Vec<Picture>>, Failure> {
    let mut saved = vec![Vec::new(); faces.len()];
    for (index, face) in faces.iter().enumerate() {
        let Some(sample) = &face.sample else { continue };
        let path = |picture| folder.join(face_file(index, picture));
        sample.rgb.save(path(Picture::Crop)).map_err(|error| unwritten(&error))?;
        saved[index].push(Picture::Crop);
        if let Some(map) = &sample.defocus {
            gray(map).save(path(Picture::Defocus)).map_err(|error| unwritten(&error))?;
            saved[index].push(Picture::Defocus);
        }
    }
    let options = ExplainOptions { class: Some(Class::Fake), ..ExplainOptions::default() };
    let chosen = most_suspicious(faces, EXPLAINED);
    let total = chosen.len() as u64;
    for (done, index) in (1..).zip(chosen) {
        let Some(sample) = &faces[index].sample else { continue };
        // A detector of another form has scores and no explanation of them.
        let Ok(explanation) = detector.explain_sample(sample, &options) else { break };
        for (picture, map) in
            [(Picture::Fake, &explanation.cam.map), (Picture::Real, &explanation.opposite.map)]
        {
            let path = folder.join(face_file(index, picture));
            heat(map).save(path).map_err(|error| unwritten(&error))?;
            saved[index].push(picture);
        }
        steps.at(Stage::Pictures, done, Some(total));
    }
    Ok(saved)
}

/// The most suspicious faces are explained, as that takes longer than to score them.
fn most_suspicious(faces: &[FacePrediction], most: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..faces.len()).collect();
    order.sort_by(|&a, &b| faces[b].score.total_cmp(&faces[a].score));
    order.truncate(most);
    order
}

/// 0 is black, 1 white.
fn gray(map: &Plane) -> GrayImage {
    GrayImage::from_fn(map.width() as u32, map.height() as u32, |x, y| [level(map, x, y)].into())
}

/// As [`scade_explain::overlay`] at full opacity: the color covers as much as the value says.
fn heat(map: &Plane) -> RgbaImage {
    RgbaImage::from_fn(map.width() as u32, map.height() as u32, |x, y| {
        let [r, g, b] = viridis(map.at(x as usize, y as usize));
        [r, g, b, level(map, x, y)].into()
    })
}

fn level(map: &Plane, x: u32, y: u32) -> u8 {
    (map.at(x as usize, y as usize).clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_frames_divides_all_of_them() {
        let common = |numbers: &[u64]| numbers.iter().copied().fold(0, greatest_common_divisor);
        assert_eq!(common(&[0, 30, 20]), 10);
        assert_eq!(common(&[0]), 0);
        assert_eq!(common(&[7]), 7);
    }

    #[test]
    fn frames_are_scaled_down_and_never_up() {
        let folder = tempfile::tempdir().unwrap();
        for (number, from, to) in
            [(0, (2560, 640), (1280, 320)), (1, (10, 20), (10, 20)), (2, (20_000, 3), (1280, 1))]
        {
            save_frame(&RgbImage::new(from.0, from.1), number, folder.path()).unwrap();
            let path = folder.path().join(frame_file(number));
            assert_eq!(image::image_dimensions(path).unwrap(), to, "{from:?}");
        }
    }

    #[test]
    fn a_heat_map_is_clear_where_it_says_nothing() {
        let map = Plane::from_vec(2, 1, vec![0.0, 1.0]).unwrap();
        let image = heat(&map);
        assert_eq!((image[(0, 0)][3], image[(1, 0)][3]), (0, 255));
        assert_eq!(image[(1, 0)].0[..3], viridis(1.0));
    }
}
