//! Rotating, scaling and shifting images by a [`Similarity`].

use image::RgbImage;
use pulp::NullaryFnOnce;

use crate::{Plane, Similarity, on_wide_vectors, reflect101};

/// Maximum number of samples per output pixel and axis; beyond a 16-fold reduction, input pixels are
/// skipped.
const MOST_SAMPLES: usize = 16;

/// An image of `width` × `height` whose pixel at center `p` is the value of `image` at
/// `to_input.apply(p)`: the map goes **from the output to the input**.
///
/// Bilinear between pixel centers; outside, the image continues by [`reflect101`], as far as
/// needed. When the map shrinks by more than 2 (`to_input.scale() > 2`), each output pixel is the
/// mean of `n × n` bilinear samples spread evenly over its area, `n = ceil(scale)` and at most 16, so
/// that no input pixel is skipped. Rounded half up. O(`width`·`height`·n²).
///
/// # Panics
/// When `image` has no pixels but the output has.
#[must_use]
pub fn warp_rgb(image: &RgbImage, to_input: &Similarity, width: u32, height: u32) -> RgbImage {
    let source = Source::<u8, 3, 4> {
        values: image.as_raw(),
        width: image.width() as usize,
        height: image.height() as usize,
    };
    let mut out = RgbImage::new(width, height);
    let size = [width as usize, height as usize];
    // Rounds half up; a mean of bytes needs no clamping.
    warp(&source, to_input, size, &mut out, |value| (value + 0.5) as i32 as u8);
    out
}

/// As [`warp_rgb`], with the same geometry, for a plane; values are not rounded.
///
/// # Panics
/// When `plane` has no pixels but the output has.
#[must_use]
pub fn warp_plane(plane: &Plane, to_input: &Similarity, width: usize, height: usize) -> Plane {
    let source =
        Source::<f32, 1, 1> { values: plane.data(), width: plane.width(), height: plane.height() };
    let mut out = Plane::new(width, height);
    warp(&source, to_input, [width, height], out.data_mut(), |value| value);
    out
}

/// Output pixels that are computed together: their positions fill vectors.
const BLOCK: usize = 16;

/// Positions up to this distance are computed as 32-bit integers.
const NEAR: f64 = 1e9;

/// Interleaved pixels of `C` channels, read as `L` lanes, of which the first `C` count: four lanes fill a
/// vector where three do not.
struct Source<'a, T, const C: usize, const L: usize> {
    values: &'a [T],
    width: usize,
    height: usize,
}

/// Where some output pixels are in the input: the pixel to the upper left, and how far beyond its center,
/// 0..1.
struct Points {
    left: [i32; BLOCK],
    top: [i32; BLOCK],
    right_share: [f32; BLOCK],
    lower_share: [f32; BLOCK],
}

impl Points {
    /// Of the output pixels from `x` on, in pixels from the corner of the output. All must be near.
    #[inline(always)]
    fn new(to_input: &Similarity, [x, y]: [f64; 2]) -> Self {
        let mut points = Self {
            left: [0; BLOCK],
            top: [0; BLOCK],
            right_share: [0.0; BLOCK],
            lower_share: [0.0; BLOCK],
        };
        for i in 0..BLOCK {
            let [u, v] = to_input.at(x + f64::from(i as i32), y).map(|position| position - 0.5);
            let (left, top) = (u.floor(), v.floor());
            (points.left[i], points.top[i]) = (left as i32, top as i32);
            points.right_share[i] = (u - left) as f32;
            points.lower_share[i] = (v - top) as f32;
        }
        points
    }
}

