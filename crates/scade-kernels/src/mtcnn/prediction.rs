//! Predictions of the networks, and how crops are distributed among threads.

use rayon::prelude::*;

use super::{ImageView, Part};

/// Maximum crops in one pass through a network: enough that the weights of its dense layers are seldom
/// read, few enough that the activations stay in the cache.
const TOGETHER: usize = 8;

/// Prediction of a network for one crop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Probability of a face.
    pub score: f32,
    /// Offset of each side of the face's box from the crop's, in box sizes: x1, y1, x2, y2.
    pub regression: [f32; 4],
    /// Five x, then five y, in box sizes from the crop's corner; zeros from R-Net.
    pub landmarks: [f32; 10],
}

impl Prediction {
    /// From the concatenated outputs of the last layers.
    pub(super) fn new(values: &[f32]) -> Self {
        let mut landmarks = [0.0; 10];
        let given = &values[6..values.len().min(16)];
        landmarks[..given.len()].copy_from_slice(given);
        Self {
            score: face([values[0], values[1]]),
            regression: values[2..6].try_into().expect("4"),
            landmarks,
        }
    }
}

/// The second of two softmax probabilities.
pub(super) fn face([no, yes]: [f32; 2]) -> f32 {
    let most = no.max(yes);
    let (no, yes) = ((no - most).exp(), (yes - most).exp());
    yes / (no + yes)
}

/// Runs `predict` on pieces of `parts` of about equal size, on all threads.
pub(super) fn in_pieces(
    images: &[ImageView<'_>],
    parts: &[(usize, Part)],
    predict: impl Fn(&[(ImageView<'_>, Part)]) -> Vec<Prediction> + Sync,
) -> Vec<Prediction> {
    let threads = rayon::current_num_threads();
    let rounds = parts.len().div_ceil(threads * TOGETHER).max(1);
    let piece = parts.len().div_ceil(threads * rounds).max(1);
    let predict = |parts: &[(usize, Part)]| {
        let parts: Vec<_> = parts.iter().map(|&(index, part)| (images[index], part)).collect();
        predict(&parts)
    };
    parts.par_chunks(piece).flat_map_iter(predict).collect()
}
