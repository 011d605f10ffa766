//! The features of the regression: how fast the energy of gradients falls as the image is smoothed.

use scade_image::{Kernel, Plane, filter_separable};

use crate::filters::{logarithms, squared_gradient_halved};

/// Standard deviations of the Gaussians, in pixels: from half a pixel to beyond the largest
/// measurable blur.
const SCALES: [f64; COUNT] = [0.5, 0.8, 1.3, 2.1, 3.4];

/// Neighborhood over which energies are averaged: σ and radius of a Gaussian, in pixels of the half
/// resolution.
const POOLING: (f64, usize) = (2.0, 6);

/// Added to energies (squared gray levels per squared pixel) before their logarithm: about what the
/// rounding to 8 bits leaves in a flat area.
const FLOOR: f32 = 0.05;

/// Number of features.
pub(super) const COUNT: usize = 5;

/// The features of each block of 2 × 2 pixels, one plane of half the size (rounded up) each.
///
/// With `L(a)` the logarithm of the mean squared gradient after a Gaussian of σ `a`: the differences
/// between the four pairs of neighboring scales, and `L(1.3) / 2` as a measure of contrast.
/// `luma` is 0..255. Border: reflect-101. O(pixels).
pub(super) fn features(luma: &Plane) -> [Plane; COUNT] {
    let mut levels = SCALES.map(|sigma| energy_level(luma, sigma));
    let mut contrast = levels[2].clone();
    contrast.data_mut().iter_mut().for_each(|level| *level *= 0.5);
    for finer in 0..COUNT - 1 {
        let [fine, coarse] = levels.get_disjoint_mut([finer, finer + 1]).expect("two levels");
        fine.data_mut().iter_mut().zip(coarse.data()).for_each(|(fine, coarse)| *fine -= coarse);
    }
    levels[COUNT - 1] = contrast;
    levels
}

/// `L(sigma)`.
fn energy_level(luma: &Plane, sigma: f64) -> Plane {
    let kernel = Kernel::gaussian(sigma, (3.0 * sigma).ceil() as usize);
    let smooth = filter_separable(luma, &kernel, &kernel);
    let pooling = Kernel::gaussian(POOLING.0, POOLING.1);
    let mut level = filter_separable(&squared_gradient_halved(&smooth), &pooling, &pooling);
    level.data_mut().iter_mut().for_each(|energy| *energy += FLOOR);
    logarithms(level.data_mut());
    level
}