impl<T: Copy + Into<f32>, const C: usize, const L: usize> Source<'_, T, C, L> {
    /// Adds the bilinear values at some points, which lie on a line.
    #[inline(always)]
    fn add(&self, to_input: &Similarity, [x, y]: [f64; 2], sums: &mut [[f32; L]; BLOCK]) {
        let is_near = |x: f64| to_input.at(x, y).iter().all(|value| value.abs() < NEAR);
        if is_near(x) && is_near(x + BLOCK as f64) {
            let points = Points::new(to_input, [x, y]);
            for (i, sum) in sums.iter_mut().enumerate() {
                let shares = [points.right_share[i], points.lower_share[i]];
                self.blend(points.left[i] as isize, points.top[i] as isize, shares, sum);
            }
        } else {
            for (i, sum) in sums.iter_mut().enumerate() {
                let [u, v] = to_input.at(x + i as f64, y);
                let ((left, right_share), (top, lower_share)) = (split(u - 0.5), split(v - 0.5));
                self.blend(left, top, [right_share, lower_share], sum);
            }
        }
    }

    /// Adds the bilinear value between the pixel in a column and row, that to its right, and the two below
    /// them.
    #[inline(always)]
    fn blend(
        &self,
        left: isize,
        top: isize,
        [right_share, lower_share]: [f32; 2],
        sum: &mut [f32; L],
    ) {
        let (left_share, upper_share) = (1.0 - right_share, 1.0 - lower_share);
        let weights = [
            left_share * upper_share,
            right_share * upper_share,
            left_share * lower_share,
            right_share * lower_share,
        ];
        let pixels = self.inside(left, top).unwrap_or_else(|| self.at_border(left, top));
        let mut value = [0.0; L];
        for (weight, pixel) in weights.into_iter().zip(pixels) {
            for (value, part) in value.iter_mut().zip(pixel) {
                *value += weight * part;
            }
        }
        for (sum, value) in sum.iter_mut().zip(value) {
            *sum += value;
        }
    }

    /// The four pixels, if they are inside with room for all lanes behind the last.
    #[inline(always)]
    fn inside(&self, left: isize, top: isize) -> Option<[[f32; L]; 4]> {
        // A negative index wraps to a huge one.
        let (column, row) = (left as usize, top as usize);
        if column >= self.width.saturating_sub(1) || row >= self.height.saturating_sub(1) {
            return None;
        }
        let upper = C * (row * self.width + column);
        let lower = upper + C * self.width;
        let pair = |at: usize| -> Option<[[f32; L]; 2]> {
            let values = self.values.get(at..at + C + L)?;
            Some([lanes(&values[..L]), lanes(&values[C..])])
        };
        let ([a, b], [c, d]) = (pair(upper)?, pair(lower)?);
        Some([a, b, c, d])
    }

    /// The four pixels where the image continues by reflection.
    #[inline(always)]
    fn at_border(&self, left: isize, top: isize) -> [[f32; L]; 4] {
        let [left, right] = [left, left + 1].map(|x| C * reflect101(x, self.width));
        let [upper, lower] = [top, top + 1].map(|y| C * reflect101(y, self.height) * self.width);
        [upper + left, upper + right, lower + left, lower + right].map(|at| {
            let pixel: &[T; C] = self.values[at..].first_chunk().expect("inside the image");
            lanes(pixel)
        })
    }
}

/// Some numbers; those that are missing are 0.
#[inline(always)]
fn lanes<T: Copy + Into<f32>, const L: usize>(values: &[T]) -> [f32; L] {
    let mut lanes = [0.0; L];
    for (lane, &value) in lanes.iter_mut().zip(values) {
        *lane = value.into();
    }
    lanes
}

/// The integer part (floor) and the fractional part.
fn split(position: f64) -> (isize, f32) {
    // Beyond this, 64-bit floats cannot distinguish neighboring pixels.
    let position = position.clamp(-1e15, 1e15);
    let whole = position.floor();
    (whole as isize, (position - whole) as f32)
}

/// Fills `out`, pixels of `C` channels and `[width, height]` of them, with what `round` makes of their values.
fn warp<T: Copy + Into<f32>, const C: usize, const L: usize>(
    source: &Source<'_, T, C, L>,
    to_input: &Similarity,
    [width, height]: [usize; 2],
    out: &mut [T],
    round: impl Fn(f32) -> T,
) {
    debug_assert_eq!(out.len(), C * width * height);
    if width > 0 {
        on_wide_vectors(Warp { source, to_input, width, out, round });
    }
}

