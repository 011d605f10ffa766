//! The color of one face brought to another: mean and deviation of luma and chroma.

use scade_image::RgbImage;

/// Largest change of a deviation, so that a noisy or flat face does not become a caricature.
const MOST_GAIN: f32 = 1.4;

/// Luma and the two chroma differences (ITU-R BT.601, full range, chroma around 0) of red, green, blue.
#[must_use]
pub fn to_ycc([r, g, b]: [f32; 3]) -> [f32; 3] {
    let y = 0.299 * r + 0.587 * g + 0.114 * b;
    [y, 0.564 * (b - y), 0.713 * (r - y)]
}

/// The inverse of [`to_ycc`].
#[must_use]
pub fn from_ycc([y, cb, cr]: [f32; 3]) -> [f32; 3] {
    let (r, b) = (y + cr / 0.713, y + cb / 0.564);
    [r, (y - 0.299 * r - 0.114 * b) / 0.587, b]
}

/// The pixels of `source`, changed so that under the mask each channel of luma and chroma has the mean and
/// the standard deviation of `target` (Reinhard et al. 2001, in another color space). A deviation changes
/// by at most a factor of 1.4. Row by row, not rounded; may leave 0..255. `mask` has one weight per pixel.
///
/// # Panics
/// When the three differ in size.
#[must_use]
pub fn transfer(source: &RgbImage, target: &RgbImage, mask: &[f32]) -> Vec<[f32; 3]> {
    assert_eq!(source.dimensions(), target.dimensions(), "images of one size");
    assert_eq!(mask.len() * 3, source.as_raw().len(), "a weight per pixel");
    let ([from, from_deviation], [to, to_deviation]) =
        (moments(source, mask), moments(target, mask));
    let gain: [f32; 3] = std::array::from_fn(|channel| {
        let ratio = to_deviation[channel] / from_deviation[channel].max(1e-3);
        ratio.clamp(1.0 / MOST_GAIN, MOST_GAIN)
    });
    let pixels = source.as_chunks::<3>().0.iter();
    pixels
        .map(|pixel| {
            let ycc = to_ycc(pixel.map(f32::from));
            from_ycc(std::array::from_fn(|c| to[c] + gain[c] * (ycc[c] - from[c])))
        })
        .collect()
}

/// Weighted mean and standard deviation of luma and chroma.
pub(crate) fn moments(image: &RgbImage, mask: &[f32]) -> [[f32; 3]; 2] {
    let (mut sums, mut squares, mut total) = ([0.0_f64; 3], [0.0_f64; 3], 1e-9_f64);
    for (pixel, &weight) in image.as_chunks::<3>().0.iter().zip(mask) {
        if weight > 0.0 {
            let weight = f64::from(weight);
            total += weight;
            for (c, value) in to_ycc(pixel.map(f32::from)).map(f64::from).into_iter().enumerate() {
                sums[c] += weight * value;
                squares[c] += weight * value * value;
            }
        }
    }
    let mean = sums.map(|sum| sum / total);
    let deviation =
        std::array::from_fn(|c| (squares[c] / total - mean[c] * mean[c]).max(0.0).sqrt() as f32);
    [mean.map(|value| value as f32), deviation]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luma_and_chroma_and_back_is_the_color() {
        for color in [[0.0, 0.0, 0.0], [255.0, 0.0, 9.0], [12.0, 200.0, 77.0]] {
            let back = from_ycc(to_ycc(color));
            assert!(back.iter().zip(color).all(|(a, b)| (a - b).abs() < 1e-3), "{back:?}");
        }
    }

    #[test]
    fn mean_and_deviation_under_the_mask_become_those_of_the_target() {
        let source = RgbImage::from_fn(40, 30, |x, y| {
            [(90 + x) as u8, (70 + y) as u8, (60 + (x + y) / 2) as u8].into()
        });
        let target = RgbImage::from_fn(40, 30, |x, y| {
            let pixel = source.get_pixel(39 - x, y).0.map(|value| 1.25 * f32::from(value));
            [pixel[0] as u8, (pixel[1] + 20.0) as u8, (pixel[2] - 10.0) as u8].into()
        });
        let mask: Vec<f32> = (0..1200).map(|i| ((i % 40) as f32 - 8.0).clamp(0.0, 1.0)).collect();
        let pixels = transfer(&source, &target, &mask);
        let mut image = RgbImage::new(40, 30);
        for (pixel, value) in image.pixels_mut().zip(&pixels) {
            pixel.0 = value.map(|v| (v + 0.5) as u8);
        }
        let (got, expected) = (moments(&image, &mask), moments(&target, &mask));
        for (got, expected) in got.as_flattened().iter().zip(expected.as_flattened()) {
            assert!((got - expected).abs() < 0.4, "{got} is not {expected}");
        }
    }
}
