//! Warping a face onto the landmarks of another: a thin-plate spline through five points.

use scade_image::{Landmarks, RgbImage};

use crate::linear::solve;

/// How much the spline may miss the landmarks, to bend less: 0 meets them, infinity is the affine map of
/// least squared error.
const STIFFNESS: f64 = 0.06;

/// Distance in pixels of the points where the spline is evaluated; between them it is interpolated.
const GRID: usize = 8;

/// A thin-plate spline (Bookstein 1989): the smoothest map of the plane that takes one set of landmarks
/// nearly to another. Far from the landmarks it is nearly affine.
#[derive(Debug, Clone, PartialEq)]
pub struct Spline {
    /// Where the map has its landmarks, in units of `unit` around `center`.
    points: [[f64; 2]; 5],
    /// For each landmark, then for 1, x and y: the two coordinates of the image of a point.
    weights: Vec<[f64; 2]>,
    center: [f64; 2],
    unit: f64,
}

impl Spline {
    /// The map that takes `from` to `to`; `None` when the landmarks of `from` lie on a line or a coordinate
    /// is not finite.
    #[must_use]
    pub fn between(from: &Landmarks, to: &Landmarks) -> Option<Self> {
        let wide = from.0.map(|point| point.map(f64::from));
        let center = [0, 1].map(|axis| wide.iter().map(|point| point[axis]).sum::<f64>() / 5.0);
        let unit = (wide[1][0] - wide[0][0]).hypot(wide[1][1] - wide[0][1]);
        let points = wide.map(|[x, y]| [(x - center[0]) / unit, (y - center[1]) / unit]);
        let mut matrix = vec![vec![0.0; 8]; 8];
        for i in 0..5 {
            for j in 0..5 {
                matrix[i][j] = bend(points[i], points[j]);
            }
            matrix[i][i] += STIFFNESS;
            for (j, value) in [1.0, points[i][0], points[i][1]].into_iter().enumerate() {
                matrix[i][5 + j] = value;
                matrix[5 + j][i] = value;
            }
        }
        let mut right: Vec<[f64; 2]> = to.0.iter().map(|point| point.map(f64::from)).collect();
        right.resize(8, [0.0; 2]);
        let weights = solve(matrix, right)?;
        let finite = weights.iter().flatten().all(|weight| weight.is_finite());
        finite.then_some(Self { points, weights, center, unit })
    }

    /// Where a point goes.
    #[must_use]
    pub fn apply(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let at = [
            (f64::from(x) - self.center[0]) / self.unit,
            (f64::from(y) - self.center[1]) / self.unit,
        ];
        let (bends, affine) = self.weights.split_at(5);
        [0, 1].map(|axis| {
            let bent: f64 =
                self.points.iter().zip(bends).map(|(p, w)| w[axis] * bend(*p, at)).sum();
            (bent + affine[0][axis] + affine[1][axis] * at[0] + affine[2][axis] * at[1]) as f32
        })
    }
}