struct Warp<'a, T, const C: usize, const L: usize, R> {
    source: &'a Source<'a, T, C, L>,
    to_input: &'a Similarity,
    width: usize,
    out: &'a mut [T],
    round: R,
}

impl<T: Copy + Into<f32>, const C: usize, const L: usize, R: Fn(f32) -> T> NullaryFnOnce
    for Warp<'_, T, C, L, R>
{
    type Output = ();

    // Inlined, with everything it calls, into one version per vector width.
    #[inline(always)]
    fn call(self) {
        let Self { source, to_input, width, out, round } = self;
        let samples = samples_per_axis(to_input.scale());
        let offset = |i: usize| (i as f64 + 0.5) / samples as f64;
        let count = (samples * samples) as f32;
        for (y, row) in out.chunks_exact_mut(C * width).enumerate() {
            for (x, block) in row.chunks_mut(C * BLOCK).enumerate() {
                // A block that ends beyond the row is computed as a whole, too.
                let corner = [(x * BLOCK) as f64, y as f64];
                let mut sums = [[0.0; L]; BLOCK];
                for sub_row in 0..samples {
                    for column in 0..samples {
                        let at = [corner[0] + offset(column), corner[1] + offset(sub_row)];
                        source.add(to_input, at, &mut sums);
                    }
                }
                for (pixel, sum) in block.as_chunks_mut::<C>().0.iter_mut().zip(&sums) {
                    for (value, sum) in pixel.iter_mut().zip(sum) {
                        *value = round(sum / count);
                    }
                }
            }
        }
    }
}

/// One up to a twofold reduction; above it as many as there are input pixels under an output pixel.
fn samples_per_axis(scale: f64) -> usize {
    if scale <= 2.0 { 1 } else { (scale.ceil() as usize).min(MOST_SAMPLES) }
}

#[cfg(test)]
mod tests {
    use image::Rgb;
    use rand::RngExt;

    use super::*;
    use crate::{PixelRect, resize_area, testing};

    fn shift(x: f32, y: f32) -> Similarity {
        Similarity::around([0.0, 0.0], 0.0, 1.0, [x, y])
    }

    fn plane_of(width: usize, height: usize, value: impl Fn(usize, usize) -> f32) -> Plane {
        let pixels = (0..width * height).map(|i| value(i % width, i / width));
        Plane::from_vec(width, height, pixels.collect()).unwrap()
    }

    #[test]
    fn identity_and_whole_shifts_copy_pixels_with_mirrored_borders() {
        let mut rng = testing::rng(4);
        for _ in 0..60 {
            let (width, height) = testing::size(&mut rng, 9);
            let image = testing::noise(width, height);
            assert_eq!(warp_rgb(&image, &Similarity::IDENTITY, width, height), image);
            let (dx, dy) = (rng.random_range(-30..30_i32), rng.random_range(-30..30_i32));
            let out = warp_rgb(&image, &shift(dx as f32, dy as f32), 11, 7);
            for (x, y, pixel) in out.enumerate_pixels() {
                let column = reflect101(x as isize + dx as isize, width as usize);
                let row = reflect101(y as isize + dy as isize, height as usize);
                assert_eq!(pixel, image.get_pixel(column as u32, row as u32));
            }
        }
    }

