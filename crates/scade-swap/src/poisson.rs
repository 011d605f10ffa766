//! Gradient-domain cloning: inside a region the gradients of the source, at its border the values of the
//! target (Pérez, Gangnet and Blake, "Poisson Image Editing", 2003).
//!
//! The cloned image is the source plus a membrane: the difference target − source at the border, continued
//! inside so that its Laplacian is 0. Membranes are smooth, so that a solution at half the size is a good
//! start, and successive over-relaxation finishes quickly.

/// Largest change of a value in a sweep at which the solution counts as found, in gray levels.
const TOLERANCE: f32 = 2e-3;

/// Bound on sweeps at one size.
const MOST_SWEEPS: usize = 2000;

/// Smallest side at which a smaller copy is solved first.
const COARSEST: usize = 16;

/// Replaces the pixels of `target` where `inside` by the source, with seamless borders. Both are row by
/// row, `width` pixels to a row; pixels at the border of the image stay those of the target.
///
/// # Panics
/// When the three have different numbers of pixels, or no whole rows.
pub fn clone_seamlessly(
    target: &mut [[f32; 3]],
    source: &[[f32; 3]],
    inside: &[bool],
    width: usize,
) {
    assert!(target.len() == source.len() && target.len() == inside.len(), "images of one size");
    assert_eq!(target.len() % width.max(1), 0, "whole rows");
    let height = target.len() / width.max(1);
    let mut grid = Grid {
        values: target.iter().zip(source).map(|(t, s)| [0, 1, 2].map(|c| t[c] - s[c])).collect(),
        inside: inside.to_vec(),
        width,
        height,
    };
    grid.clear_border();
    grid.solve();
    for (i, value) in target.iter_mut().enumerate() {
        if grid.inside[i] {
            *value = [0, 1, 2].map(|c| source[i][c] + grid.values[i][c]);
        }
    }
}

/// A membrane: known where not `inside`.
struct Grid {
    values: Vec<[f32; 3]>,
    inside: Vec<bool>,
    width: usize,
    height: usize,
}

impl Grid {
    /// So that each inner pixel has four neighbors.
    fn clear_border(&mut self) {
        for (i, inside) in self.inside.iter_mut().enumerate() {
            let (x, y) = (i % self.width, i / self.width);
            *inside &= x > 0 && y > 0 && x + 1 < self.width && y + 1 < self.height;
        }
    }

    fn solve(&mut self) {
        let unknown: Vec<usize> = (0..self.inside.len()).filter(|&i| self.inside[i]).collect();
        if unknown.is_empty() {
            return;
        }
        self.start();
        let extent = (unknown.len() as f32).sqrt() + 2.0;
        // The best factor for a square of this side.
        let relaxation = 2.0 / (1.0 + (std::f32::consts::PI / extent).sin());
        for _ in 0..MOST_SWEEPS {
            if self.sweep(&unknown, relaxation) < TOLERANCE {
                return;
            }
        }
    }

    /// One pass over the unknown values; returns the largest change.
    fn sweep(&mut self, unknown: &[usize], relaxation: f32) -> f32 {
        let (values, width) = (&mut self.values, self.width);
        let mut largest: f32 = 0.0;
        for &i in unknown {
            let around = [values[i - width], values[i - 1], values[i + 1], values[i + width]];
            for (c, value) in values[i].iter_mut().enumerate() {
                let mean = 0.25 * (around[0][c] + around[1][c] + around[2][c] + around[3][c]);
                let change = relaxation * (mean - *value);
                *value += change;
                largest = largest.max(change.abs());
            }
        }
        largest
    }

    /// Fills the unknown values with the solution at half the size, or with the mean of the known ones.
    fn start(&mut self) {
        if self.width.min(self.height) < COARSEST {
            let known = || self.values.iter().zip(&self.inside).filter(|(_, inside)| !**inside);
            let count = known().count().max(1) as f32;
            let mean = [0, 1, 2].map(|c| known().map(|(value, _)| value[c]).sum::<f32>() / count);
            for (value, inside) in self.values.iter_mut().zip(&self.inside) {
                if *inside {
                    *value = mean;
                }
            }
            return;
        }
        let mut half = self.halved();
        half.clear_border();
        half.solve();
        for i in 0..self.values.len() {
            if self.inside[i] {
                self.values[i] = half.between(i % self.width, i / self.width);
            }
        }
    }

