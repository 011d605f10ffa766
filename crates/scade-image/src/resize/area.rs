//! Area resize: every output pixel is the plain mean of the input pixels it touches.

use std::ops::Range;

use image::RgbImage;

use super::PixelRect;

/// Resizes a rectangle by adaptive averaging: output column `i` averages the input columns
/// `floor(i·w/W) .. ceil((i+1)·w/W)`, and rows alike (PyTorch's `interpolate(mode="area")`).
///
/// Returns `3·height·width` values as planes R, G, B, row by row, 0..255, not rounded. Sums are
/// exact integers. No pixel outside the rectangle is read, so no border rule is needed.
/// O(rectangle + `height`·rectangle width), whatever the factor.
///
/// # Panics
/// When `rect` is empty or reaches outside `image`.
#[must_use]
pub fn resize_area(image: &RgbImage, rect: PixelRect, width: u32, height: u32) -> Vec<f32> {
    rect.check(image);
    let (width, height) = (width as usize, height as usize);
    let columns: Vec<_> = (0..width).map(|i| window(i, rect.width as usize, width)).collect();
    let mut out = vec![0.0; 3 * width * height];
    let mut sums = vec![0; 3 * rect.width as usize];
    for y in 0..height {
        let rows = window(y, rect.height as usize, height);
        let count = rows.len();
        add_rows(image, rect, rows, &mut sums);
        for (x, columns) in columns.iter().enumerate() {
            let area = (count * columns.len()) as f32;
            let total = total(&sums[3 * columns.start..3 * columns.end]);
            for (channel, total) in total.into_iter().enumerate() {
                out[(channel * height + y) * width + x] = total as f32 / area;
            }
        }
    }
    out
}

/// The input samples under output sample `i`; never empty.
fn window(i: usize, input: usize, output: usize) -> Range<usize> {
    i * input / output..((i + 1) * input).div_ceil(output)
}

/// Sums the given rows of the rectangle, column by column.
fn add_rows(image: &RgbImage, rect: PixelRect, rows: Range<usize>, sums: &mut [u32]) {
    sums.fill(0);
    for row in rows {
        for (sum, &value) in sums.iter_mut().zip(rect.row(image, row)) {
            // Cannot overflow: 255 times the rows of an image fits. Checked sums, which the dev
            // profile would make of `+=`, are ten times slower.
            *sum = sum.wrapping_add(u32::from(value));
        }
    }
}

/// The sums of red, green and blue over interleaved values.
fn total(sums: &[u32]) -> [u64; 3] {
    sums.chunks_exact(3).fold([0; 3], |[r, g, b], rgb| {
        let add = |sum: u64, value: u32| sum.wrapping_add(u64::from(value));
        [add(r, rgb[0]), add(g, rgb[1]), add(b, rgb[2])]
    })
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::testing;

    /// The definition, pixel by pixel.
    fn slow(image: &RgbImage, rect: PixelRect, width: u32, height: u32) -> Vec<f32> {
        let mut out = Vec::new();
        let bounds = |i: u32, input: u32, output: u32| {
            let step = f64::from(input) / f64::from(output);
            // A rounding error must not change quotients that are whole in exact arithmetic.
            let first = (f64::from(i) * step + 1e-9).floor() as u32;
            let end = (f64::from(i + 1) * step - 1e-9).ceil() as u32;
            first..end
        };
        for channel in 0..3 {
            for y in 0..height {
                for x in 0..width {
                    let (mut sum, mut count) = (0.0, 0.0);
                    for row in bounds(y, rect.height, height) {
                        for column in bounds(x, rect.width, width) {
                            let pixel = image.get_pixel(rect.x + column, rect.y + row);
                            sum += f64::from(pixel[channel]);
                            count += 1.0;
                        }
                    }
                    out.push((sum / count) as f32);
                }
            }
        }
        out
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(1);
        for _ in 0..200 {
            let (image_width, image_height) = testing::size(&mut rng, 40);
            let image = testing::noise(image_width, image_height);
            let x = rng.random_range(0..image_width);
            let y = rng.random_range(0..image_height);
            let width = rng.random_range(1..=image_width - x);
            let height = rng.random_range(1..=image_height - y);
            let rect = PixelRect { x, y, width, height };
            let (width, height) = testing::size(&mut rng, 60);
            let fast = resize_area(&image, rect, width, height);
            let slow = slow(&image, rect, width, height);
            assert_eq!(fast.len(), slow.len());
            for (fast, slow) in fast.iter().zip(&slow) {
                assert!((fast - slow).abs() < 1e-4, "{rect:?} to {width} x {height}");
            }
        }
    }

    /// Rectangle, output size, and `Σ value·(index + 1)` over the output of PyTorch 2.4:
    ///
    /// ```python
    /// t = torch.from_numpy(noise(61, 47).astype(np.float32)).permute(2, 0, 1)[None]
    /// out = F.interpolate(t[:, :, y:y + h, x:x + w], size=(H, W), mode="area").numpy().ravel()
    /// print((out.astype(np.float64) * np.arange(1, out.size + 1)).sum())
    /// ```
    const PYTORCH: [([u32; 4], [u32; 2], f64); 5] = [
        ([0, 0, 61, 47], [24, 24], 190_610_104.769_012_45),
        ([3, 5, 50, 31], [48, 48], 3_085_899_194.75),
        ([0, 0, 61, 47], [17, 13], 28_337_345.864_410_4),
        ([10, 0, 1, 47], [12, 12], 11_669_733.586_349_487),
        ([0, 0, 61, 47], [7, 47], 62_404_086.368_370_056),
    ];

    #[test]
    fn agrees_with_pytorch() {
        let image = testing::noise(61, 47);
        for ([x, y, width, height], [to_width, to_height], expected) in PYTORCH {
            let rect = PixelRect { x, y, width, height };
            let out = resize_area(&image, rect, to_width, to_height);
            let sum: f64 = out.iter().zip(1..).map(|(v, i)| f64::from(*v) * f64::from(i)).sum();
            // Detects a single value that is off by one gray level, even the first one.
            assert!((sum - expected).abs() < 0.5, "{rect:?}: {sum}, expected {expected}");
        }
    }

    #[test]
    fn the_same_size_changes_nothing_and_one_pixel_is_the_mean() {
        let image = testing::noise(5, 4);
        let whole = PixelRect::whole(&image);
        let same = resize_area(&image, whole, 5, 4);
        assert_eq!(same[20 + 7], f32::from(image.get_pixel(2, 1)[1]));
        let green: u32 = image.pixels().map(|pixel| u32::from(pixel[1])).sum();
        assert_eq!(resize_area(&image, whole, 1, 1)[1], green as f32 / 20.0);
    }

    #[test]
    #[should_panic(expected = "outside an image of 5 x 4")]
    fn a_rectangle_outside_the_image_is_refused() {
        let rect = PixelRect { x: 3, y: 0, width: 3, height: 4 };
        let _ = resize_area(&testing::noise(5, 4), rect, 2, 2);
    }
}