    /// OpenCV 4.10 rounds coordinates to 1/32 pixel, which on noise is up to 5 gray levels:
    ///
    /// ```python
    /// a, b = 1.2 * cos(.3), 1.2 * sin(.3)       # Similarity::around([30, 20], .3, 1.2, [2, -3])
    /// m = np.array([[a, -b, 30 - a * 30 + b * 20 + 2], [b, a, 20 - b * 30 - a * 20 - 3]])
    /// m[:, 2] += m[:, :2] @ [.5, .5] - .5       # OpenCV counts from the center of a pixel
    /// cv2.warpAffine(noise(61, 47), m, (32, 24), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
    ///                borderMode=cv2.BORDER_REFLECT_101).tofile("warp.rgb")
    /// ```
    #[test]
    fn agrees_with_opencv() {
        let golden = include_bytes!("../fixtures/warp.rgb");
        let map = Similarity::around([30.0, 20.0], 0.3, 1.2, [2.0, -3.0]);
        let out = warp_rgb(&testing::noise(61, 47), &map, 32, 24);
        let differences = out.as_raw().iter().zip(golden).map(|(a, b)| u32::from(a.abs_diff(*b)));
        assert!(differences.clone().max() <= Some(5));
        assert!(differences.sum::<u32>() < golden.len() as u32, "one gray level on average");
    }

    #[test]
    fn a_quarter_turn_moves_whole_pixels() {
        let image = testing::noise(6, 6);
        let turn = Similarity::around([3.0, 3.0], std::f32::consts::FRAC_PI_2, 1.0, [0.0, 0.0]);
        let out = warp_rgb(&image, &turn, 6, 6);
        for (x, y, pixel) in out.enumerate_pixels() {
            assert_eq!(pixel, image.get_pixel(5 - y, x));
        }
    }

    #[test]
    fn a_slope_stays_a_slope() {
        let slope = |x: f32, y: f32| 2.0 * x - 0.75 * y;
        let plane = plane_of(60, 60, |x, y| slope(x as f32 + 0.5, y as f32 + 0.5));
        for scale in [0.3, 1.0, 1.9, 2.5, 3.0] {
            let map = Similarity::around([5.0, 5.0], 0.4, scale, [25.0, 25.0]);
            let out = warp_plane(&plane, &map, 10, 10);
            for y in 0..10 {
                for x in 0..10 {
                    let [u, v] = map.apply([x as f32 + 0.5, y as f32 + 0.5]);
                    assert!((out.at(x, y) - slope(u, v)).abs() < 1e-3, "{scale} {x} {y}");
                }
            }
        }
    }

    #[test]
    fn a_whole_reduction_is_the_mean_over_blocks() {
        let image = testing::noise(24, 36);
        for factor in [3, 4, 6, 12] {
            let (width, height) = (24 / factor, 36 / factor);
            let map = Similarity::around([0.0, 0.0], 0.0, factor as f32, [0.0, 0.0]);
            let out = warp_rgb(&image, &map, width, height);
            let means = resize_area(&image, PixelRect::whole(&image), width, height);
            let pixels = (width * height) as usize;
            for (i, pixel) in out.pixels().enumerate() {
                for channel in 0..3 {
                    let error = f32::from(pixel[channel]) - means[channel * pixels + i];
                    assert!(error.abs() < 0.501, "{factor}: {error}");
                }
            }
        }
    }

    #[test]
    fn planes_and_images_have_the_same_geometry() {
        let image = testing::noise(20, 15);
        let red = plane_of(20, 15, |x, y| f32::from(image.get_pixel(x as u32, y as u32)[0]));
        for scale in [0.5, 1.3, 2.7] {
            let map = Similarity::around([9.0, 7.0], -0.7, scale, [1.5, -4.0]);
            let colors = warp_rgb(&image, &map, 17, 23);
            let plane = warp_plane(&red, &map, 17, 23);
            for (pixel, value) in colors.pixels().zip(plane.data()) {
                assert!((f32::from(pixel[0]) - value).abs() < 0.501);
            }
        }
    }

    #[test]
    fn extreme_maps_terminate_and_stay_in_range() {
        let image = RgbImage::from_pixel(3, 1, Rgb([9, 90, 200]));
        for (scale, far) in [(1e-6, 0.0), (1e9, 0.0), (1.0, 1e30), (1e30, -1e30)] {
            let map = Similarity::around([0.0, 0.0], 1.0, scale, [far, far]);
            let out = warp_rgb(&image, &map, 4, 3);
            assert!(out.pixels().all(|&pixel| pixel == Rgb([9, 90, 200])), "{scale} {far}");
        }
    }
}
