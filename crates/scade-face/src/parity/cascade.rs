//! The whole detector, on synthetic images and, optionally, on your own photographs.

use std::path::{Path, PathBuf};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_image::{FaceBox, RgbImage, Similarity, warp_rgb};
use scade_parity::{Comparison, Report, TrainingKernels, on_each_device};
use serde::Deserialize;

use crate::synthetic::{SyntheticFace, render};
use crate::{Face, Mtcnn, MtcnnConfig, weights};

/// Tolerance of box corners and landmarks, pixels.
const PIXELS: f64 = 0.5;
const PROBABILITY: f64 = 1e-3;

/// Environment variable with a folder of photographs and, made by the snippet of [`Answer`] with
/// `Path(folder).glob("*.png")` as `images`, `mtcnn.json`. JPEG files would compare the decoders as well,
/// whose differences move boxes by a pixel or two.
const PHOTOS: &str = "SCADE_PARITY_PHOTOS";

/// Environment variable with a folder that the images of [`hard`] are written to.
const WRITE: &str = "SCADE_PARITY_WRITE";

/// Faces that facenet-pytorch detects in one image; the synthetic images were saved as PNG.
///
/// ```python
/// from facenet_pytorch import MTCNN
/// mtcnn = MTCNN(keep_all=True, min_face_size=60, thresholds=[0.6, 0.7, 0.9], factor=0.709)
/// rows = []
/// for path in images:
///     b, p, l = mtcnn.detect(Image.open(path).convert("RGB"), landmarks=True)
///     none = b is None
///     rows.append({"file": path.name, "boxes": [] if none else b.tolist(),
///                  "scores": [] if none else p.tolist(), "landmarks": [] if none else l.tolist()})
/// json.dump(rows, open("mtcnn.json", "w"))
/// ```
#[derive(Default, Deserialize)]
struct Answer {
    file: String,
    boxes: Vec<[f32; 4]>,
    scores: Vec<f32>,
    landmarks: Vec<[[f32; 2]; 5]>,
}

/// Images with the expected faces.
struct Cascade {
    weights: PathBuf,
    images: Vec<(RgbImage, Answer)>,
}

impl Comparison for Cascade {
    const PART: &'static str = "MTCNN: the cascade (pixels; scores)";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let config = MtcnnConfig::default();
        let mtcnn = Mtcnn::<B::InnerBackend>::load(&self.weights, &config, device).unwrap();
        for (image, answer) in &self.images {
            compare(&by_area(mtcnn.detect(image).unwrap()), answer, report);
        }
    }
}

/// facenet-pytorch sorts faces by descending area, this crate by descending score.
fn by_area(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|a, b| b.bbox.area().total_cmp(&a.bbox.area()));
    faces
}

fn compare(faces: &[Face], answer: &Answer, report: &Report) {
    let Answer { file, boxes, scores, landmarks } = answer;
    assert_eq!(faces.len(), boxes.len(), "{file}: faces");
    let corners = |face: &Face| {
        let FaceBox { x1, y1, x2, y2 } = face.bbox;
        [x1, y1, x2, y2]
    };
    let got: Vec<f32> = faces.iter().flat_map(corners).collect();
    report.absolute(&format!("{file}: boxes"), &got, boxes.as_flattened(), PIXELS);
    let got: Vec<f32> = faces.iter().flat_map(|face| face.landmarks.0).flatten().collect();
    let expected = landmarks.as_flattened().as_flattened();
    report.absolute(&format!("{file}: landmarks"), &got, expected, PIXELS);
    let got: Vec<f32> = faces.iter().map(|face| face.score).collect();
    report.absolute(&format!("{file}: scores"), &got, scores, PROBABILITY);
}

fn answers(json: &[u8]) -> Vec<Answer> {
    serde_json::from_slice(json).unwrap()
}

/// The two synthetic images, called `0.png` and `1.png` in the file.
fn synthetic() -> Vec<(RgbImage, Answer)> {
    let pair = [
        SyntheticFace { x: 190.0, y: 230.0, unit: 85.0 },
        SyntheticFace { x: 480.0, y: 260.0, unit: 55.0 },
    ];
    let cut_off = [
        SyntheticFace { x: 40.0, y: 150.0, unit: 60.0 },
        SyntheticFace { x: 250.0, y: 110.0, unit: 34.0 },
    ];
    let images = [render(640, 480, &pair, 0), render(400, 300, &cut_off, 1)];
    images.into_iter().zip(answers(include_bytes!("../../fixtures/mtcnn_drawn.json"))).collect()
}

