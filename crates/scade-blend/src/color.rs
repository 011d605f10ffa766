//! A change of color as one affine map of red, green and blue: hue, saturation, brightness, contrast and
//! a shift of each channel.

use scade_image::RgbImage;

/// Weights of red, green and blue in luma (ITU-R BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// The sampled change of the colors of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColorChange {
    /// Rotation of the hue in degrees, at constant luma.
    pub hue: f32,
    /// Factor of the saturation.
    pub saturation: f32,
    /// Factor of the brightness.
    pub brightness: f32,
    /// Factor of the contrast about the mean luma of the image.
    pub contrast: f32,
    /// Added to red, green and blue, in gray levels.
    pub shift: [f32; 3],
}

impl ColorChange {
    /// No change.
    pub const NONE: Self =
        Self { hue: 0.0, saturation: 1.0, brightness: 1.0, contrast: 1.0, shift: [0.0; 3] };

    /// Changes the colors of an image; values are rounded and clamped to 0..255.
    pub fn apply(&self, image: &mut RgbImage) {
        let matrix = self.matrix();
        let mean = mean_luma(image);
        let offset = self.shift.map(|shift| shift + (1.0 - self.contrast) * self.brightness * mean);
        for pixel in image.as_chunks_mut::<3>().0 {
            let rgb = pixel.map(f32::from);
            for ((value, row), offset) in pixel.iter_mut().zip(&matrix).zip(offset) {
                let changed = row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2] + offset;
                // Clamped by the conversion.
                *value = (changed + 0.5) as u8;
            }
        }
    }

    /// The linear part: the chroma is turned and scaled, then everything is scaled.
    fn matrix(&self) -> [[f32; 3]; 3] {
        // A rotation about the gray axis by the hue, in the plane of constant sum (Rodrigues), corrected so
        // that luma is kept.
        let (sin, cos) = self.hue.to_radians().sin_cos();
        let third = (1.0 - cos) / 3.0;
        let root = sin / 3.0_f32.sqrt();
        let turned = [
            [cos + third, third - root, third + root],
            [third + root, cos + third, third - root],
            [third - root, third + root, cos + third],
        ];
        let gain = self.brightness * self.contrast;
        // Luma of the turned color, for each input channel.
        let luma: [f32; 3] =
            std::array::from_fn(|column| (0..3).map(|row| LUMA[row] * turned[row][column]).sum());
        std::array::from_fn(|row| {
            std::array::from_fn(|column| {
                let chroma = turned[row][column] - luma[column];
                gain * (LUMA[column] + self.saturation * chroma)
            })
        })
    }
}

fn mean_luma(image: &RgbImage) -> f32 {
    let mut sums = [0_u64; 3];
    for pixel in image.as_chunks::<3>().0 {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(*value);
        }
    }
    let count = (image.len() / 3).max(1) as f32;
    sums.iter().zip(LUMA).map(|(sum, weight)| *sum as f32 / count * weight).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colors() -> RgbImage {
        RgbImage::from_fn(16, 16, |x, y| {
            [40 + 9 * x as u8, 60 + 7 * y as u8, 90 + 3 * x as u8].into()
        })
    }

    fn changed(change: ColorChange) -> RgbImage {
        let mut image = colors();
        change.apply(&mut image);
        image
    }

    #[test]
    fn no_change_changes_nothing() {
        assert!(changed(ColorChange::NONE) == colors());
    }

    #[test]
    fn hue_and_saturation_keep_the_luma_of_each_pixel() {
        let after = changed(ColorChange { hue: 12.0, saturation: 0.7, ..ColorChange::NONE });
        let luma = |color: [u8; 3]| -> f32 {
            color.iter().zip(LUMA).map(|(value, weight)| f32::from(*value) * weight).sum()
        };
        assert!(after != colors());
        for (a, b) in after.pixels().zip(colors().pixels()) {
            assert!((luma(a.0) - luma(b.0)).abs() < 0.6);
        }
    }

    #[test]
    fn grays_have_no_hue() {
        let mut gray = RgbImage::from_pixel(4, 4, [77; 3].into());
        ColorChange { hue: 30.0, saturation: 1.5, ..ColorChange::NONE }.apply(&mut gray);
        assert!(gray.iter().all(|value| *value == 77));
    }

    #[test]
    fn contrast_keeps_the_mean_and_brightness_scales_it() {
        let contrast = changed(ColorChange { contrast: 1.2, ..ColorChange::NONE });
        assert!((mean_luma(&contrast) - mean_luma(&colors())).abs() < 0.5);
        let bright = changed(ColorChange { brightness: 1.1, ..ColorChange::NONE });
        assert!((mean_luma(&bright) - 1.1 * mean_luma(&colors())).abs() < 0.5);
        let shifted = changed(ColorChange { shift: [10.0, 0.0, -5.0], ..ColorChange::NONE });
        let (a, b) = (shifted.get_pixel(3, 3), *colors().get_pixel(3, 3));
        assert_eq!(a.0, [b[0] + 10, b[1], b[2] - 5]);
    }
}
