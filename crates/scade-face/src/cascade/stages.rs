//! The three stages, each a network and what becomes of its answers. Pictures of one size go through
//! the networks together; candidates of different pictures never suppress each other.

use burn::tensor::{TensorData, Transaction, backend::Backend};
use scade_image::{FaceBox, Landmarks, PixelRect, RgbImage};

use super::nms::{Overlap, suppress};
use super::pyramid::{Level, levels};
use super::{boxes, input};
use crate::net::{Networks, ONet, RNet};
use crate::{Error, Face, MtcnnConfig};

/// Overlap above which proposals of one pyramid level suppress each other.
const OVERLAP_WITHIN_LEVEL: f32 = 0.5;
/// The same for everything later: all levels together, after R-Net, after O-Net.
const OVERLAP: f32 = 0.7;
/// Most crops in one batch; bounds memory (0.3 MB each in O-Net) when much looks like a face.
const CROPS_PER_BATCH: usize = 128;

/// A box under consideration.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    bbox: FaceBox,
    /// Probability of a face.
    score: f32,
    /// Correction of the box, in box sizes: x1, y1, x2, y2.
    regression: [f32; 4],
}

/// Faces in every picture, by falling score. All pictures must have one size.
pub(crate) fn detect<B: Backend>(
    networks: &Networks<B>,
    pictures: &[RgbImage],
    config: &MtcnnConfig,
    device: &B::Device,
) -> Result<Vec<Vec<Face>>, Error> {
    let proposals = propose(networks, pictures, config, device)?;
    let refined = refine(networks, pictures, &proposals, config.thresholds[1], device)?;
    finish(networks, pictures, &refined, config.thresholds[2], device)
}

/// Stage 1: P-Net over the pyramid. Square boxes per picture.
fn propose<B: Backend>(
    networks: &Networks<B>,
    pictures: &[RgbImage],
    config: &MtcnnConfig,
    device: &B::Device,
) -> Result<Vec<Vec<FaceBox>>, Error> {
    let mut found: Vec<Vec<Candidate>> = vec![Vec::new(); pictures.len()];
    let Some((width, height)) = pictures.first().map(RgbImage::dimensions) else {
        return Ok(Vec::new());
    };
    for level in levels(width, height, config.min_face_size, config.factor) {
        let output = networks.pnet.forward(input::level(pictures, &level, device));
        let [_, _, rows, columns] = output.probability.dims();
        let transaction = Transaction::default().register(output.probability);
        let [probability, regression] = values(transaction.register(output.regression))?;
        let probability = probability.chunks_exact(2 * rows * columns);
        let regression = regression.chunks_exact(4 * rows * columns);
        for (found, (probability, regression)) in found.iter_mut().zip(probability.zip(regression))
        {
            let (_, face) = probability.split_at(rows * columns);
            let cells = above(face, regression, columns, &level, config.thresholds[0]);
            found.extend(keep_best(&cells, OVERLAP_WITHIN_LEVEL));
        }
    }
    let squares = |candidates: Vec<Candidate>| {
        let kept = keep_best(&candidates, OVERLAP).into_iter();
        kept.map(|c| boxes::square_up(boxes::regress_proposal(c.bbox, c.regression))).collect()
    };
    Ok(found.into_iter().map(squares).collect())
}

/// The cells of one picture at one level whose face probability reaches `threshold`, row by row.
fn above(
    face: &[f32],
    regression: &[f32],
    columns: usize,
    level: &Level,
    threshold: f32,
) -> Vec<Candidate> {
    let cells = face.len();
    let sure = face.iter().enumerate().filter(|&(_, &score)| score >= threshold);
    sure.map(|(cell, &score)| Candidate {
        bbox: boxes::cell(cell % columns, cell / columns, level.scale),
        score,
        regression: std::array::from_fn(|side| regression[side * cells + cell]),
    })
    .collect()
}

