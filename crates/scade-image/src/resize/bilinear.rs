//! Antialiased bilinear resize with Pillow's arithmetic, bit for bit.

use image::RgbImage;

use super::PixelRect;

/// Fraction bits of the fixed-point weights.
const BITS: u32 = 22;

/// Resizes a rectangle as Pillow's `crop(rect).resize((width, height), BILINEAR)` does.
///
/// Each axis is a weighted mean under a triangle around the mapped pixel center; the triangle has
/// half-width 1 input pixel when enlarging and `w/W` input pixels when shrinking, so that nothing is
/// skipped. At the border the triangle is truncated and renormalized; no pixel outside the rectangle is
/// read. Columns first, rounded to 8 bits, then rows, rounded again; weights in 2⁻²², rounding half
/// up. (Pillow 10.4; Pillow 13.0 takes rows first where it widens and lowers at once, which can
/// differ by one gray level.) O((rectangle height · `width`) · support + `width`·`height` · support).
///
/// # Panics
/// When `rect` is empty or reaches outside `image`.
#[must_use]
pub fn resize_bilinear(image: &RgbImage, rect: PixelRect, width: u32, height: u32) -> RgbImage {
    rect.check(image);
    let columns = axis_weights(rect.width as usize, width as usize);
    let rows = axis_weights(rect.height as usize, height as usize);
    let stride = 3 * width as usize;
    let mut narrowed = vec![0; stride * rect.height as usize];
    if stride > 0 {
        for (y, out) in narrowed.chunks_exact_mut(stride).enumerate() {
            resize_row(rect.row(image, y), &columns, out);
        }
    }
    let mut out = RgbImage::new(width, height);
    let mut sums = vec![0; stride];
    for (weights, out) in rows.iter().zip(out.chunks_exact_mut(stride.max(1))) {
        mix_rows(&narrowed, weights, &mut sums, out);
    }
    out
}

/// The inputs of one output sample: the first of them, and the weight of each in 2⁻²².
struct Weights {
    start: usize,
    values: Vec<i32>,
}

/// The kernel weights of every output sample of one axis.
fn axis_weights(input: usize, output: usize) -> Vec<Weights> {
    let scale = input as f64 / output as f64;
    let support = scale.max(1.0);
    let per_pixel = 1.0 / support;
    (0..output)
        .map(|i| {
            let center = (i as f64 + 0.5) * scale;
            // Casts to usize saturate at 0, which truncates at the border.
            let start = (center - support + 0.5) as usize;
            let end = ((center + support + 0.5) as usize).min(input);
            let weights: Vec<f64> =
                (start..end).map(|x| triangle((x as f64 - center + 0.5) * per_pixel)).collect();
            Weights { start, values: fixed_point(&weights) }
        })
        .collect()
}

/// The bilinear kernel.
fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Normalizes weights to a sum of one, in units of 2⁻²².
fn fixed_point(weights: &[f64]) -> Vec<i32> {
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| (0.5 + weight / sum * f64::from(1 << BITS)) as i32).collect()
}

/// Resizes one row.
fn resize_row(row: &[u8], columns: &[Weights], out: &mut [u8]) {
    for (weights, out) in columns.iter().zip(out.chunks_exact_mut(3)) {
        let mut sums = [1 << (BITS - 1); 3];
        for (weight, rgb) in weights.values.iter().zip(row[3 * weights.start..].chunks_exact(3)) {
            for (sum, &value) in sums.iter_mut().zip(rgb) {
                *sum += weight * i32::from(value);
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = to_byte(sum);
        }
    }
}

/// The weighted sum of whole rows.
fn mix_rows(rows: &[u8], weights: &Weights, sums: &mut [i32], out: &mut [u8]) {
    sums.fill(1 << (BITS - 1));
    let first = weights.start * out.len();
    for (weight, row) in weights.values.iter().zip(rows[first..].chunks_exact(out.len())) {
        for (sum, &value) in sums.iter_mut().zip(row) {
            *sum += weight * i32::from(value);
        }
    }
    for (out, &sum) in out.iter_mut().zip(sums.iter()) {
        *out = to_byte(sum);
    }
}

/// Drops the fraction bits; rounding errors of the weights can reach just past 255.
fn to_byte(sum: i32) -> u8 {
    (sum >> BITS).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{checksum, noise};

    /// Rectangle, output size, and the checksum of the output of Pillow 10.4:
    ///
    /// ```python
    /// im = Image.fromarray(noise(61, 47))
    /// out = im.crop((x, y, x + w, y + h)).resize((W, H), Image.BILINEAR)
    /// print(checksum(out))
    /// ```
    const PILLOW: [([u32; 4], [u32; 2], u64); 9] = [
        ([0, 0, 61, 47], [256, 256], 2_469_647_521_942),
        ([3, 5, 50, 31], [17, 9], 13_534_562),
        ([0, 0, 61, 47], [61, 20], 855_815_764),
        ([10, 0, 1, 47], [5, 5], 346_640),
        ([0, 46, 61, 1], [7, 3], 256_071),
        ([60, 46, 1, 1], [4, 2], 37_428),
        ([1, 2, 58, 45], [59, 44], 3_874_965_368),
        ([0, 0, 61, 47], [1, 1], 769),
        ([5, 5, 30, 30], [60, 15], 472_927_596),
    ];

    #[test]
    fn equals_pillow() {
        let image = noise(61, 47);
        for ([x, y, width, height], [to_width, to_height], expected) in PILLOW {
            let rect = PixelRect { x, y, width, height };
            let out = resize_bilinear(&image, rect, to_width, to_height);
            assert_eq!(out.dimensions(), (to_width, to_height));
            assert_eq!(checksum(out.as_raw()), expected, "{rect:?} to {to_width} x {to_height}");
        }
    }

    /// `noise(700, 500)` to 256 × 256 with the same snippet.
    #[test]
    fn equals_pillow_at_the_size_of_a_crop() {
        let image = noise(700, 500);
        let out = resize_bilinear(&image, PixelRect::whole(&image), 256, 256);
        assert_eq!(checksum(out.as_raw()), 2_462_548_710_030);
    }

    #[test]
    fn the_same_size_changes_nothing_and_no_size_gives_nothing() {
        let image = noise(13, 5);
        let whole = PixelRect::whole(&image);
        assert_eq!(resize_bilinear(&image, whole, 13, 5), image);
        assert!(resize_bilinear(&image, whole, 0, 5).is_empty());
        assert!(resize_bilinear(&image, whole, 13, 0).is_empty());
    }
}
