//! Blur in pixels from the ratio of gradients at two scales, at edges: no fitted constants.
//!
//! After Zhuo and Sim 2011, "Defocus map estimation from a single image": the squared gradient of a
//! blurred step falls from one smoothing to another by a ratio that depends on its blur alone. Unlike
//! theirs, this method propagates the squared ratio over the image, not the blur, whose error grows
//! without limit as the ratio goes to 1; and it divides the propagated values by their propagated
//! weights.

use scade_image::{Kernel, Plane, filter_separable};
use serde::{Deserialize, Serialize};

use crate::filters::{Grid, SIGMA_1, canny, gaussian, smooth_guided, squared_gradient};
use crate::{Error, Estimate, ImageView, Unit};

/// The two smoothings: σ and radius in pixels. Small, so that nearby edges mix less.
const SCALES: [(f64, usize); 2] = [(0.8, 3), (1.3, 5)];

/// Variance of the central difference as a smoothing, in squared pixels: it adds to each scale's.
const DIFFERENCE: f32 = 1.0 / 3.0;

/// Thresholds of Canny's edges; low, because blurred edges are weak.
const CANNY: (u32, u32) = (6, 16);

/// Squared gradient, in squared gray levels, at which an edge has half its weight.
const HALF_TRUSTED: f32 = 20.0;

/// Strength of the propagation in squared pixels, and the difference in gray levels of the guide at
/// which it falls to 1/e.
const SPREADING: (f32, f32) = (400.0, 30.0);

/// Weight of the mean of the whole image, which dominates far from edges.
const FAR: f32 = 1e-7;

/// Largest estimate, in pixels.
const MOST: f32 = 5.0;

/// The gradient-ratio method. It has no settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradientRatio {}

impl GradientRatio {
    /// The blur of `image` in pixels; the confidence is the propagated weight of edges. An image
    /// without edges has the largest blur, with confidence 0.
    pub(crate) fn estimate(self, image: ImageView<'_>) -> Result<Estimate, Error> {
        let (width, height) = image.size()?;
        let gray = image.gray8();
        let gray = Grid::new(width, height, &gray);
        let fine_variance = (SCALES[0].0 * SCALES[0].0) as f32 + DIFFERENCE;
        let coarse_variance = (SCALES[1].0 * SCALES[1].0) as f32 + DIFFERENCE;
        let [mut weighted, weights] = edge_ratios(gray, coarse_variance / fine_variance);
        let total: f32 = weights.iter().sum();
        let mean = weighted.iter().sum::<f32>() / total.max(1e-9);
        let mut spread = [std::mem::take(&mut weighted), weights];
        smooth_guided(gray, &mut spread, SPREADING.0, SPREADING.1);
        let [mut blur, weights] = spread;
        for (blur, weight) in blur.iter_mut().zip(&weights) {
            let ratio = (*blur + FAR * mean) / (weight + FAR);
            let variance = (coarse_variance - ratio * fine_variance) / (ratio - 1.0).max(1e-4);
            *blur = if ratio <= 1.0 { MOST } else { variance.clamp(0.0, MOST * MOST).sqrt() };
        }
        let plane = |values| Plane::from_vec(width, height, values).expect("one value per pixel");
        Ok(Estimate {
            values: plane(blur),
            unit: Unit::BlurSigma,
            confidence: Some(plane(weights)),
        })
    }
}

/// The squared ratio of the gradients at each pixel, 1 (infinite blur) to `most` (sharp), times
/// the pixel's weight; and the weight, 0 off the edges, below 1 on them.
fn edge_ratios(gray: Grid<'_, u8>, most: f32) -> [Vec<f32>; 2] {
    let edges = canny(gray.with(&gaussian(gray, &SIGMA_1)), CANNY.0, CANNY.1);
    let levels = gray.values.iter().map(|&level| f32::from(level)).collect();
    let levels = Plane::from_vec(gray.width, gray.height, levels).expect("one value per pixel");
    let [fine, coarse] = SCALES.map(|(sigma, radius)| {
        let kernel = Kernel::gaussian(sigma, radius);
        squared_gradient(&filter_separable(&levels, &kernel, &kernel))
    });
    let mut weighted = vec![0.0; edges.len()];
    let mut weights = vec![0.0; edges.len()];
    for (i, _) in edges.iter().enumerate().filter(|(_, edge)| **edge) {
        let (fine, coarse) = (fine.data()[i], coarse.data()[i]);
        weights[i] = coarse / (coarse + HALF_TRUSTED);
        weighted[i] = weights[i] * (fine / coarse.max(1e-6)).clamp(1.0, most);
    }
    [weighted, weights]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// By `fixtures/make_golden.py`, with OpenCV 4.10.
    #[test]
    fn agrees_with_opencv() {
        let estimate =
            GradientRatio::default().estimate((&testing::rendered_even()).into()).unwrap();
        testing::assert_golden(&estimate.values, [0.96829, 1.54671, 0.92345, 1.11649]);
    }

    /// Without edges there is no information.
    #[test]
    fn without_an_edge_there_is_no_confidence() {
        let estimate = GradientRatio::default().estimate((&image::GrayImage::new(30, 20)).into());
        let confidence = estimate.unwrap().confidence.unwrap();
        assert!(confidence.data().iter().all(|&value| value == 0.0));
    }
}
