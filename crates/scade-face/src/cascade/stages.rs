//! The three stages, each a network and the processing of its predictions. Images of one size form a
//! batch; candidates of different images never suppress each other.

use burn::tensor::backend::Backend;
use scade_image::{FaceBox, Landmarks, PixelRect, RgbImage};
use scade_kernels::mtcnn::{Cell, Prediction};

use super::boxes;
use super::nms::{Overlap, suppress};
use super::pyramid::{Level, levels};
use crate::net::Engine;
use crate::{Error, Face, MtcnnConfig};

/// Overlap above which proposals of one pyramid level suppress each other.
const OVERLAP_WITHIN_LEVEL: f32 = 0.5;
/// The same for all later steps: all levels together, after R-Net, after O-Net.
const OVERLAP: f32 = 0.7;

/// A candidate box.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    bbox: FaceBox,
    /// Probability of a face.
    score: f32,
    /// Box regression, in box sizes: x1, y1, x2, y2.
    regression: [f32; 4],
}

/// Faces in every image, by descending score. All images must have the same size.
pub(crate) fn detect<B: Backend>(
    engine: &Engine<B>,
    images: &[RgbImage],
    config: &MtcnnConfig,
) -> Result<Vec<Vec<Face>>, Error> {
    let proposals = propose(engine, images, config)?;
    let refined = refine(engine, images, &proposals, config.thresholds[1])?;
    finish(engine, images, &refined, config.thresholds[2])
}

/// Stage 1: P-Net over the pyramid. Square boxes per image.
fn propose<B: Backend>(
    engine: &Engine<B>,
    images: &[RgbImage],
    config: &MtcnnConfig,
) -> Result<Vec<Vec<FaceBox>>, Error> {
    let Some((width, height)) = images.first().map(RgbImage::dimensions) else {
        return Ok(Vec::new());
    };
    let levels = levels(width, height, config.min_face_size, config.factor);
    let found = engine.cells(images, &levels, config.thresholds[0])?;
    let squares = |cells: &Vec<Vec<Cell>>| {
        let within = |(level, cells): (&Level, &Vec<Cell>)| {
            let candidate = |cell: &Cell| Candidate {
                bbox: boxes::cell(cell.column, cell.row, level.scale),
                score: cell.score,
                regression: cell.regression,
            };
            let candidates: Vec<_> = cells.iter().map(candidate).collect();
            keep_best(&candidates, OVERLAP_WITHIN_LEVEL)
        };
        let candidates: Vec<_> = levels.iter().zip(cells).flat_map(within).collect();
        let kept = keep_best(&candidates, OVERLAP).into_iter();
        kept.map(|c| boxes::square_up(boxes::regress_proposal(c.bbox, c.regression))).collect()
    };
    Ok(found.iter().map(squares).collect())
}

/// Stage 2: R-Net on every proposal. Square boxes per image.
fn refine<B: Backend>(
    engine: &Engine<B>,
    images: &[RgbImage],
    proposals: &[Vec<FaceBox>],
    threshold: f32,
) -> Result<Vec<Vec<FaceBox>>, Error> {
    let (visible, parts) = visible(images, proposals);
    let mut found: Vec<Vec<Candidate>> = vec![Vec::new(); images.len()];
    for (&(index, bbox), prediction) in visible.iter().zip(engine.refine(images, &parts)?) {
        let Prediction { score, regression, .. } = prediction;
        if score > threshold {
            found[index].push(Candidate { bbox, score, regression });
        }
    }
    let squares = |candidates: Vec<Candidate>| {
        let kept = keep_best(&candidates, OVERLAP).into_iter();
        kept.map(|c| boxes::square_up(boxes::regress(c.bbox, c.regression))).collect()
    };
    Ok(found.into_iter().map(squares).collect())
}

/// Stage 3: O-Net on the remaining boxes. Faces per image, by descending score.
fn finish<B: Backend>(
    engine: &Engine<B>,
    images: &[RgbImage],
    refined: &[Vec<FaceBox>],
    threshold: f32,
) -> Result<Vec<Vec<Face>>, Error> {
    let (visible, parts) = visible(images, refined);
    let mut found: Vec<Vec<Face>> = vec![Vec::new(); images.len()];
    for (&(index, bbox), prediction) in visible.iter().zip(engine.finish(images, &parts)?) {
        let Prediction { score, regression, landmarks } = prediction;
        if score > threshold {
            let landmarks = place(landmarks, bbox);
            found[index].push(Face { bbox: boxes::regress(bbox, regression), score, landmarks });
        }
    }
    Ok(found.iter().map(|faces| without_nested(faces)).collect())
}

/// Converts O-Net's five x and five y, in box sizes, to points in the image. `bbox` is the cropped box
/// before its own regression.
fn place(points: [f32; 10], bbox: FaceBox) -> Landmarks {
    let (width, height) = (bbox.width() + 1.0, bbox.height() + 1.0);
    Landmarks(std::array::from_fn(|i| {
        [width * points[i] + bbox.x1 - 1.0, height * points[5 + i] + bbox.y1 - 1.0]
    }))
}

/// The boxes of all images that overlap their image, each with the image's index, and the pixels inside.
#[allow(clippy::type_complexity)]
fn visible(
    images: &[RgbImage],
    boxes: &[Vec<FaceBox>],
) -> (Vec<(usize, FaceBox)>, Vec<(usize, PixelRect)>) {
    let all = boxes.iter().enumerate().flat_map(|(index, boxes)| {
        let image = &images[index];
        boxes.iter().filter_map(move |&bbox| {
            let window = boxes::window(bbox, image.width(), image.height())?;
            Some(((index, bbox), (index, window)))
        })
    });
    all.unzip()
}

fn keep_best(candidates: &[Candidate], threshold: f32) -> Vec<Candidate> {
    let (boxes, scores): (Vec<_>, Vec<_>) = candidates.iter().map(|c| (c.bbox, c.score)).unzip();
    let kept = suppress(&boxes, &scores, threshold, Overlap::Union);
    kept.into_iter().map(|index| candidates[index]).collect()
}

fn without_nested(faces: &[Face]) -> Vec<Face> {
    let (boxes, scores): (Vec<_>, Vec<_>) = faces.iter().map(|f| (f.bbox, f.score)).unzip();
    let kept = suppress(&boxes, &scores, OVERLAP, Overlap::Smaller);
    kept.into_iter().map(|index| faces[index]).collect()
}
