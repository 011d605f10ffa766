//! Smoothing along rows and columns by one tridiagonal system each, with the same matrix for all.

use scade_image::Plane;

/// For each of `strengths`, solves `(1 + strength · L) u = f` along every row and every column, `L`
/// being the Laplacian of a path with free ends (diagonal 2, at the ends 1; neighbors −1).
///
/// Constants and the sum of all values are preserved. One step is a smoothing whose weights fall
/// exponentially with the distance, by `exp(−1/√strength)` per pixel for large strengths.
/// Rows and columns commute, so all column passes go before all row passes. O(pixels · strengths).
pub(crate) fn smooth_paths(plane: &mut Plane, strengths: &[f32]) {
    let (width, height) = (plane.width(), plane.height());
    for &strength in strengths {
        solve_columns(plane.data_mut(), width, strength);
    }
    let mut turned = transpose(plane.data(), width);
    for &strength in strengths {
        solve_columns(&mut turned, height, strength);
    }
    plane.data_mut().copy_from_slice(&transpose(&turned, height));
}

/// Forward elimination down all columns together, then back substitution.
fn solve_columns(values: &mut [f32], width: usize, strength: f32) {
    let height = values.len() / width;
    let mut scales = Vec::with_capacity(height);
    let mut previous = 0.0;
    for y in 0..height {
        let neighbors = usize::from(y > 0) + usize::from(y + 1 < height);
        let scale = 1.0 / (1.0 + strength * (neighbors as f32 - previous));
        scales.push(scale);
        previous = strength * scale;
    }
    for y in 0..height {
        let (above, here) = values.split_at_mut(y * width);
        let here = &mut here[..width];
        match above.len().checked_sub(width) {
            None => here.iter_mut().for_each(|value| *value *= scales[0]),
            Some(start) => {
                for (value, above) in here.iter_mut().zip(&above[start..]) {
                    *value = (*value + strength * above) * scales[y];
                }
            }
        }
    }
    for y in (1..height).rev() {
        let (above, here) = values.split_at_mut(y * width);
        let factor = strength * scales[y - 1];
        for (above, here) in above[(y - 1) * width..].iter_mut().zip(&here[..width]) {
            *above += factor * here;
        }
    }
}

/// The transpose.
pub(crate) fn transpose<T: Copy + Default>(values: &[T], width: usize) -> Vec<T> {
    /// Size of the square blocks that are transposed one by one, so that source and target stay in cache.
    const SIDE: usize = 16;
    let height = values.len() / width;
    let mut out = vec![T::default(); values.len()];
    for top in (0..height).step_by(SIDE) {
        for left in (0..width).step_by(SIDE) {
            for x in left..(left + SIDE).min(width) {
                for y in top..(top + SIDE).min(height) {
                    out[x * height + y] = values[y * width + x];
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// The largest residual of `solution` in the system of one line, in double precision.
    fn residual(solution: &[f64], right: &[f64], strength: f64) -> f64 {
        let last = solution.len() - 1;
        let mut worst: f64 = 0.0;
        for (i, &value) in solution.iter().enumerate() {
            let mut sum = value;
            if i > 0 {
                sum += strength * (value - solution[i - 1]);
            }
            if i < last {
                sum += strength * (value - solution[i + 1]);
            }
            worst = worst.max((sum - right[i]).abs());
        }
        worst
    }

    #[test]
    fn columns_solve_their_system() {
        let mut rng = testing::rng(22);
        for strength in [0.0, 0.7, 6.25, 100.0] {
            let (width, height) = testing::size(&mut rng);
            let plane = testing::plane(&mut rng, width, height);
            let mut solved = plane.data().to_vec();
            solve_columns(&mut solved, width, strength);
            for x in 0..width {
                let column = |values: &[f32]| -> Vec<f64> {
                    (0..height).map(|y| values[y * width + x].into()).collect()
                };
                let error = residual(&column(&solved), &column(plane.data()), strength.into());
                // Gray levels are up to 255; a residual is amplified by the strength.
                assert!(error < 1e-4 * f64::from(1.0 + strength), "{height}: {error}");
            }
        }
    }

    #[test]
    fn rows_are_smoothed_like_columns() {
        let mut rng = testing::rng(23);
        for _ in 0..20 {
            let (width, height) = testing::size(&mut rng);
            let mut plane = testing::plane(&mut rng, width, height);
            let turned = transpose(plane.data(), width);
            let mut turned = Plane::from_vec(height, width, turned).unwrap();
            smooth_paths(&mut plane, &[100.0, 6.25]);
            smooth_paths(&mut turned, &[100.0, 6.25]);
            for (a, b) in plane.data().iter().zip(transpose(turned.data(), height)) {
                assert!((a - b).abs() < 1e-2, "{width} x {height}: {a} {b}");
            }
        }
    }

    #[test]
    fn constants_and_sums_are_preserved() {
        let mut rng = testing::rng(24);
        let mut plane = testing::plane(&mut rng, 33, 20);
        let sum = |plane: &Plane| plane.data().iter().map(|&value| f64::from(value)).sum::<f64>();
        let before = sum(&plane);
        smooth_paths(&mut plane, &[100.0, 25.0]);
        assert!((sum(&plane) / before - 1.0).abs() < 1e-4);
        plane.data_mut().fill(3.0);
        smooth_paths(&mut plane, &[100.0, 25.0]);
        assert!(plane.data().iter().all(|value| (value - 3.0).abs() < 1e-3));
    }
}
