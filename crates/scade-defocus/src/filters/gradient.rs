//! Squared gradients of planes.

use scade_image::{Plane, reflect101};

/// `gx² + gy²` at every pixel, by central differences `(v[x+1] − v[x−1]) / 2`.
///
/// Border: reflect-101, so that the difference across it is 0. O(pixels).
pub(crate) fn squared_gradient(plane: &Plane) -> Plane {
    let mut out = Plane::new(plane.width(), plane.height());
    for (y, out) in out.data_mut().chunks_exact_mut(plane.width()).enumerate() {
        squared_gradient_row(plane, y, out);
    }
    out
}

/// The mean of [`squared_gradient`] over blocks of 2 × 2 pixels: a plane of half the size, rounded
/// up. A block that reaches beyond an odd size uses mirrored pixels.
pub(crate) fn squared_gradient_halved(plane: &Plane) -> Plane {
    let (width, height) = (plane.width(), plane.height());
    let mut out = Plane::new(width.div_ceil(2), height.div_ceil(2));
    let (mut upper, mut lower) = (vec![0.0; width + 1], vec![0.0; width + 1]);
    let mirrored = reflect101(width as isize, width);
    let half_width = out.width();
    for (y, out) in out.data_mut().chunks_exact_mut(half_width).enumerate() {
        squared_gradient_row(plane, 2 * y, &mut upper[..width]);
        squared_gradient_row(plane, reflect101(2 * y as isize + 1, height), &mut lower[..width]);
        upper.iter_mut().zip(&lower).for_each(|(upper, lower)| *upper += lower);
        upper[width] = upper[mirrored];
        for (out, [left, right]) in out.iter_mut().zip(upper.as_chunks().0) {
            *out = 0.25 * (left + right);
        }
    }
    out
}

fn squared_gradient_row(plane: &Plane, y: usize, out: &mut [f32]) {
    let width = plane.width();
    let row = |y: isize| &plane.data()[reflect101(y, plane.height()) * width..][..width];
    let y = y as isize;
    let (above, here, below) = (row(y - 1), row(y), row(y + 1));
    for (out, (above, below)) in out.iter_mut().zip(above.iter().zip(below)) {
        let down = 0.5 * (below - above);
        *out = down * down;
    }
    let Some(inner) = out.get_mut(1..width - 1) else { return };
    for (out, (left, right)) in inner.iter_mut().zip(here.iter().zip(&here[2..])) {
        let across = 0.5 * (right - left);
        *out += across * across;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn slow(plane: &Plane, x: usize, y: usize) -> f32 {
        let at = |x: isize, y: isize| {
            plane.at(reflect101(x, plane.width()), reflect101(y, plane.height()))
        };
        let (x, y) = (x as isize, y as isize);
        let across = (at(x + 1, y) - at(x - 1, y)) / 2.0;
        let down = (at(x, y + 1) - at(x, y - 1)) / 2.0;
        across * across + down * down
    }

    #[test]
    fn agree_with_the_definition() {
        let mut rng = testing::rng(21);
        for _ in 0..100 {
            let (width, height) = testing::size(&mut rng);
            let plane = testing::plane(&mut rng, width, height);
            let (whole, half) = (squared_gradient(&plane), squared_gradient_halved(&plane));
            for y in 0..height {
                for x in 0..width {
                    assert!((whole.at(x, y) - slow(&plane, x, y)).abs() < 1e-2);
                }
            }
            assert_eq!((half.width(), half.height()), (width.div_ceil(2), height.div_ceil(2)));
            for y in 0..half.height() {
                for x in 0..half.width() {
                    let mean: f32 = [(0, 0), (1, 0), (0, 1), (1, 1)]
                        .map(|(i, j)| {
                            let x = reflect101((2 * x + i) as isize, width);
                            0.25 * slow(&plane, x, reflect101((2 * y + j) as isize, height))
                        })
                        .iter()
                        .sum();
                    assert!((half.at(x, y) - mean).abs() < 1e-2, "{width} x {height}");
                }
            }
        }
    }
}