/// The basis function r² ln r² of the distance of two points.
fn bend(a: [f64; 2], b: [f64; 2]) -> f64 {
    let square = (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    if square > 0.0 { square * square.ln() } else { 0.0 }
}

/// The rectangle of an image, `[left, top, width, height]` in pixels, filled from `source`: its pixel at
/// `p` is that of the source at `to_source.apply(p)`, by Catmull-Rom interpolation. Beyond its border the
/// source is continued by its last pixels.
#[must_use]
pub fn warp_by(to_source: &Spline, source: &RgbImage, rect: [u32; 4]) -> RgbImage {
    let [left, top, width, height] = rect;
    let columns = width as usize / GRID + 2;
    // Positions along a line of the grid.
    let line = |row: usize| -> Vec<[f32; 2]> {
        let y = top as f32 + (row * GRID) as f32 + 0.5;
        let at = |column: usize| [left as f32 + (column * GRID) as f32 + 0.5, y];
        (0..columns).map(|column| to_source.apply(at(column))).collect()
    };
    let mut out = RgbImage::new(width, height);
    let (mut upper, mut lower) = (line(0), line(1));
    for y in 0..height as usize {
        if y > 0 && y % GRID == 0 {
            upper = lower;
            lower = line(y / GRID + 1);
        }
        let v = (y % GRID) as f32 / GRID as f32;
        let knots: Vec<[f32; 2]> = upper.iter().zip(&lower).map(|(a, b)| mix(*a, *b, v)).collect();
        for x in 0..width as usize {
            let u = (x % GRID) as f32 / GRID as f32;
            let position = mix(knots[x / GRID], knots[x / GRID + 1], u);
            out.put_pixel(x as u32, y as u32, cubic(source, position).into());
        }
    }
    out
}

fn mix(a: [f32; 2], b: [f32; 2], t: f32) -> [f32; 2] {
    [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]
}

/// The value between 4 × 4 pixels around a position.
fn cubic(image: &RgbImage, [x, y]: [f32; 2]) -> [u8; 3] {
    let (width, height) = (image.width() as i32, image.height() as i32);
    let (x, y) = (x - 0.5, y - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (across, down) = (catmull_rom(x - left), catmull_rom(y - top));
    let (left, top) = (left as i32 - 1, top as i32 - 1);
    let columns = [0, 1, 2, 3].map(|i| 3 * (left + i).clamp(0, width - 1) as usize);
    let pixels = image.as_raw();
    let mut sums = [0.0_f32; 3];
    for (j, down) in (0..).zip(down) {
        let row = 3 * ((top + j).clamp(0, height - 1) * width) as usize;
        for (column, across) in columns.into_iter().zip(across) {
            let weight = down * across;
            for (sum, value) in sums.iter_mut().zip(&pixels[row + column..row + column + 3]) {
                *sum += weight * f32::from(*value);
            }
        }
    }
    // Clamped by the conversion.
    sums.map(|sum| (sum + 0.5) as u8)
}

/// Weights of the four pixels around a position, `t` after the second.
fn catmull_rom(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        -0.5 * t + t2 - 0.5 * t3,
        1.0 - 2.5 * t2 + 1.5 * t3,
        0.5 * t + 2.0 * t2 - 1.5 * t3,
        -0.5 * t2 + 0.5 * t3,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACE: Landmarks =
        Landmarks([[30.0, 40.0], [70.0, 38.0], [50.0, 62.0], [34.0, 85.0], [66.0, 84.0]]);

    #[test]
    fn an_affine_change_is_followed_exactly_everywhere() {
        let map = |[x, y]: [f32; 2]| [1.2 * x - 0.3 * y + 5.0, 0.1 * x + 0.8 * y - 9.0];
        let spline = Spline::between(&FACE, &Landmarks(FACE.0.map(map))).unwrap();
        for point in [[50.0, 60.0], [0.0, 0.0], [200.0, -50.0]] {
            let (got, expected) = (spline.apply(point), map(point));
            assert!((got[0] - expected[0]).abs() < 1e-3 && (got[1] - expected[1]).abs() < 1e-3);
        }
    }

    #[test]
    fn other_changes_are_followed_nearly_at_the_landmarks() {
        let mut to = FACE;
        to.0[2][0] += 4.0;
        to.0[3][1] += 4.0;
        let spline = Spline::between(&FACE, &to).unwrap();
        for (from, to) in FACE.0.into_iter().zip(to.0) {
            let [x, y] = spline.apply(from);
            assert!((x - to[0]).hypot(y - to[1]) < 1.5, "{x} {y} {to:?}");
        }
    }

    #[test]
    fn landmarks_on_a_line_have_no_spline() {
        assert_eq!(Spline::between(&Landmarks([[3.0, 3.0]; 5]), &FACE), None);
        let line = Landmarks([0.0, 1.0, 2.0, 3.0, 4.0].map(|x| [x, 2.0 * x]));
        assert_eq!(Spline::between(&line, &FACE), None);
        assert_eq!(Spline::between(&Landmarks([[f32::NAN; 2]; 5]), &FACE), None);
    }

    #[test]
    fn the_identity_copies_a_rectangle() {
        let image = RgbImage::from_fn(90, 70, |x, y| {
            [(2 * x) as u8, (3 * y) as u8, (x * y % 251) as u8].into()
        });
        let identity = Spline::between(&FACE, &FACE).unwrap();
        let out = warp_by(&identity, &image, [7, 11, 61, 43]);
        for (x, y, pixel) in out.enumerate_pixels() {
            let expected = image.get_pixel(x + 7, y + 11);
            assert!(pixel.0.iter().zip(expected.0).all(|(a, b)| a.abs_diff(b) <= 1), "{x} {y}");
        }
    }
}
