//! Smoothing along rows and columns that stops at the edges of a guide: the fast global smoother.

use super::Grid;
use super::path::transpose;

/// Iterations; each weakens the smoothing to [`ATTENUATION`] of the one before.
const ITERATIONS: i32 = 3;

/// Factor of the strength per iteration.
const ATTENUATION: f32 = 0.25;

/// Smooths both planes of `fields` in place (Min et al. 2014, "Fast global image smoothing based on
/// weighted least squares").
///
/// Along every row, then along every column, solves `(1 + strength · L) u = f`, where `L` is the
/// Laplacian of a path whose neighbors are tied by `exp(−|difference of the guide| / range)`; three
/// times, with a strength that falls to a quarter. Agrees with OpenCV's
/// `fastGlobalSmootherFilter(guide, field, strength, range)`. Constants are preserved. O(pixels).
pub(crate) fn smooth_guided(
    guide: Grid<'_, u8>,
    fields: &mut [Vec<f32>; 2],
    strength: f32,
    range: f32,
) {
    let (width, height) = (guide.width, guide.height);
    let ties: [f32; 256] = std::array::from_fn(|level| (-(level as f32) / range).exp());
    let turned_guide = transpose(guide.values, width);
    for iteration in 0..ITERATIONS {
        let strength = strength * ATTENUATION.powi(iteration);
        let mut turned = fields.each_ref().map(|field| transpose(field, width));
        solve_columns(&turned_guide, height, &ties, strength, &mut turned);
        *fields = turned.map(|field| transpose(&field, height));
        solve_columns(guide.values, width, &ties, strength, fields);
    }
}

/// Forward elimination down all columns together, then back substitution.
fn solve_columns(
    guide: &[u8],
    width: usize,
    ties: &[f32; 256],
    strength: f32,
    fields: &mut [Vec<f32>; 2],
) {
    let height = guide.len() / width;
    // Factors of the back substitution for the value below; one extra row for the first row.
    let mut shares = vec![0.0; (height + 1) * width];
    let mut tie_above = vec![0.0; width];
    for y in 0..height {
        let here = y * width;
        for x in 0..width {
            let tie_below = match guide.get(here + width + x) {
                Some(below) => strength * ties[usize::from(guide[here + x].abs_diff(*below))],
                None => 0.0,
            };
            let rest = 1.0 + tie_below + tie_above[x] * (1.0 - shares[here + x]);
            shares[here + width + x] = tie_below / rest;
            for field in &mut *fields {
                let above = if y > 0 { field[here - width + x] } else { 0.0 };
                field[here + x] = (field[here + x] + tie_above[x] * above) / rest;
            }
            tie_above[x] = tie_below;
        }
    }
    for field in fields {
        for i in (0..(height - 1) * width).rev() {
            field[i] += shares[i + width] * field[i + width];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// One line after the other, by Gaussian elimination of the dense system in double precision.
    fn slow_line(guide: &[u8], field: &[f64], strength: f64, range: f64) -> Vec<f64> {
        let n = guide.len();
        let mut system = vec![vec![0.0; n]; n];
        let mut right = field.to_vec();
        for i in 0..n {
            system[i][i] += 1.0;
            if i + 1 < n {
                let difference = f64::from(guide[i].abs_diff(guide[i + 1]));
                let tie = strength * (-difference / range).exp();
                for (a, b) in [(i, i + 1), (i + 1, i)] {
                    system[a][a] += tie;
                    system[a][b] -= tie;
                }
            }
        }
        // Diagonally dominant: no pivots needed.
        for i in 0..n {
            let pivot = system[i].clone();
            for j in i + 1..n {
                let factor = system[j][i] / pivot[i];
                system[j]
                    .iter_mut()
                    .zip(&pivot)
                    .for_each(|(value, pivot)| *value -= factor * pivot);
                right[j] -= factor * right[i];
            }
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| system[i][k] * right[k]).sum();
            right[i] = (right[i] - known) / system[i][i];
        }
        right
    }

    fn slow(guide: Grid<'_, u8>, field: &[f32], strength: f64, range: f64) -> Vec<f64> {
        let (width, height) = (guide.width, guide.height);
        let mut field: Vec<f64> = field.iter().map(|&value| value.into()).collect();
        for strength in [1.0, 0.25, 0.0625].map(|factor| factor * strength) {
            for y in 0..height {
                let row = y * width..(y + 1) * width;
                let line =
                    slow_line(&guide.values[row.clone()], &field[row.clone()], strength, range);
                field[row].copy_from_slice(&line);
            }
            for x in 0..width {
                let column: Vec<u8> = (0..height).map(|y| guide.row(y)[x]).collect();
                let values: Vec<f64> = (0..height).map(|y| field[y * width + x]).collect();
                for (y, value) in slow_line(&column, &values, strength, range).iter().enumerate() {
                    field[y * width + x] = *value;
                }
            }
        }
        field
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(26);
        for _ in 0..12 {
            let (width, height) = testing::size(&mut rng);
            let levels = testing::levels(&mut rng, width, height);
            let guide = Grid::new(width, height, &levels);
            let fields = [(); 2].map(|()| testing::plane(&mut rng, width, height).data().to_vec());
            let mut fast = fields.clone();
            smooth_guided(guide, &mut fast, 400.0, 30.0);
            for (fast, field) in fast.iter().zip(&fields) {
                for (fast, slow) in fast.iter().zip(slow(guide, field, 400.0, 30.0)) {
                    assert!((f64::from(*fast) - slow).abs() < 0.02, "{width} x {height}");
                }
            }
        }
    }
}
