//! O-Net, the output network: a 48 × 48 crop in, a prediction with landmarks out.

use super::conv::Conv;
use super::crop_net::{CropNet, DenseWeights};
use super::image::{convolve, pool};
use super::{ImageView, LayerWeights, Part, Prediction};
use crate::Level;
use crate::infer::ShapeError;

/// Width and height of the input in pixels.
const SIDE: usize = 48;
/// Values of a crop before the first dense layer, `[3, 3, 128]`.
const FEATURES: usize = 1152;

/// Weights of O-Net.
#[derive(Debug, Clone)]
pub struct ONetWeights {
    /// 3 to 32 channels, 3 × 3, PReLU; max-pooling 3 × 3 follows.
    pub conv1: LayerWeights,
    /// 32 to 64 channels, 3 × 3, PReLU; max-pooling 3 × 3 follows.
    pub conv2: LayerWeights,
    /// 64 to 64 channels, 3 × 3, PReLU; max-pooling 2 × 2 follows.
    pub conv3: LayerWeights,
    /// 64 to 128 channels, 2 × 2, PReLU.
    pub conv4: LayerWeights,
    /// 1152 to 256, PReLU; its inputs are ordered by width, height, channels.
    pub dense5: LayerWeights,
    /// 256 to 2: no face, face.
    pub face: LayerWeights,
    /// 256 to 4: box regression.
    pub regression: LayerWeights,
    /// 256 to 10: five x, then five y.
    pub landmarks: LayerWeights,
}

type Dense = CropNet<SIDE, FEATURES, 256>;

/// O-Net compiled for inference.
#[derive(Debug, Clone)]
pub struct ONet {
    conv1: Conv<3, 3, 32>,
    conv2: Conv<32, 3, 64>,
    conv3: Conv<64, 3, 64>,
    conv4: Conv<64, 2, 128>,
    dense: Dense,
}

impl ONet {
    /// Compiles `weights` for the widest instruction set of this processor.
    ///
    /// # Errors
    /// If a layer has another shape.
    pub fn new(weights: &ONetWeights) -> Result<Self, ShapeError> {
        Self::with_level(weights, Level::best())
    }

    /// [`ONet::new`] for a given instruction set.
    ///
    /// # Errors
    /// As [`ONet::new`].
    pub fn with_level(weights: &ONetWeights, level: Level) -> Result<Self, ShapeError> {
        let dense = DenseWeights {
            dense: ("dense5", &weights.dense5),
            face: &weights.face,
            regression: &weights.regression,
            landmarks: Some(&weights.landmarks),
        };
        Ok(Self {
            dense: CropNet::new(level, &dense)?,
            conv1: Conv::new(level, "conv1", 32, &weights.conv1)?,
            conv2: Conv::new(level, "conv2", 64, &weights.conv2)?,
            conv3: Conv::new(level, "conv3", 64, &weights.conv3)?,
            conv4: Conv::new(level, "conv4", 128, &weights.conv4)?,
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
            let size = pool::<3, 32, 32>(level, b, size, a);
            let size = convolve(level, &self.conv2, a, size, b);
            let size = pool::<3, 64, 64>(level, b, size, a);
            let size = convolve(level, &self.conv3, a, size, b);
            let size = pool::<2, 64, 64>(level, b, size, a);
            convolve(level, &self.conv4, a, size, b);
        })
    }
}
