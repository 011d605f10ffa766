//! R-Net, the refinement network: a crop of 24 × 24 pixels in, a verdict out.

use std::cell::RefCell;

use super::area::{Target, resize};
use super::conv::{Conv, ConvRow};
use super::image::{convolve, pool, room};
use super::verdict::share;
use super::{LayerWeights, Part, Picture, Verdict};
use crate::Level;
use crate::infer::ShapeError;

/// Width and height of its input in pixels.
const SIDE: usize = 24;
/// Values of a crop before the first dense layer, `[3, 3, 64]`.
const FEATURES: usize = 576;

/// Weights of R-Net.
#[derive(Debug, Clone)]
pub struct RNetWeights {
    /// 3 to 28 channels, 3 × 3, PReLU; max-pooling 3 × 3 follows.
    pub conv1: LayerWeights,
    /// 28 to 48 channels, 3 × 3, PReLU; max-pooling 3 × 3 follows.
    pub conv2: LayerWeights,
    /// 48 to 64 channels, 2 × 2, PReLU.
    pub conv3: LayerWeights,
    /// 576 to 128, PReLU; its inputs are ordered by width, height, channels.
    pub dense4: LayerWeights,
    /// 128 to 2: no face, face.
    pub face: LayerWeights,
    /// 128 to 4: the correction of the box.
    pub regression: LayerWeights,
}

/// R-Net in the form that it is computed in.
#[derive(Debug, Clone)]
pub struct RNet {
    level: Level,
    conv1: Conv<3, 3, 32>,
    conv2: Conv<28, 3, 48>,
    conv3: Conv<48, 2, 64>,
    dense4: Conv<FEATURES, 1, 128>,
    heads: Conv<128, 1, 16>,
}

/// Two layers of a crop, and what all crops together have.
#[derive(Default)]
struct Scratch {
    layers: [Vec<f32>; 2],
    features: Vec<f32>,
    dense4: Vec<f32>,
    heads: Vec<f32>,
}

impl RNet {
    /// Compiles `weights` for the instructions of this processor.
    ///
    /// # Errors
    /// When a layer has another shape.
    pub fn new(weights: &RNetWeights) -> Result<Self, ShapeError> {
        Self::with_level(weights, Level::best())
    }

    /// As [`RNet::new`], for certain instructions.
    ///
    /// # Errors
    /// As [`RNet::new`].
    pub fn with_level(weights: &RNetWeights, level: Level) -> Result<Self, ShapeError> {
        weights.face.check("face", [128, 1, 2])?;
        weights.dense4.check("dense4", [FEATURES, 1, 128])?;
        let heads = LayerWeights::joined([&weights.face, &weights.regression]);
        Ok(Self {
            level,
            conv1: Conv::new(level, "conv1", 28, &weights.conv1)?,
            conv2: Conv::new(level, "conv2", 48, &weights.conv2)?,
            conv3: Conv::new(level, "conv3", 64, &weights.conv3)?,
            dense4: Conv::new(level, "dense4", 128, &weights.dense4.turned(3, 64))?,
            heads: Conv::new(level, "regression", 6, &heads)?,
        })
    }

    /// Judges parts of pictures, each given by its picture's index, on all threads. What comes out
    /// for one does not depend on the others.
    ///
    /// # Panics
    /// When there is no such picture, or a part is empty or reaches outside.
    #[must_use]
    pub fn judge(&self, pictures: &[Picture<'_>], parts: &[(usize, Part)]) -> Vec<Verdict> {
        thread_local! {
            static SCRATCH: RefCell<Scratch> = RefCell::default();
        }
        share(pictures, parts, |parts| SCRATCH.with_borrow_mut(|memory| self.some(parts, memory)))
    }

    fn some(&self, parts: &[(Picture<'_>, Part)], scratch: &mut Scratch) -> Vec<Verdict> {
        let Scratch { layers: [a, b], features, dense4, heads } = scratch;
        let (level, count) = (self.level, parts.len());
        let features = room(features, count * FEATURES);
        for (&(picture, part), features) in parts.iter().zip(features.chunks_exact_mut(FEATURES)) {
            let size = [SIDE; 2];
            let out = room(a, 3 * SIDE * SIDE);
            resize(level, picture, part, &mut [Target { size, rows: 0..SIDE, out }]);
            let size = convolve(level, &self.conv1, a, size, b);
            let size = pool::<3, 32, 28>(level, b, size, a);
            let size = convolve(level, &self.conv2, a, size, b);
            let size = pool::<3, 48, 48>(level, b, size, a);
            convolve(level, &self.conv3, a, size, b);
            features.copy_from_slice(&b[..FEATURES]);
        }
        // Crops are to the dense layers what pixels are to a convolution.
        let dense4 = room(dense4, count * 128);
        level.run(ConvRow { conv: &self.dense4, rows: [&*features], out: dense4 });
        let heads = room(heads, count * 16);
        level.run(ConvRow { conv: &self.heads, rows: [&*dense4], out: heads });
        heads.chunks_exact(16).map(|values| Verdict::new(&values[..6])).collect()
    }
}
