//! What JPEG compression does to an image.

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::{RgbImage, decode_crop};

/// `image` as it is after compression as JPEG of `quality`, 1..=100, with chroma at half resolution (4:2:0),
/// as cameras and social networks do. The grid of 8 × 8 blocks is moved by `offset` pixels to the left and up,
/// as when an image was cropped after an earlier compression.
///
/// # Panics
/// When the image is empty or has a side of more than 65,000 pixels.
#[must_use]
pub fn jpeg_pass(image: &RgbImage, quality: u8, offset: [u32; 2]) -> RgbImage {
    let (width, height) = image.dimensions();
    let [left, top] = offset;
    let (w, h) = (width + left, height + top);
    // The border continues the image, so that it adds no edge.
    let padded = |x: u32, y: u32| *image.get_pixel(x.saturating_sub(left), y.saturating_sub(top));
    let moved;
    let input = if offset == [0, 0] {
        image
    } else {
        moved = RgbImage::from_fn(w, h, padded);
        &moved
    };
    let mut bytes = Vec::with_capacity(input.len() / 4);
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let sides = [w, h].map(|side| u16::try_from(side).expect("a side of at most 65,000 pixels"));
    encoder.encode(input, sides[0], sides[1], ColorType::Rgb).expect("memory takes all bytes");
    let decoded = decode_crop(&bytes).expect("what was encoded can be decoded");
    if offset == [0, 0] {
        return decoded;
    }
    image::imageops::crop_imm(&decoded, left, top, width, height).to_image()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves() -> RgbImage {
        RgbImage::from_fn(64, 48, |x, y| {
            let value = 128.0 + 60.0 * (0.4 * x as f32).sin() * (0.3 * y as f32).cos();
            [value as u8, (value * 0.8) as u8, (value * 0.5) as u8].into()
        })
    }

    fn error(a: &RgbImage, b: &RgbImage) -> f64 {
        let sum: f64 = a.iter().zip(b.iter()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
        (sum / a.len() as f64).sqrt()
    }

    #[test]
    fn a_lower_quality_is_farther_from_the_image() {
        let [high, low] = [95, 20].map(|quality| jpeg_pass(&waves(), quality, [0, 0]));
        assert_eq!(high.dimensions(), (64, 48));
        assert!(error(&high, &waves()) < 4.0, "{}", error(&high, &waves()));
        assert!(error(&low, &waves()) > 1.5 * error(&high, &waves()));
    }

    #[test]
    fn the_grid_moves_and_the_image_does_not() {
        let moved = jpeg_pass(&waves(), 90, [3, 5]);
        assert_eq!(moved.dimensions(), (64, 48));
        assert!(error(&moved, &waves()) < 5.0, "{}", error(&moved, &waves()));
        assert!(moved != jpeg_pass(&waves(), 90, [0, 0]));
    }
}
