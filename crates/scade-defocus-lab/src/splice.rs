//! Detection of faces that are one pixel blurrier than their surroundings.

use std::path::Path;

use burn::backend::Flex;
use rayon::prelude::*;
use scade_face::{Mtcnn, MtcnnConfig, select_largest};
use scade_image::{PixelRect, RgbImage, resize_area};
use scade_synth::{Scene, SetSettings};

use crate::SIDE;
use crate::benchmark::{Candidate, doubles};
use crate::blur::{BlurStack, Planes, blurred, planes, rounded};
use crate::rng::Rng;
use crate::scores::{auc, mean};
use crate::sigma::FaceArea;

/// Size of the crop relative to the face's box.
const MARGIN: f32 = 1.8;
/// Minimum size of a square crop of a photograph, in pixels.
const LEAST: u32 = 360;
/// Number of photographs, the sharpest ones: in the others, face and surroundings may be blurred.
const PHOTOGRAPHS: usize = 84;
/// Blur of the face in the positives, pixels.
const BLUR: f64 = 1.0;
const JPEG_QUALITY: u8 = 90;

/// A face in the middle of a square of `SIDE` pixels.
pub struct Portrait {
    image: RgbImage,
    face: FaceArea,
}

/// 84 synthetic people in front of backgrounds in focus.
#[must_use]
pub fn synthetic() -> Vec<Portrait> {
    let settings =
        SetSettings { identities: 84, width: 640, height: 640, ..SetSettings::default() };
    let real = settings.clips().into_iter().filter(|clip| clip.spec.source.is_none());
    let portrait = |spec| {
        let scene = Scene::in_focus(spec);
        let [left, right, ..] = scene.landmarks(0).0;
        let [.., mouth_left, mouth_right] = scene.landmarks(0).0;
        let middle =
            |axis: usize| (left[axis] + right[axis] + mouth_left[axis] + mouth_right[axis]) / 4.0;
        // A detector's box is about as wide as two and a half times the distance of the eyes.
        let side = 2.5 * (right[0] - left[0]).hypot(right[1] - left[1]);
        portrait(&scene.frame(0), [middle(0), middle(1)], side, SIDE as u32)
    };
    real.map(|clip| clip.spec).collect::<Vec<_>>().into_par_iter().filter_map(portrait).collect()
}

/// The largest faces of the images of a folder: the 84 sharpest of those whose square has 360
/// pixels or more.
///
/// # Errors
/// When the weights of the detector or the folder cannot be read. Unreadable images are skipped with a
/// warning.
pub fn of_folder(folder: &Path) -> anyhow::Result<Vec<Portrait>> {
    let weights = scade_face::weights::locate(None)?;
    let mtcnn = Mtcnn::<Flex>::load(&weights, &MtcnnConfig::default(), &Default::default())?;
    let paths = scade_fs::files_in(folder, Path::is_file)?;
    let mut portraits = Vec::new();
    for path in paths {
        let image = match image::open(&path) {
            Ok(image) => image.into_rgb8(),
            Err(error) => {
                tracing::warn!("skipped {}: {error}", path.display());
                continue;
            }
        };
        if image.width().min(image.height()) < LEAST {
            continue;
        }
        let faces = mtcnn.detect(&image)?;
        let Some(face) = select_largest(&faces) else { continue };
        let bbox = face.bbox;
        let center = [(bbox.x1 + bbox.x2) / 2.0, (bbox.y1 + bbox.y2) / 2.0];
        let side = bbox.width().max(bbox.height());
        portraits.extend(portrait(&image, center, side, LEAST));
    }
    portraits.sort_by(|a, b| sharpness(&b.image).total_cmp(&sharpness(&a.image)));
    portraits.truncate(PHOTOGRAPHS);
    Ok(portraits)
}

/// Detail finer than 0.7 pixels relative to that between 1 and 2 pixels, as deviations.
fn sharpness(image: &RgbImage) -> f64 {
    let [_, green, _] = planes(image);
    let [fine, middle, coarse] = [0.7, 1.0, 2.0].map(|sigma| doubles(&blurred(&green, sigma)));
    let deviation = |a: &[f64], b: &[f64]| {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let middle = mean(&differences);
        let squares: Vec<f64> = differences.iter().map(|d| (d - middle).powi(2)).collect();
        mean(&squares).sqrt()
    };
    deviation(&doubles(&green), &fine) / deviation(&middle, &coarse).max(1e-9)
}

