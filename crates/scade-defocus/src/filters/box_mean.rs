//! Means over square windows.

use std::ops::{AddAssign, SubAssign};

use scade_image::reflect101;

use super::Grid;

/// How an image is extended beyond its border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Border {
    /// `2 1 | 0 1 2`: the outermost pixel is the mirror.
    Reflect101,
    /// `1 0 | 0 1 2`: the mirror is outside the outermost pixel.
    Reflect,
}

impl Border {
    /// The source index inside the image for `index`.
    fn index(self, index: isize, length: usize) -> usize {
        match self {
            Self::Reflect101 => reflect101(index, length),
            Self::Reflect => {
                let folded = index.rem_euclid(2 * length as isize) as usize;
                folded.min(2 * length - 1 - folded)
            }
        }
    }

    /// The indices from `-radius` to `length + radius - 1`.
    fn indices(self, length: usize, radius: usize) -> Vec<usize> {
        let range = -(radius as isize)..(length + radius) as isize;
        range.map(|index| self.index(index, length)).collect()
    }
}

/// The type of window sums: `u32` for integers, exact as long as a window's sum fits, or `f64`.
pub(crate) trait Sum: Copy + Default + AddAssign + SubAssign + Into<f64> {}

impl Sum for u32 {}
impl Sum for f64 {}

/// The mean of `value(pixel)` over a square window of size `2·radius + 1` around each pixel, row by row.
///
/// Running sums of columns, then of rows: O(pixels) for every radius. The mean is rounded once,
/// from the sum in `f64` to `f32`, as OpenCV's `boxFilter` does.
pub(crate) fn box_mean<T: Copy, S: Sum>(
    grid: Grid<'_, T>,
    radius: usize,
    border: Border,
    value: impl Fn(T) -> S,
) -> Vec<f32> {
    let size = 2 * radius + 1;
    let scale = 1.0 / (size * size) as f64;
    let rows = border.indices(grid.height, radius);
    let columns = border.indices(grid.width, radius);
    let mut sums = vec![S::default(); grid.width];
    let mut padded = vec![S::default(); columns.len()];
    for &row in &rows[..size - 1] {
        add(&mut sums, grid.row(row), &value);
    }
    let mut out = vec![0.0; grid.values.len()];
    for (y, out) in out.chunks_exact_mut(grid.width).enumerate() {
        add(&mut sums, grid.row(rows[y + size - 1]), &value);
        pad(&sums, &columns, radius, &mut padded);
        slide(&padded, size, scale, out);
        subtract(&mut sums, grid.row(rows[y]), &value);
    }
    out
}

/// Extends a row of sums by `radius` on both sides; `columns` holds the source indices.
fn pad<S: Sum>(sums: &[S], columns: &[usize], radius: usize, padded: &mut [S]) {
    let end = radius + sums.len();
    padded[radius..end].copy_from_slice(sums);
    for i in (0..radius).chain(end..padded.len()) {
        padded[i] = sums[columns[i]];
    }
}

/// The horizontal pass over one row.
fn slide<S: Sum>(padded: &[S], size: usize, scale: f64, out: &mut [f32]) {
    let mut sum = S::default();
    for &value in &padded[..size - 1] {
        sum += value;
    }
    for ((out, &enters), &leaves) in out.iter_mut().zip(&padded[size - 1..]).zip(padded) {
        sum += enters;
        *out = (sum.into() * scale) as f32;
        sum -= leaves;
    }
}

fn add<T: Copy, S: Sum>(sums: &mut [S], row: &[T], value: impl Fn(T) -> S) {
    for (sum, &pixel) in sums.iter_mut().zip(row) {
        *sum += value(pixel);
    }
}

fn subtract<T: Copy, S: Sum>(sums: &mut [S], row: &[T], value: impl Fn(T) -> S) {
    for (sum, &pixel) in sums.iter_mut().zip(row) {
        *sum -= value(pixel);
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::testing;

    /// The definition: every window separately.
    fn slow(grid: Grid<'_, u8>, radius: usize, border: Border) -> Vec<f64> {
        let reach = -(radius as isize)..=radius as isize;
        let mut out = Vec::new();
        for y in 0..grid.height as isize {
            for x in 0..grid.width as isize {
                let mut sum = 0.0;
                for row in reach.clone().map(|offset| border.index(y + offset, grid.height)) {
                    for offset in reach.clone() {
                        sum += f64::from(grid.row(row)[border.index(x + offset, grid.width)]);
                    }
                }
                out.push(sum / ((2 * radius + 1) as f64).powi(2));
            }
        }
        out
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(4);
        for round in 0..100 {
            let (width, height) = testing::size(&mut rng);
            let levels = testing::levels(&mut rng, width, height);
            let grid = Grid::new(width, height, &levels);
            let radius = rng.random_range(0..12);
            let border = [Border::Reflect101, Border::Reflect][round % 2];
            let whole = box_mean(grid, radius, border, u32::from);
            let real = box_mean(grid, radius, border, f64::from);
            for ((expected, whole), real) in slow(grid, radius, border).iter().zip(whole).zip(real)
            {
                assert!((f64::from(whole) - expected).abs() < 1e-4, "{width} x {height}");
                assert_eq!(whole, real);
            }
        }
    }

    #[test]
    fn the_two_borders_mirror_at_different_places() {
        let at = |border: Border| (-4..7).map(|i| border.index(i, 3)).collect::<Vec<_>>();
        assert_eq!(at(Border::Reflect101), [0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]);
        assert_eq!(at(Border::Reflect), [2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0]);
        assert_eq!(Border::Reflect.indices(1, 2), [0; 5]);
    }
}
