//! Canny's edge detector (Canny 1986) with the rules of OpenCV.

use super::Grid;

/// tan 22.5° in units of 2⁻¹⁵: the gradient directions are separated at 22.5° and 67.5°.
const TAN_22_5: i32 = 13573;

/// The state of a pixel during the search.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Not a local maximum across the edge, or too weak.
    Nothing,
    /// A local maximum above the low threshold.
    Candidate,
    /// On an edge.
    Edge,
}

/// The edge pixels, row by row: equal to OpenCV's `Canny(gray, low, high)` with a 3 × 3 aperture and
/// the L1 norm.
///
/// Derivatives: 3 × 3 Sobel, the outermost pixel replicated outside; magnitude `|dx| + |dy|`, 0
/// outside. A pixel is kept when its magnitude is above `low` and maximal along the gradient
/// (quantized to four directions; of equal neighbors on the axes the left or upper one is kept),
/// and when it is above `high` or 8-connected to one that is. O(pixels).
pub(crate) fn canny(gray: Grid<'_, u8>, low: u32, high: u32) -> Vec<bool> {
    trace(&Gradient::of(gray), low, high)
}

/// The edge pixels of an image of this `width` from its derivatives, by the L2 norm:
/// equal to OpenCV's `Canny(dx, dy, low, high, L2gradient=True)` for thresholds up to 32767.
pub(crate) fn canny_l2(width: usize, dx: Vec<i16>, dy: Vec<i16>, low: u32, high: u32) -> Vec<bool> {
    trace(&Gradient::from_slopes(width, dx, dy), low * low, high * high)
}

fn trace<M: Magnitude>(gradient: &Gradient<M>, low: u32, high: u32) -> Vec<bool> {
    let (width, height) = (gradient.width, gradient.dx.len() / gradient.width);
    let mut states = vec![State::Nothing; width * height];
    let mut strong = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let magnitude = gradient.magnitude(x, y);
            if magnitude <= low || !gradient.is_maximal(x, y) {
                continue;
            }
            let pixel = y * width + x;
            states[pixel] = State::Candidate;
            if magnitude > high {
                states[pixel] = State::Edge;
                strong.push((x, y));
            }
        }
    }
    follow(&mut states, strong, width, height);
    states.into_iter().map(|state| state == State::Edge).collect()
}

/// Turns every candidate that is connected to an edge into an edge.
fn follow(states: &mut [State], mut open: Vec<(usize, usize)>, width: usize, height: usize) {
    while let Some((x, y)) = open.pop() {
        for row in y.saturating_sub(1)..(y + 2).min(height) {
            for column in x.saturating_sub(1)..(x + 2).min(width) {
                let state = &mut states[row * width + column];
                if *state == State::Candidate {
                    *state = State::Edge;
                    open.push((column, row));
                }
            }
        }
    }
}

/// The type of magnitudes, as small as possible.
trait Magnitude: Copy + Ord + Into<u32> {}

impl Magnitude for u16 {}
impl Magnitude for u32 {}

/// Derivatives, and their magnitudes with a border of zeros one pixel wide.
struct Gradient<M> {
    width: usize,
    dx: Vec<i16>,
    dy: Vec<i16>,
    magnitudes: Vec<M>,
}

impl Gradient<u16> {
    /// By Sobel, with the L1 norm.
    fn of(gray: Grid<'_, u8>) -> Self {
        let (width, height) = (gray.width, gray.height);
        let mut dx = vec![0; width * height];
        let mut dy = vec![0; width * height];
        let mut magnitudes = vec![0; (width + 2) * (height + 2)];
        let (mut sums, mut differences) = (vec![0; width + 2], vec![0; width + 2]);
        for y in 0..height {
            let rows =
                [gray.row(y.saturating_sub(1)), gray.row(y), gray.row((y + 1).min(height - 1))];
            add_rows(rows, &mut sums, &mut differences);
            let dx = &mut dx[y * width..][..width];
            let dy = &mut dy[y * width..][..width];
            let magnitudes = &mut magnitudes[(y + 1) * (width + 2) + 1..][..width];
            for x in 0..width {
                dx[x] = sums[x + 2] - sums[x];
                dy[x] = differences[x] + 2 * differences[x + 1] + differences[x + 2];
                magnitudes[x] = dx[x].unsigned_abs() + dy[x].unsigned_abs();
            }
        }
        Self { width, dx, dy, magnitudes }
    }
}

impl Gradient<u32> {
    /// Given derivatives, with the squared L2 norm.
    fn from_slopes(width: usize, dx: Vec<i16>, dy: Vec<i16>) -> Self {
        let height = dx.len() / width;
        let mut magnitudes = vec![0; (width + 2) * (height + 2)];
        for (i, (dx, dy)) in dx.iter().zip(&dy).enumerate() {
            let square = |slope: i16| u32::from(slope.unsigned_abs()).pow(2);
            magnitudes[(i / width + 1) * (width + 2) + i % width + 1] = square(*dx) + square(*dy);
        }
        Self { width, dx, dy, magnitudes }
    }
}

impl<M: Magnitude> Gradient<M> {
    fn magnitude(&self, x: usize, y: usize) -> u32 {
        self.magnitudes[(y + 1) * (self.width + 2) + x + 1].into()
    }

