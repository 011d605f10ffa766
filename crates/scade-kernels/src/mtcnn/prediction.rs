//! What the networks say, and how crops are shared out among threads.

use rayon::prelude::*;

use super::{ImageView, Part};

/// Most crops that go through a network together: enough that the weights of its dense layers are
/// seldom read, and few enough that what lies between the layers stays in the cache.
const TOGETHER: usize = 8;

/// What a network says about a crop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Probability of a face.
    pub score: f32,
    /// How far each side of the face's box is from the crop's, in box sizes: x1, y1, x2, y2.
    pub regression: [f32; 4],
    /// Five x, then five y, in box sizes from the crop's corner; zeros from R-Net.
    pub landmarks: [f32; 10],
}

impl Prediction {
    /// From the outputs of the last layers, one after the other.
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

/// Runs `predict` on pieces of `parts`, of about one size, on all threads.
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