/// The square around a face, moved into the image; `None` where it is smaller than `least`.
fn portrait(image: &RgbImage, center: [f32; 2], side: f32, least: u32) -> Option<Portrait> {
    let sizes = [image.width(), image.height()];
    let square = (MARGIN * side).min(sizes[0].min(sizes[1]) as f32) as u32;
    if square < least {
        return None;
    }
    let first = |axis: usize| {
        let most = (sizes[axis] - square) as f32;
        (center[axis] - square as f32 / 2.0).clamp(0.0, most) as u32
    };
    let (x, y) = (first(0), first(1));
    let rect = PixelRect { x, y, width: square, height: square };
    let planes = resize_area(image, rect, SIDE as u32, SIDE as u32);
    let pixels = SIDE * SIDE;
    let cut = RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        let at = y as usize * SIDE + x as usize;
        image::Rgb([0, 1, 2].map(|channel| planes[channel * pixels + at].round() as u8))
    });
    let relative = |value: f32, first: u32| f64::from((value - first as f32) / square as f32);
    let face = FaceArea {
        center: [relative(center[0], x), relative(center[1], y)],
        side: f64::from(side / square as f32),
    };
    Some(Portrait { image: cut, face })
}

/// For each candidate, the AUC with which `mean of the map in the face - mean around it` separates faces
/// blurred by one pixel through a soft mask from images without blur, or blurred as a whole by up to
/// one pixel; all are JPEG files of quality 90.
///
/// # Errors
/// When there is no portrait.
pub fn splice_auc(portraits: &[Portrait], candidates: &[Candidate]) -> anyhow::Result<Vec<f64>> {
    anyhow::ensure!(!portraits.is_empty(), "no face that is large enough");
    let contrasts = |(number, portrait): (usize, &Portrait)| -> Vec<[f64; 3]> {
        let stack = BlurStack::new(&portrait.image);
        let mask = portrait.face.mask(1.0);
        let evenly = Rng::new(991 + number as u64).uniform(0.0, 1.0);
        let blurrier: Vec<f64> = mask.iter().map(|mask| BLUR * mask).collect();
        let images = [stack.at(0.0), stack.at(evenly), stack.blurred_by(&blurrier)];
        let images = images.each_ref().map(through_jpeg);
        let of_candidate = |candidate: &Candidate| {
            images
                .each_ref()
                .map(|image| contrast(&doubles(&candidate.estimate(image).values), portrait.face))
        };
        candidates.iter().map(of_candidate).collect()
    };
    let all: Vec<Vec<[f64; 3]>> = portraits.par_iter().enumerate().map(contrasts).collect();
    let auc_of = |candidate: usize| {
        let of = |kind: usize| all.iter().map(move |portrait| portrait[candidate][kind]);
        auc(&of(2).collect::<Vec<_>>(), &of(0).chain(of(1)).collect::<Vec<_>>())
    };
    Ok((0..candidates.len()).map(auc_of).collect())
}

/// Mean of the map well inside the face minus that in a ring around it.
fn contrast(map: &[f64], face: FaceArea) -> f64 {
    let (inner, outer, far) = (face.mask(0.9), face.mask(1.15), face.mask(1.75));
    let of = |inside: &dyn Fn(usize) -> bool| {
        let values = map.iter().enumerate().filter(|(at, _)| inside(*at));
        mean(&values.map(|(_, value)| *value).collect::<Vec<_>>())
    };
    of(&|at| inner[at] > 0.5) - of(&|at| outer[at] < 0.5 && far[at] > 0.5)
}

fn through_jpeg(planes: &Planes) -> RgbImage {
    jpeg(&rounded(planes, None), JPEG_QUALITY)
}

/// `image` after JPEG compression.
pub(crate) fn jpeg(image: &RgbImage, quality: u8) -> RgbImage {
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
    image.write_with_encoder(encoder).expect("an image of 256 pixels fits into a JPEG file");
    image::load_from_memory(&bytes).expect("a valid JPEG file").into_rgb8()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark::methods;

    #[test]
    fn a_blurred_face_is_detected() {
        let portraits: Vec<_> = synthetic().into_iter().take(8).collect();
        assert_eq!(portraits.len(), 8);
        let auc = splice_auc(&portraits, &methods()).unwrap();
        assert!(auc[0] > 0.9, "{auc:?}");
        assert!(splice_auc(&[], &methods()).is_err());
    }
}
