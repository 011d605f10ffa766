//! R-Net, the refinement network: a 24 × 24 crop in, a prediction out.

use super::conv::Conv;
use super::crop_net::{CropNet, DenseWeights};
use super::image::{convolve, pool};
use super::{ImageView, LayerWeights, Part, Prediction};
use crate::Level;
use crate::infer::ShapeError;

/// Width and height of the input in pixels.
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
    /// 128 to 4: box regression.
    pub regression: LayerWeights,
}

type Dense = CropNet<SIDE, FEATURES, 128>;

/// R-Net compiled for inference.
#[derive(Debug, Clone)]
pub struct RNet {
    conv1: Conv<3, 3, 32>,
    conv2: Conv<28, 3, 48>,
    conv3: Conv<48, 2, 64>,
    dense: Dense,
}

impl RNet {
    /// Compiles `weights` for the widest instruction set of this processor.
    ///
    /// # Errors
    /// If a layer has another shape.
    pub fn new(weights: &RNetWeights) -> Result<Self, ShapeError> {
        Self::with_level(weights, Level::best())
    }

    /// [`RNet::new`] for a given instruction set.
    ///
    /// # Errors
    /// As [`RNet::new`].
    pub fn with_level(weights: &RNetWeights, level: Level) -> Result<Self, ShapeError> {
        let dense = DenseWeights {
            dense: ("dense4", &weights.dense4),
            face: &weights.face,
            regression: &weights.regression,
            landmarks: None,
        };
        Ok(Self {
            dense: CropNet::new(level, &dense)?,
            conv1: Conv::new(level, "conv1", 28, &weights.conv1)?,
            conv2: Conv::new(level, "conv2", 48, &weights.conv2)?,
            conv3: Conv::new(level, "conv3", 64, &weights.conv3)?,
        })
    }

    /// Scores parts of images, each given with the index of its image, on all threads. The result for one
    /// does not depend on the others.
    ///
    /// # Panics
    /// If there is no such image, or a part is empty or extends beyond its image.
    #[must_use]
    pub fn predict(&self, images: &[ImageView<'_>], parts: &[(usize, Part)]) -> Vec<Prediction> {
        self.dense.predict(images, parts, |level, [a, b]| {
            let size = convolve(level, &self.conv1, a, Dense::SIZE, b);
            let size = pool::<3, 32, 28>(level, b, size, a);
            let size = convolve(level, &self.conv2, a, size, b);
            let size = pool::<3, 48, 48>(level, b, size, a);
            convolve(level, &self.conv3, a, size, b);
        })
    }
}
