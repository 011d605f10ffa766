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
    let source = Source::<u8, 3> {
        values: image.as_raw(),
        width: image.width() as usize,
        height: image.height() as usize,
    };
    let mut out = RgbImage::new(width, height);
    let mut bytes = out.chunks_exact_mut(3);
    warp(&source, to_input, width as usize, height as usize, |values| {
        if let Some(rgb) = bytes.next() {
            for (byte, value) in rgb.iter_mut().zip(values) {
                *byte = (value + 0.5) as u8;
            }
        }
    });
    out
}

/// As [`warp_rgb`], with the same geometry, for a plane; values are not rounded.
///
/// # Panics
/// When `plane` has no pixels but the output has.
#[must_use]
pub fn warp_plane(plane: &Plane, to_input: &Similarity, width: usize, height: usize) -> Plane {
    let source =
        Source::<f32, 1> { values: plane.data(), width: plane.width(), height: plane.height() };
    let mut out = Plane::new(width, height);
    let mut values = out.data_mut().iter_mut();
    warp(&source, to_input, width, height, |[value]| {
        if let Some(out) = values.next() {
            *out = value;
        }
    });
    out
}

/// Interleaved pixels of `C` channels.
struct Source<'a, T, const C: usize> {
    values: &'a [T],
    width: usize,
    height: usize,
}

impl<T: Copy + Into<f32>, const C: usize> Source<'_, T, C> {
    /// The bilinear value at a point, in pixels from the corner of the image.
    #[inline(always)]
    fn sample(&self, [x, y]: [f64; 2]) -> [f32; C] {
        let ((left, right_share), (top, lower_share)) = (split(x - 0.5), split(y - 0.5));
        let (left_share, upper_share) = (1.0 - right_share, 1.0 - lower_share);
        let weights = [
            left_share * upper_share,
            right_share * upper_share,
            left_share * lower_share,
            right_share * lower_share,
        ];
        let pixels = self.neighbors(left, top);
        let mut out = [0.0; C];
        for (weight, pixel) in weights.into_iter().zip(pixels) {
            for (out, &value) in out.iter_mut().zip(pixel) {
                *out += weight * value.into();
            }
        }
        out
    }

    /// The pixel in that column and row, that to its right, and the two below them.
    #[inline(always)]
    fn neighbors(&self, left: isize, top: isize) -> [&[T; C]; 4] {
        let (pixels, _) = self.values.as_chunks::<C>();
        // Nearly all are inside; a negative index wraps to a huge one.
        let (column, row) = (left as usize, top as usize);
        if column < self.width.saturating_sub(1) && row < self.height.saturating_sub(1) {
            let (upper, lower) = (row * self.width + column, (row + 1) * self.width + column);
            return [&pixels[upper], &pixels[upper + 1], &pixels[lower], &pixels[lower + 1]];
        }
        let columns = [left, left + 1].map(|x| reflect101(x, self.width));
        let rows = [top, top + 1].map(|y| reflect101(y, self.height) * self.width);
        [[0, 0], [1, 0], [0, 1], [1, 1]].map(|[x, y]| &pixels[rows[y] + columns[x]])
    }
}

/// The integer part (floor) and the fractional part.
///
/// Not `f64::floor`, which is a function call on processors without an instruction for it.
#[inline(always)]
fn split(position: f64) -> (isize, f32) {
    // Beyond this, 64-bit floats cannot distinguish neighboring pixels.
    let position = position.clamp(-1e15, 1e15);
    let truncated = position as isize;
    let whole = truncated - isize::from(position < truncated as f64);
    (whole, (position - whole as f64) as f32)
}

/// Passes the output pixels to `put`, row by row.
fn warp<T: Copy + Into<f32>, const C: usize>(
    source: &Source<'_, T, C>,
    to_input: &Similarity,
    width: usize,
    height: usize,
    put: impl FnMut([f32; C]),
) {
    on_wide_vectors(Warp { source, to_input, width, height, put });
}

struct Warp<'a, T, const C: usize, P> {
    source: &'a Source<'a, T, C>,
    to_input: &'a Similarity,
    width: usize,
    height: usize,
    put: P,
}

impl<T: Copy + Into<f32>, const C: usize, P: FnMut([f32; C])> NullaryFnOnce for Warp<'_, T, C, P> {
    type Output = ();

    // Inlined, with everything it calls, into one version per vector width.
    #[inline(always)]
    fn call(self) {
        let Self { source, to_input, width, height, mut put } = self;
        let samples = samples_per_axis(to_input.scale());
        for y in 0..height {
            for x in 0..width {
                let (x, y) = (x as f64, y as f64);
                if samples == 1 {
                    put(source.sample(to_input.at(x + 0.5, y + 0.5)));
                } else {
                    put(mean_over_pixel(source, to_input, [x, y], samples));
                }
            }
        }
    }
}

/// One up to a twofold reduction; above it as many as there are input pixels under an output pixel.
fn samples_per_axis(scale: f64) -> usize {
    if scale <= 2.0 { 1 } else { (scale.ceil() as usize).min(MOST_SAMPLES) }
}

/// The mean of `samples` × `samples` values spread evenly over the output pixel at `corner`.
#[inline(always)]
fn mean_over_pixel<T: Copy + Into<f32>, const C: usize>(
    source: &Source<'_, T, C>,
    to_input: &Similarity,
    corner: [f64; 2],
    samples: usize,
) -> [f32; C] {
    let offset = |i: usize| (i as f64 + 0.5) / samples as f64;
    let mut sums = [0.0; C];
    for row in 0..samples {
        for column in 0..samples {
            let point = to_input.at(corner[0] + offset(column), corner[1] + offset(row));
            for (sum, value) in sums.iter_mut().zip(source.sample(point)) {
                *sum += value;
            }
        }
    }
    sums.map(|sum| sum / (samples * samples) as f32)
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
