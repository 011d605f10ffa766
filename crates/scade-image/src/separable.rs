//! Separable filters of planes.

use pulp::NullaryFnOnce;

use crate::{Plane, on_wide_vectors, reflect101};

/// Values per block, summed together so that the compiler can vectorize: large blocks, so that looking
/// up a row costs little, then small ones for the rest of a row.
const BLOCKS: [usize; 2] = [64, 16];

/// Kernel weights of the neighbors `-radius..=radius`, symmetric or antisymmetric.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernel {
    /// The middle weight, then those to the right of it.
    half: Vec<f32>,
    /// Whether the kernel is antisymmetric.
    odd: bool,
}

impl Kernel {
    /// `half` holds the middle weight and those to the right; to the left are the same.
    ///
    /// # Panics
    /// When `half` is empty.
    #[must_use]
    pub fn even(half: Vec<f32>) -> Self {
        assert!(!half.is_empty(), "the kernel has no middle weight");
        Self { half, odd: false }
    }

    /// `half` holds the weights from the middle to the right; those to the left are the negative of
    /// them, and the middle one counts as 0.
    ///
    /// # Panics
    /// When `half` is empty.
    #[must_use]
    pub fn odd(mut half: Vec<f32>) -> Self {
        assert!(!half.is_empty(), "the kernel has no middle weight");
        half[0] = 0.0;
        Self { half, odd: true }
    }

    /// A Gaussian of standard deviation `sigma` pixels, sampled at whole pixels up to `radius` and
    /// scaled to a sum of 1.
    ///
    /// # Panics
    /// When `sigma` is not above 0.
    #[must_use]
    pub fn gaussian(sigma: f64, radius: usize) -> Self {
        assert!(sigma > 0.0, "a Gaussian of sigma {sigma}");
        let weight = |x: usize| (-0.5 * (x as f64 / sigma).powi(2)).exp();
        let sum = 1.0 + 2.0 * (1..=radius).map(weight).sum::<f64>();
        Self::even((0..=radius).map(|x| (weight(x) / sum) as f32).collect())
    }

    /// Number of weights on each side of the middle one.
    #[must_use]
    pub fn radius(&self) -> usize {
        self.half.len() - 1
    }

    /// Filters `N` values at once: those from `at` of the rows that `row` returns by number,
    /// 0 for the leftmost or topmost neighbor.
    #[inline(always)]
    fn filter_values<'a, const N: usize>(
        &self,
        row: impl Fn(usize) -> &'a [f32],
        at: usize,
    ) -> [f32; N] {
        let load = |number| -> &[f32; N] { row(number)[at..].first_chunk().expect("N values") };
        let radius = self.radius();
        let mut sums = load(radius).map(|value| self.half[0] * value);
        for (distance, &weight) in self.half.iter().enumerate().skip(1) {
            let (before, after) = (load(radius - distance), load(radius + distance));
            if self.odd {
                for i in 0..N {
                    sums[i] += weight * (after[i] - before[i]);
                }
            } else {
                for i in 0..N {
                    sums[i] += weight * (after[i] + before[i]);
                }
            }
        }
        sums
    }

    /// Filters whole rows.
    #[inline(always)]
    fn filter_rows<'a>(&self, row: impl Fn(usize) -> &'a [f32], out: &mut [f32]) {
        let done = self.filter_blocks::<{ BLOCKS[0] }>(&row, out, 0);
        let done = self.filter_blocks::<{ BLOCKS[1] }>(&row, out, done);
        self.filter_blocks::<1>(&row, out, done);
    }

    /// Filters as many blocks of `N` as fit after the first `done` values; returns the new `done`.
    #[inline(always)]
    fn filter_blocks<'a, const N: usize>(
        &self,
        row: impl Fn(usize) -> &'a [f32],
        out: &mut [f32],
        mut done: usize,
    ) -> usize {
        for block in out[done..].as_chunks_mut::<N>().0 {
            *block = self.filter_values(&row, done);
            done += N;
        }
        done
    }
}

/// Each pixel becomes the weighted sum of its neighbors: correlation with `across` along the row and
/// with `down` along the column.
///
/// Sums are in `f32`, from the middle outwards. Border: reflect-101 for every kernel size.
/// O(pixels · radius).
#[must_use]
pub fn filter_separable(plane: &Plane, across: &Kernel, down: &Kernel) -> Plane {
    let (width, height) = (plane.width(), plane.height());
    let mut out = Plane::new(width, height);
    if width > 0 && height > 0 {
        on_wide_vectors(Pass { plane, across, down, out: &mut out });
    }
    out
}