    /// A copy of half the size. A pixel of it is unknown where all that it covers are.
    fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut half = Self {
            values: vec![[0.0; 3]; width * height],
            inside: vec![true; width * height],
            width,
            height,
        };
        for i in 0..half.values.len() {
            let (x, y) = (2 * (i % width), 2 * (i / width));
            let mut count = 0.0;
            for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
                let at = y * self.width + x;
                if x < self.width && y < self.height && !self.inside[at] {
                    half.inside[i] = false;
                    count += 1.0;
                    for c in 0..3 {
                        half.values[i][c] += self.values[at][c];
                    }
                }
            }
            half.values[i] = half.values[i].map(|sum| sum / f32::max(count, 1.0));
        }
        half
    }

    /// The value at a pixel of an image of twice the size, bilinear.
    fn between(&self, x: usize, y: usize) -> [f32; 3] {
        let axis = |at: usize, length: usize| {
            let other = if at.is_multiple_of(2) { (at / 2).saturating_sub(1) } else { at / 2 + 1 };
            (at / 2, other.min(length - 1))
        };
        let ((x1, x2), (y1, y2)) = (axis(x, self.width), axis(y, self.height));
        let at = |x: usize, y: usize| self.values[y * self.width + x];
        let corners = [(at(x1, y1), 9.0), (at(x2, y1), 3.0), (at(x1, y2), 3.0), (at(x2, y2), 1.0)];
        [0, 1, 2].map(|c| corners.iter().map(|(value, w)| w / 16.0 * value[c]).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::solve;

    fn image(width: usize, height: usize, seed: f32) -> Vec<[f32; 3]> {
        let value = |i: usize, c: usize| {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            120.0 + 60.0 * (seed + 0.31 * x + c as f32).sin() * (0.23 * y - seed).cos()
        };
        (0..width * height).map(|i| [0, 1, 2].map(|c| value(i, c))).collect()
    }

    /// An ellipse with a notch.
    fn region(width: usize, height: usize) -> Vec<bool> {
        let inside = |i: usize| {
            let [x, y] =
                [(i % width) as f32 / width as f32 - 0.5, (i / width) as f32 / height as f32 - 0.5];
            x * x + 1.4 * y * y < 0.17 && !(x > 0.1 && y.abs() < 0.06)
        };
        (0..width * height).map(inside).collect()
    }

    #[test]
    fn agrees_with_a_direct_solution() {
        let (width, height) = (34, 27);
        let (target, source) = (image(width, height, 0.0), image(width, height, 2.0));
        let inside = region(width, height);
        let unknown: Vec<usize> = (0..inside.len()).filter(|&i| inside[i]).collect();
        let mut matrix = vec![vec![0.0; unknown.len()]; unknown.len()];
        let mut right = vec![[0.0; 3]; unknown.len()];
        for (row, &i) in unknown.iter().enumerate() {
            matrix[row][row] = 4.0;
            for j in [i - width, i - 1, i + 1, i + width] {
                match unknown.binary_search(&j) {
                    Ok(column) => matrix[row][column] = -1.0,
                    Err(_) => (0..3).for_each(|c| right[row][c] += f64::from(target[j][c])),
                }
                (0..3).for_each(|c| right[row][c] += f64::from(source[i][c] - source[j][c]));
            }
        }
        let expected = solve(matrix, right).unwrap();
        let mut got = target.clone();
        clone_seamlessly(&mut got, &source, &inside, width);
        for (i, expected) in unknown.into_iter().zip(expected) {
            for c in 0..3 {
                assert!((f64::from(got[i][c]) - expected[c]).abs() < 0.05, "{i} {c}");
            }
        }
        for (i, inside) in inside.into_iter().enumerate() {
            assert!(inside || got[i] == target[i]);
        }
    }

    #[test]
    fn a_source_that_differs_by_a_constant_disappears() {
        let (width, height) = (150, 120);
        let target = image(width, height, 1.0);
        let source: Vec<_> = target.iter().map(|v| [v[0] + 30.0, v[1] - 20.0, v[2]]).collect();
        let mut got = target.clone();
        clone_seamlessly(&mut got, &source, &region(width, height), width);
        for (got, target) in got.as_flattened().iter().zip(target.as_flattened()) {
            assert!((got - target).abs() < 0.05, "{got} {target}");
        }
    }

    #[test]
    fn regions_up_to_the_border_and_tiny_images_are_handled() {
        let mut one = vec![[1.0; 3]];
        clone_seamlessly(&mut one, &[[9.0; 3]], &[true], 1);
        assert_eq!(one, [[1.0; 3]]);
        let mut all = image(20, 17, 0.5);
        let source = image(20, 17, 0.1);
        clone_seamlessly(&mut all, &source, &[true; 340], 20);
        assert!(all.as_flattened().iter().all(|value| value.is_finite()));
        clone_seamlessly(&mut [], &[], &[], 0);
    }
}