/// 200 images with faces at the border, beyond it, small, tilted and several: an image is a function of its
/// number. Their answers were made by the snippet of [`Answer`], with numbers rounded to 3 (scores: 6) decimals.
fn hard() -> Vec<RgbImage> {
    (0..200).map(hard_image).collect()
}

fn hard_image(number: u64) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(0xFACE ^ number);
    let (width, height) = (rng.random_range(160..420_u32), rng.random_range(160..360_u32));
    let side = width.min(height) as f32;
    let count = [1, 1, 1, 2, 3][number as usize % 5];
    let mut face = || {
        let unit = side * rng.random_range(0.16..0.42);
        let at_border = number.is_multiple_of(2);
        let mut place = |size: u32| {
            let inside = rng.random_range(0.25..0.75) * size as f32;
            let border = if rng.random_range(0..2) == 0 { 0.0 } else { size as f32 };
            let near = border + rng.random_range(-0.9..0.9) * unit;
            if at_border && rng.random_range(0..2) == 0 { near } else { inside }
        };
        let (x, y) = (place(width), place(height));
        SyntheticFace { x, y, unit: if count > 1 { 0.6 * unit } else { unit } }
    };
    let faces: Vec<_> = (0..count).map(|_| face()).collect();
    let image = render(width, height, &faces, number);
    if !number.is_multiple_of(3) {
        return image;
    }
    let center = [width as f32 / 2.0, height as f32 / 2.0];
    let angle = rng.random_range(-40.0_f32..40.0).to_radians();
    warp_rgb(&image, &Similarity::around(center, angle, 1.0, [0.0; 2]), width, height)
}

/// As [`Cascade`], with one line for all images.
struct Hard {
    weights: PathBuf,
    images: Vec<RgbImage>,
    answers: Vec<Answer>,
}

impl Comparison for Hard {
    const PART: &'static str = "MTCNN: 200 images with hard faces (pixels; scores)";

    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
        let config = MtcnnConfig::default();
        let mtcnn = Mtcnn::<B::InnerBackend>::load(&self.weights, &config, device).unwrap();
        let mut got = Vec::new();
        let mut expected = Answer::default();
        let found = mtcnn.detect_batch(&self.images).unwrap();
        for (faces, answer) in found.into_iter().zip(&self.answers) {
            let file = &answer.file;
            assert_eq!(faces.len(), answer.boxes.len(), "{file}: faces");
            got.extend(by_area(faces));
            expected.boxes.extend(&answer.boxes);
            expected.scores.extend(&answer.scores);
            expected.landmarks.extend(&answer.landmarks);
        }
        assert!(got.len() > 150, "{} faces", got.len());
        expected.file = format!("{} faces", got.len());
        compare(&got, &expected, report);
    }
}

fn photos(folder: &Path) -> Vec<(RgbImage, Answer)> {
    let answers = answers(&std::fs::read(folder.join("mtcnn.json")).unwrap());
    let read = |answer: Answer| {
        let image = image::open(folder.join(&answer.file)).unwrap().into_rgb8();
        (image, answer)
    };
    answers.into_iter().map(read).collect()
}

#[test]
fn parity_of_the_cascade_on_synthetic_images() {
    let Some(weights) = weights::locate_or_skip() else { return };
    on_each_device(&Cascade { weights, images: synthetic() });
}

#[test]
fn parity_of_the_cascade_on_hard_faces() {
    let images = hard();
    if let Some(folder) = std::env::var_os(WRITE) {
        for (number, image) in images.iter().enumerate() {
            image.save(Path::new(&folder).join(format!("{number:03}.png"))).unwrap();
        }
    }
    let Some(weights) = weights::locate_or_skip() else { return };
    let answers = answers(include_bytes!("../../fixtures/mtcnn_hard.json"));
    assert_eq!(images.len(), answers.len());
    on_each_device(&Hard { weights, images, answers });
}

#[test]
#[allow(clippy::print_stderr)]
fn parity_of_the_cascade_on_photographs() {
    let Some(folder) = std::env::var_os(PHOTOS) else {
        eprintln!("skipped: needs photographs with facenet-pytorch's detections, set {PHOTOS}=DIR");
        return;
    };
    let Some(weights) = weights::locate_or_skip() else { return };
    on_each_device(&Cascade { weights, images: photos(folder.as_ref()) });
}