/// The computation of [`filter_separable`].
struct Pass<'a> {
    plane: &'a Plane,
    across: &'a Kernel,
    down: &'a Kernel,
    out: &'a mut Plane,
}

impl NullaryFnOnce for Pass<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self { plane, across, down, out } = self;
        let (width, height) = (plane.width(), plane.height());
        let (left, above) = (across.radius(), down.radius());
        let rows: Vec<usize> = indices(height, above);
        let columns: Vec<usize> = indices(width, left);
        let mut padded = vec![0.0; columns.len()];
        for (y, out) in out.data_mut().chunks_exact_mut(width).enumerate() {
            let row = |number: usize| &plane.data()[rows[y + number] * width..][..width];
            down.filter_rows(row, &mut padded[left..left + width]);
            for i in (0..left).chain(left + width..columns.len()) {
                padded[i] = padded[left + columns[i]];
            }
            across.filter_rows(|number| &padded[number..number + width], out);
        }
    }
}

/// The source indices of the positions from `-radius` to `length + radius - 1`.
fn indices(length: usize, radius: usize) -> Vec<usize> {
    let range = -(radius as isize)..(length + radius) as isize;
    range.map(|index| reflect101(index, length)).collect()
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::testing;

    /// The definition: the whole window for every pixel, in double precision.
    fn slow(plane: &Plane, across: &[f32], down: &[f32]) -> Vec<f64> {
        let (width, height) = (plane.width(), plane.height());
        let mut out = Vec::new();
        for y in 0..height as isize {
            for x in 0..width as isize {
                let mut sum = 0.0;
                for (j, down) in (-(down.len() as isize) / 2..).zip(down) {
                    for (i, across) in (-(across.len() as isize) / 2..).zip(across) {
                        let value = plane.at(reflect101(x + i, width), reflect101(y + j, height));
                        sum += f64::from(across * down) * f64::from(value);
                    }
                }
                out.push(sum);
            }
        }
        out
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(11);
        for _ in 0..60 {
            let (width, height) = testing::size(&mut rng, 40);
            let (width, height) = (width as usize, height as usize);
            let values = (0..width * height).map(|_| rng.random_range(-1.0..1.0)).collect();
            let plane = Plane::from_vec(width, height, values).unwrap();
            let mut half = || -> Vec<f32> {
                (0..rng.random_range(1..8)).map(|_| rng.random_range(-0.5..0.5)).collect()
            };
            let (even, odd) = (half(), half());
            let full = |half: &[f32], sign: f32, middle: f32| -> Vec<f32> {
                let left = half[1..].iter().rev().map(|weight| sign * weight);
                left.chain([middle]).chain(half[1..].iter().copied()).collect()
            };
            let expected = slow(&plane, &full(&odd, -1.0, 0.0), &full(&even, 1.0, even[0]));
            let fast = filter_separable(&plane, &Kernel::odd(odd), &Kernel::even(even));
            for (fast, expected) in fast.data().iter().zip(expected) {
                assert!((f64::from(*fast) - expected).abs() < 1e-5, "{width} x {height}");
            }
        }
    }

    #[test]
    fn a_gaussian_keeps_a_constant_and_has_its_deviation() {
        let kernel = Kernel::gaussian(1.3, 6);
        let mut plane = Plane::new(31, 31);
        plane.data_mut().fill(7.0);
        let same = filter_separable(&plane, &kernel, &kernel);
        assert!(same.data().iter().all(|value| (value - 7.0).abs() < 1e-5));
        plane.data_mut().fill(0.0);
        plane.data_mut()[15 * 31 + 15] = 1.0;
        let spread = filter_separable(&plane, &kernel, &kernel);
        let (mut sum, mut square) = (0.0, 0.0);
        for (i, &value) in spread.data().iter().enumerate() {
            sum += value;
            square += value * ((i % 31) as f32 - 15.0).powi(2);
        }
        assert!((sum - 1.0).abs() < 1e-5, "{sum}");
        assert!((square - 1.69).abs() < 1e-3, "{square}");
    }

    #[test]
    fn an_empty_plane_stays_empty() {
        let kernel = Kernel::gaussian(1.0, 3);
        assert_eq!(filter_separable(&Plane::new(0, 4), &kernel, &kernel), Plane::new(0, 4));
    }
}