/// Stage 2: R-Net on every proposal. Square boxes per picture.
fn refine<B: Backend>(
    networks: &Networks<B>,
    pictures: &[RgbImage],
    proposals: &[Vec<FaceBox>],
    threshold: f32,
    device: &B::Device,
) -> Result<Vec<Vec<FaceBox>>, Error> {
    let mut found: Vec<Vec<Candidate>> = vec![Vec::new(); pictures.len()];
    for visible in visible(pictures, proposals).chunks(CROPS_PER_BATCH) {
        let parts: Vec<_> = visible.iter().map(Visible::part).collect();
        let crops = input::crops(pictures, &parts, RNet::<B>::SIDE, device);
        let output = networks.rnet.forward(crops);
        let transaction = Transaction::default().register(output.probability);
        let [probability, regression] = values(transaction.register(output.regression))?;
        for (index, visible) in visible.iter().enumerate() {
            let candidate = visible.candidate(index, &probability, &regression);
            if candidate.score > threshold {
                found[visible.picture].push(candidate);
            }
        }
    }
    let squares = |candidates: Vec<Candidate>| {
        let kept = keep_best(&candidates, OVERLAP).into_iter();
        kept.map(|c| boxes::square_up(boxes::regress(c.bbox, c.regression))).collect()
    };
    Ok(found.into_iter().map(squares).collect())
}

/// Stage 3: O-Net on what is left. Faces per picture, by falling score.
fn finish<B: Backend>(
    networks: &Networks<B>,
    pictures: &[RgbImage],
    refined: &[Vec<FaceBox>],
    threshold: f32,
    device: &B::Device,
) -> Result<Vec<Vec<Face>>, Error> {
    let mut found: Vec<Vec<Face>> = vec![Vec::new(); pictures.len()];
    for visible in visible(pictures, refined).chunks(CROPS_PER_BATCH) {
        let parts: Vec<_> = visible.iter().map(Visible::part).collect();
        let crops = input::crops(pictures, &parts, ONet::<B>::SIDE, device);
        let output = networks.onet.forward(crops);
        let transaction = Transaction::default().register(output.probability);
        let transaction = transaction.register(output.regression).register(output.landmarks);
        let [probability, regression, points] = values(transaction)?;
        for (index, visible) in visible.iter().enumerate() {
            let candidate = visible.candidate(index, &probability, &regression);
            if candidate.score > threshold {
                let landmarks = place(&points[10 * index..10 * index + 10], candidate.bbox);
                let bbox = boxes::regress(candidate.bbox, candidate.regression);
                found[visible.picture].push(Face { bbox, score: candidate.score, landmarks });
            }
        }
    }
    Ok(found.iter().map(|faces| without_nested(faces)).collect())
}

/// O-Net's five x and five y, in box sizes, as points of the picture. The box is the one that was
/// cropped, before its own regression.
fn place(points: &[f32], bbox: FaceBox) -> Landmarks {
    let (width, height) = (bbox.width() + 1.0, bbox.height() + 1.0);
    Landmarks(std::array::from_fn(|i| {
        [width * points[i] + bbox.x1 - 1.0, height * points[5 + i] + bbox.y1 - 1.0]
    }))
}

/// A box of which some pixels lie inside its picture.
struct Visible {
    picture: usize,
    bbox: FaceBox,
    window: PixelRect,
}

impl Visible {
    fn part(&self) -> (usize, PixelRect) {
        (self.picture, self.window)
    }

    /// What a network said about the crop at `index` of its batch.
    fn candidate(&self, index: usize, probability: &[f32], regression: &[f32]) -> Candidate {
        Candidate {
            bbox: self.bbox,
            score: probability[2 * index + 1],
            regression: std::array::from_fn(|side| regression[4 * index + side]),
        }
    }
}

/// The boxes of all pictures that can be cropped.
fn visible(pictures: &[RgbImage], boxes: &[Vec<FaceBox>]) -> Vec<Visible> {
    let mut visible = Vec::new();
    for (picture, (image, boxes)) in pictures.iter().zip(boxes).enumerate() {
        for &bbox in boxes {
            if let Some(window) = boxes::window(bbox, image.width(), image.height()) {
                visible.push(Visible { picture, bbox, window });
            }
        }
    }
    visible
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

/// Reads `N` tensors from the device at once.
fn values<B: Backend, const N: usize>(transaction: Transaction<B>) -> Result<[Vec<f32>; N], Error> {
    let mut data = transaction.try_execute().map_err(Error::Device)?.into_iter();
    Ok(std::array::from_fn(|_| data.next().map_or_else(Vec::new, floats)))
}

/// The values in 32 bits, whatever the backend's own precision.
fn floats(data: TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}
