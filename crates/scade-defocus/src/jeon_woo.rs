//! The map of Jeon and Woo, as computed by the program published with their paper; for comparison.
//!
//! Blur by the ratio of Gaussian derivatives at edges (after Zhuo and Sim 2011), propagated by a plain
//! guided filter, scaled to 0..1. Its properties are kept: in an image scaled to −1..1 it finds only
//! the edges of the bright half, and the propagated values are not divided by their weights, so that
//! the map is mostly a density of edges. One difference: Canny's directions are quantized to four here.

use scade_image::{Kernel, Plane, filter_separable};
use serde::{Deserialize, Serialize};

use crate::estimate::stretch;
use crate::filters::{Border, Grid, canny_l2, guided_filter};
use crate::{Error, Estimate, ImageView, Unit};

/// Smoothing before Canny: σ and radius in pixels.
const SMOOTHING: (f64, usize) = (1.5, 6);

/// Scale of the derivatives for Canny, and its thresholds of 0.1 and 0.2 in that scale.
const CANNY: (f32, u32, u32) = (4000.0, 400, 800);

/// σ of the two Gaussian derivatives, in pixels, and their radius.
const SCALES: [f32; 2] = [1.5, 2.0];
const RADIUS: usize = 5;

/// Largest estimate, in pixels.
const MOST: f32 = 5.0;

/// Radius in pixels and regularization of the guided filter, for a guide of −1..1.
const GUIDED: (usize, f32) = (7, 0.01);

/// The method of Jeon and Woo. It has no settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JeonWoo {}

impl JeonWoo {
    /// The map of `image`, relative.
    pub(crate) fn estimate(self, image: ImageView<'_>) -> Result<Estimate, Error> {
        let mut levels = image.channel_mean()?;
        levels.data_mut().iter_mut().for_each(|level| *level = *level / 127.5 - 1.0);
        let edges = edges(&levels);
        let [fine, coarse] = SCALES.map(|sigma| squared_slope(&levels, sigma));
        let blur = edges.iter().zip(fine.data().iter().zip(coarse.data()));
        let sparse: Vec<f32> = blur
            .map(|(&edge, (&fine, &coarse))| if edge { blur_of(fine, coarse) } else { 0.0 })
            .collect();
        let guide = Grid::new(levels.width(), levels.height(), levels.data());
        let mut values = guided_filter(guide, &sparse, Border::Reflect101, GUIDED.0, GUIDED.1);
        stretch(&mut values);
        Ok(Estimate { values, unit: Unit::Relative, confidence: None })
    }
}

/// Canny's edges of the values above 0.
fn edges(levels: &Plane) -> Vec<bool> {
    let mut bright = levels.clone();
    bright.data_mut().iter_mut().for_each(|level| *level = level.clamp(0.0, 1.0));
    let smoothing = Kernel::gaussian(SMOOTHING.0, SMOOTHING.1);
    let smooth = filter_separable(&bright, &smoothing, &smoothing);
    let (slope, sum) = (Kernel::odd(vec![0.0, 1.0]), Kernel::even(vec![2.0, 1.0]));
    let [dx, dy] = [(&slope, &sum), (&sum, &slope)].map(|(across, down)| {
        let slopes = filter_separable(&smooth, across, down);
        // Casts of floats to integers saturate.
        slopes.data().iter().map(|slope| (slope * CANNY.0) as i16).collect()
    });
    canny_l2(levels.width(), dx, dy, CANNY.1, CANNY.2)
}

/// The squared magnitude of the gradient after a Gaussian of `sigma`.
fn squared_slope(levels: &Plane, sigma: f32) -> Plane {
    let weight = |x: usize| (-((x * x) as f32) / (2.0 * sigma * sigma)).exp();
    let scale = 1.0 / (std::f32::consts::TAU * sigma.powi(4));
    let even = Kernel::even((0..=RADIUS).map(weight).collect());
    let odd = Kernel::odd((0..=RADIUS).map(|x| x as f32 * weight(x) * scale).collect());
    let mut across = filter_separable(levels, &odd, &even);
    let down = filter_separable(levels, &even, &odd);
    for (across, down) in across.data_mut().iter_mut().zip(down.data()) {
        *across = *across * *across + down * down;
    }
    across
}

/// Blur in pixels from the squared magnitudes at both scales; 0 where the ratio is invalid.
fn blur_of(fine: f32, coarse: f32) -> f32 {
    let ratio = fine.sqrt() / (coarse.sqrt() + 1e-8);
    let square = ratio * ratio;
    let [fine, coarse] = SCALES.map(|sigma| sigma * sigma);
    let variance = (square * fine - coarse) / (1.0 - square + 1e-8);
    if variance.is_nan() { 0.0 } else { variance.max(0.0).sqrt().min(MOST) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// By `fixtures/make_golden.py`, with OpenCV 4.10.
    #[test]
    fn agrees_with_opencv() {
        let estimate = JeonWoo::default().estimate((&testing::rendered_even()).into()).unwrap();
        testing::assert_golden(&estimate.values, [0.13520, 0.02639, 0.02580, 0.07818]);
    }
}
