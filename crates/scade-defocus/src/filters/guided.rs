//! The guided filter (He, Sun & Tang 2013) with a gray guide.

use scade_image::Plane;

use super::box_mean::Sum;
use super::{Border, Grid, box_mean};

/// The values of a guide, and the type of their sums.
pub(crate) trait Guide: Copy {
    /// Exact for 8-bit gray levels.
    type Sum: Sum;

    /// The value itself, for a sum.
    fn level(self) -> Self::Sum;

    /// Its square, for a sum.
    fn square(self) -> Self::Sum;

    /// The value as a factor.
    fn float(self) -> f32;
}

impl Guide for u8 {
    type Sum = u32;

    fn level(self) -> u32 {
        self.into()
    }

    fn square(self) -> u32 {
        u32::from(self).pow(2)
    }

    fn float(self) -> f32 {
        self.into()
    }
}

impl Guide for f32 {
    type Sum = f64;

    fn level(self) -> f64 {
        self.into()
    }

    fn square(self) -> f64 {
        // Rounded before it is summed, as OpenCV multiplies images of floats.
        (self * self).into()
    }

    fn float(self) -> f32 {
        self
    }
}

/// Smooths `input` so that its edges follow those of `guide`: in each window the output is a linear
/// function of the guide, and every pixel averages the functions of all its windows.
///
/// With an 8-bit guide (gray levels 0..255) and [`Border::Reflect`] it agrees with OpenCV's
/// `ximgproc.guidedFilter(guide, input, radius, eps)`: means are rounded to 32 bits, and variances
/// are differences of such means, which in flat windows of bright guides is as large an error as a
/// small `eps`. Their sum with `eps` is kept above 0 here, so that the output is always finite.
/// O(pixels).
///
/// # Panics
/// When `input` and `guide` differ in size.
pub(crate) fn guided_filter<G: Guide>(
    guide: Grid<'_, G>,
    input: &[f32],
    border: Border,
    radius: usize,
    eps: f32,
) -> Plane {
    let products: Vec<f32> =
        guide.values.iter().zip(input).map(|(&level, &value)| level.float() * value).collect();
    let mean_of = |values: &[f32]| box_mean(guide.with(values), radius, border, f64::from);
    let mean_guide = box_mean(guide, radius, border, G::level);
    let mean_square = box_mean(guide, radius, border, G::square);
    // From means to the linear function of each window, in place.
    let mut slopes = mean_of(&products);
    let mut offsets = mean_of(input);
    let windows = slopes.iter_mut().zip(&mut offsets).zip(mean_guide.iter().zip(&mean_square));
    for ((slope, offset), (&guide, &square)) in windows {
        let covariance = *slope - guide * *offset;
        let variance = square - guide * guide;
        *slope = covariance * (1.0 / (variance + eps).max(0.01 * eps));
        *offset -= *slope * guide;
    }
    let (slopes, mut out) = (mean_of(&slopes), mean_of(&offsets));
    for ((out, slope), &level) in out.iter_mut().zip(slopes).zip(guide.values) {
        *out += slope * level.float();
    }
    Plane::from_vec(guide.width, guide.height, out).expect("one value per pixel")
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::testing;

    /// A mean over the window, with the outermost pixel repeated in the reflection.
    fn mean(
        width: usize,
        height: usize,
        x: usize,
        y: usize,
        radius: usize,
        value: &dyn Fn(usize) -> f64,
    ) -> f64 {
        let fold = |index: isize, length: usize| {
            let mut index = index;
            while index < 0 || index >= length as isize {
                index = if index < 0 { -1 - index } else { 2 * length as isize - 1 - index };
            }
            index as usize
        };
        let reach = -(radius as isize)..=radius as isize;
        let mut sum = 0.0;
        for dy in reach.clone() {
            for dx in reach.clone() {
                sum += value(fold(y as isize + dy, height) * width + fold(x as isize + dx, width));
            }
        }
        sum / ((2 * radius + 1) as f64).powi(2)
    }

    /// The definition: one regression per window, in double precision.
    fn slow(guide: Grid<'_, u8>, input: &[f32], radius: usize, eps: f64) -> Vec<f64> {
        let (width, height) = (guide.width, guide.height);
        let level = |pixel: usize| f64::from(guide.values[pixel]);
        let value = |pixel: usize| f64::from(input[pixel]);
        let lines: Vec<(f64, f64)> = (0..width * height)
            .map(|pixel| {
                let mean = |value: &dyn Fn(usize) -> f64| {
                    mean(width, height, pixel % width, pixel / width, radius, value)
                };
                let (mean_level, mean_value) = (mean(&level), mean(&value));
                let covariance = mean(&|i| (level(i) - mean_level) * (value(i) - mean_value));
                let variance = mean(&|i| (level(i) - mean_level).powi(2));
                let slope = covariance / (variance + eps);
                (slope, mean_value - slope * mean_level)
            })
            .collect();
        (0..width * height)
            .map(|pixel| {
                let line = |i: usize| lines[i].0 * level(pixel) + lines[i].1;
                mean(width, height, pixel % width, pixel / width, radius, &line)
            })
            .collect()
    }

    /// Gray levels up to 31, so that the rounding of squares is small compared with the variances.
    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(5);
        for _ in 0..40 {
            let (width, height) = testing::size(&mut rng);
            let mut levels = testing::levels(&mut rng, width, height);
            levels.iter_mut().for_each(|level| *level /= 8);
            let input: Vec<f32> = levels.iter().map(|_| rng.random_range(0.0..1.0)).collect();
            let guide = Grid::new(width, height, &levels);
            let radius = rng.random_range(0..6);
            let fast = guided_filter(guide, &input, Border::Reflect, radius, 1.0);
            let floats: Vec<f32> = levels.iter().map(|&level| level.into()).collect();
            let same = guided_filter(guide.with(&floats), &input, Border::Reflect, radius, 1.0);
            for (fast, same) in fast.data().iter().zip(same.data()) {
                assert!((fast - same).abs() < 1e-4, "{width} x {height}: {fast} {same}");
            }
            for (fast, slow) in fast.data().iter().zip(slow(guide, &input, radius, 1.0)) {
                assert!(
                    (f64::from(*fast) - slow).abs() < 1e-3,
                    "{width} x {height}: {fast} {slow}"
                );
            }
        }
    }

    /// Rounding takes the variance of bright, nearly flat windows below 0, and below `-eps`.
    #[test]
    fn bright_flat_guides_stay_finite() {
        let mut rng = testing::rng(6);
        for eps in [1e-6, 1e-4, 0.01] {
            let levels: Vec<u8> = (0..900).map(|_| rng.random_range(254..=255)).collect();
            let input: Vec<f32> = (0..900).map(|_| rng.random_range(0.0..1.0)).collect();
            let out = guided_filter(Grid::new(30, 30, &levels), &input, Border::Reflect, 8, eps);
            assert!(out.data().iter().all(|value| value.is_finite()));
        }
    }
}