    /// Whether no neighbor along the gradient is stronger.
    fn is_maximal(&self, x: usize, y: usize) -> bool {
        let (dx, dy) = (self.dx[y * self.width + x], self.dy[y * self.width + x]);
        let stride = self.width + 2;
        let center = (y + 1) * stride + x + 1;
        let here = self.magnitudes[center];
        let at = |pixel: usize| self.magnitudes[pixel];
        let across = i32::from(dx.unsigned_abs());
        let down = i32::from(dy.unsigned_abs()) << 15;
        let limit = across * TAN_22_5;
        if down < limit {
            here > at(center - 1) && here >= at(center + 1)
        } else if down > limit + (across << 16) {
            // tan 67.5° = 2 + tan 22.5°
            here > at(center - stride) && here >= at(center + stride)
        } else if (dx ^ dy) < 0 {
            here > at(center - stride + 1) && here > at(center + stride - 1)
        } else {
            here > at(center - stride - 1) && here > at(center + stride + 1)
        }
    }
}

/// The vertical halves of both derivatives for one row, with one replicated column on each side:
/// the smoothed rows for `dx`, the difference of the outer rows for `dy`.
fn add_rows([above, here, below]: [&[u8]; 3], sums: &mut [i16], differences: &mut [i16]) {
    let width = here.len();
    let inner = sums[1..=width].iter_mut().zip(&mut differences[1..=width]);
    for ((sum, difference), ((&a, &b), &c)) in inner.zip(above.iter().zip(here).zip(below)) {
        let (a, b, c) = (i16::from(a), i16::from(b), i16::from(c));
        *sum = a + 2 * b + c;
        *difference = c - a;
    }
    for row in [sums, differences] {
        row[0] = row[1];
        row[width + 1] = row[width];
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_8;

    use super::*;
    use crate::filters::{SIGMA_1_4, gaussian};
    use crate::testing;

    /// The definition, with angles as floats and a search repeated until nothing changes.
    fn slow(gray: Grid<'_, u8>, low: u32, high: u32) -> Vec<bool> {
        let (width, height) = (gray.width as i32, gray.height as i32);
        let level = |x: i32, y: i32| {
            i32::from(gray.row(y.clamp(0, height - 1) as usize)[x.clamp(0, width - 1) as usize])
        };
        let gradient = |x: i32, y: i32| {
            let (mut dx, mut dy) = (0, 0);
            for (offset, weight) in [(-1, 1), (0, 2), (1, 1)] {
                dx += weight * (level(x + 1, y + offset) - level(x - 1, y + offset));
                dy += weight * (level(x + offset, y + 1) - level(x + offset, y - 1));
            }
            (dx, dy)
        };
        let magnitude = |x: i32, y: i32| {
            if x < 0 || y < 0 || x >= width || y >= height {
                return 0;
            }
            let (dx, dy) = gradient(x, y);
            dx.unsigned_abs() + dy.unsigned_abs()
        };
        let is_maximal = |x: i32, y: i32| {
            let (dx, dy) = gradient(x, y);
            let here = magnitude(x, y);
            let angle = f64::from(dy.abs()).atan2(f64::from(dx.abs()));
            if angle < FRAC_PI_8 {
                here > magnitude(x - 1, y) && here >= magnitude(x + 1, y)
            } else if angle > 3.0 * FRAC_PI_8 {
                here > magnitude(x, y - 1) && here >= magnitude(x, y + 1)
            } else {
                let side = if (dx < 0) == (dy < 0) { 1 } else { -1 };
                here > magnitude(x - side, y - 1) && here > magnitude(x + side, y + 1)
            }
        };
        let pixels = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let candidates: Vec<_> =
            pixels().filter(|&(x, y)| magnitude(x, y) > low && is_maximal(x, y)).collect();
        let mut edges: Vec<_> =
            candidates.iter().copied().filter(|&(x, y)| magnitude(x, y) > high).collect();
        loop {
            let touches = |&(x, y): &(i32, i32)| {
                edges.iter().any(|&(u, v)| (u - x).abs() <= 1 && (v - y).abs() <= 1)
            };
            let more: Vec<_> = candidates.iter().copied().filter(touches).collect();
            if more.len() == edges.len() {
                return pixels().map(|pixel| edges.contains(&pixel)).collect();
            }
            edges = more;
        }
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(3);
        let mut found = 0;
        for round in 0..120 {
            let (width, height) = testing::size(&mut rng);
            let mut levels = testing::levels(&mut rng, width, height);
            if round % 2 == 0 {
                levels = gaussian(Grid::new(width, height, &levels), &SIGMA_1_4);
            }
            let gray = Grid::new(width, height, &levels);
            let edges = canny(gray, 50, 150);
            assert_eq!(edges, slow(gray, 50, 150), "{width} x {height}");
            found += edges.iter().filter(|&&edge| edge).count();
        }
        assert!(found > 1000, "{found}");
    }

    /// By `fixtures/make_golden.py`.
    #[test]
    fn equals_opencv() {
        let golden = include_bytes!("../../fixtures/drawn.edges");
        let gray = scade_image::gray(&testing::rendered());
        let smooth = gaussian(Grid::new(117, 90, gray.as_raw()), &SIGMA_1_4);
        let edges = canny(Grid::new(117, 90, &smooth), 50, 150);
        assert_eq!(edges.iter().filter(|&&edge| edge).count(), 274);
        for (pixel, edge) in edges.into_iter().enumerate() {
            let expected = golden[pixel / 8] >> (7 - pixel % 8) & 1 == 1;
            assert_eq!(edge, expected, "pixel {pixel}");
        }
    }

    /// Thresholds beyond any gradient, and a step of exactly the threshold: above means above.
    #[test]
    fn a_threshold_itself_is_not_above() {
        let step: Vec<u8> = [10, 10, 10, 20, 20, 20].repeat(5);
        let gray = Grid::new(6, 5, &step);
        assert!(canny(gray, 0, 39).contains(&true));
        assert!(!canny(gray, 0, 40).contains(&true));
        assert!(!canny(gray, 40, 40).contains(&true));
        assert!(!canny(gray, u32::MAX, u32::MAX).contains(&true));
    }
}
