//! Common part of R-Net and O-Net: convolutions on crops of one size, then dense layers on many crops at
//! once.

use std::cell::RefCell;

use super::area::{Target, resize};
use super::conv::{Conv, ConvRow};
use super::image::room;
use super::prediction::in_pieces;
use super::{ImageView, LayerWeights, Part, Prediction};
use crate::Level;
use crate::infer::ShapeError;

/// Height and width of the feature map of a crop.
const LAST_SIDE: usize = 3;
/// Outputs of the last layers, rounded up: 2 for the face, 4 for its box, 10 for its landmarks.
const HEADS: usize = 16;

/// The dense layers of a network for crops of `SIDE` × `SIDE` pixels, from which the convolutions compute
/// `FEATURES` values, `[3, 3, channels]`.
#[derive(Debug, Clone)]
pub(super) struct CropNet<const SIDE: usize, const FEATURES: usize, const HIDDEN: usize> {
    level: Level,
    dense: Conv<FEATURES, 1, HIDDEN>,
    heads: Conv<HIDDEN, 1, HEADS>,
    /// Number of outputs of the network.
    outputs: usize,
}

/// Weights of the dense layers.
pub(super) struct DenseWeights<'a> {
    /// Name of the first, for errors, and its weights; its inputs are ordered by width, height, channels.
    pub(super) dense: (&'static str, &'a LayerWeights),
    /// No face, face.
    pub(super) face: &'a LayerWeights,
    /// Box regression.
    pub(super) regression: &'a LayerWeights,
    /// Five x, then five y, if the network predicts landmarks.
    pub(super) landmarks: Option<&'a LayerWeights>,
}

/// Two layers of one crop, and the features and outputs of all crops.
#[derive(Default)]
struct Scratch {
    layers: [Vec<f32>; 2],
    features: Vec<f32>,
    dense: Vec<f32>,
    heads: Vec<f32>,
}

impl<const SIDE: usize, const FEATURES: usize, const HIDDEN: usize>
    CropNet<SIDE, FEATURES, HIDDEN>
{
    /// Height and width of the input in pixels.
    pub(super) const SIZE: [usize; 2] = [SIDE; 2];

    /// Packs the weights for `level`.
    pub(super) fn new(level: Level, weights: &DenseWeights<'_>) -> Result<Self, ShapeError> {
        let &DenseWeights { dense: (name, dense), face, regression, landmarks } = weights;
        face.check("face", [HIDDEN, 1, 2])?;
        regression.check("regression", [HIDDEN, 1, 4])?;
        dense.check(name, [FEATURES, 1, HIDDEN])?;
        let heads = match landmarks {
            None => LayerWeights::joined([face, regression]),
            Some(landmarks) => {
                landmarks.check("landmarks", [HIDDEN, 1, 10])?;
                LayerWeights::joined([face, regression, landmarks])
            }
        };
        let outputs = heads.bias.len();
        let dense = dense.turned(LAST_SIDE, FEATURES / (LAST_SIDE * LAST_SIDE));
        Ok(Self {
            level,
            dense: Conv::new(level, name, HIDDEN, &dense)?,
            heads: Conv::new(level, "heads", outputs, &heads)?,
            outputs,
        })
    }

    /// Scores parts of images, each given with the index of its image, on all threads. `convolutions` reads
    /// a crop, `[SIDE, SIDE, 3]`, from the first buffer and writes its features to the front of the second.
    pub(super) fn predict(
        &self,
        images: &[ImageView<'_>],
        parts: &[(usize, Part)],
        convolutions: impl Fn(Level, &mut [Vec<f32>; 2]) + Sync,
    ) -> Vec<Prediction> {
        thread_local! {
            static SCRATCH: RefCell<Scratch> = RefCell::default();
        }
        in_pieces(images, parts, |parts| {
            SCRATCH.with_borrow_mut(|memory| self.some(parts, &convolutions, memory))
        })
    }

    fn some(
        &self,
        parts: &[(ImageView<'_>, Part)],
        convolutions: impl Fn(Level, &mut [Vec<f32>; 2]),
        scratch: &mut Scratch,
    ) -> Vec<Prediction> {
        let Scratch { layers, features, dense, heads } = scratch;
        let (level, count) = (self.level, parts.len());
        let features = room(features, count * FEATURES);
        for (&(image, part), features) in parts.iter().zip(features.chunks_exact_mut(FEATURES)) {
            let out = room(&mut layers[0], 3 * SIDE * SIDE);
            resize(level, image, part, &mut [Target { size: Self::SIZE, rows: 0..SIDE, out }]);
            convolutions(level, layers);
            features.copy_from_slice(&layers[1][..FEATURES]);
        }
        // Dense layers run over crops as a convolution runs over pixels.
        let dense = room(dense, count * HIDDEN);
        level.run(ConvRow { conv: &self.dense, rows: [&*features], out: dense });
        let heads = room(heads, count * HEADS);
        level.run(ConvRow { conv: &self.heads, rows: [&*dense], out: heads });
        heads.chunks_exact(HEADS).map(|values| Prediction::new(&values[..self.outputs])).collect()
    }
}
