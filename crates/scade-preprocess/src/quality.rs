//! Quality measures of stored faces.

use imageproc::filter::laplacian_filter;
use scade_image::{FaceBox, RgbImage, gray};

/// Faces whose longer box side is shorter than this are tiny, in pixels.
const TINY: f32 = 80.0;

/// Crops with a [`sharpness`] below this are blurred. Of 324 photographs of faces, resized to 256 × 256
/// and compressed as JPEG of quality 95, none is below; blurred by a Gaussian of 1, 2 and 3 px, 5 %,
/// 89 % and all are.
const BLURRED: f64 = 20.0;

/// Whether the crop of the face in `bbox` is enlarged more than twice: with either crop rule a face
/// takes about 160 of the 256 pixels, so its box is below 80 pixels. Such a crop has no real detail.
pub(crate) fn is_tiny(bbox: &FaceBox) -> bool {
    bbox.width().max(bbox.height()) < TINY
}

/// Whether a crop has no fine detail, because of defocus, motion, strong compression or enlargement.
pub(crate) fn is_blurred(crop: &RgbImage) -> bool {
    sharpness(crop) < BLURRED
}

/// Whether `bbox` extends beyond an image of `size`, width and height. The crop has padded pixels there,
/// or is distorted, depending on its rule.
pub(crate) fn is_at_border(bbox: &FaceBox, size: (u32, u32)) -> bool {
    let (width, height) = (size.0 as f32, size.1 as f32);
    bbox.x1 < 0.0 || bbox.y1 < 0.0 || bbox.x2 > width || bbox.y2 > height
}

/// Variance of the Laplacian of the gray image, in squared gray levels
/// ([Pech-Pacheco et al. 2000](https://doi.org/10.1109/ICPR.2000.903548)).
fn sharpness(image: &RgbImage) -> f64 {
    let edges = laplacian_filter(&gray(image));
    let count = edges.as_raw().len().max(1) as f64;
    let mean = |value: &dyn Fn(f64) -> f64| {
        edges.as_raw().iter().map(|edge| value(f64::from(*edge))).sum::<f64>() / count
    };
    mean(&|edge| edge * edge) - mean(&|edge| edge).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stripes of four pixels, blurred by `sigma` pixels.
    fn stripes(sigma: f32) -> RgbImage {
        let sharp = RgbImage::from_fn(256, 256, |x, _| {
            image::Rgb([if x / 4 % 2 == 0 { 60 } else { 180 }; 3])
        });
        if sigma > 0.0 { image::imageops::blur(&sharp, sigma) } else { sharp }
    }

    #[test]
    fn blur_and_detail_are_distinguished() {
        let values = [0.0, 0.5, 1.0, 2.0, 4.0].map(|sigma| sharpness(&stripes(sigma)));
        assert!(values.is_sorted_by(|a, b| a > b), "{values:?}");
        assert!(!is_blurred(&stripes(0.0)) && is_blurred(&stripes(4.0)));
        // No detail at all.
        assert!(is_blurred(&RgbImage::from_pixel(9, 9, image::Rgb([90; 3]))));
        // A single white pixel among 9 × 9: the Laplacian is -4·255 there and 255 at its neighbors.
        let mut dot = RgbImage::new(9, 9);
        dot.put_pixel(4, 4, image::Rgb([255; 3]));
        assert!((sharpness(&dot) - 20.0 * 255.0 * 255.0 / 81.0).abs() < 1e-6);
    }

    #[test]
    fn boxes_at_the_border_and_tiny_ones_are_recognized() {
        let bbox = |x1, x2| FaceBox { x1, y1: 0.0, x2, y2: 50.0 };
        for (bbox, expected) in
            [(bbox(0.0, 100.0), false), (bbox(-1.0, 50.0), true), (bbox(50.0, 100.5), true)]
        {
            assert_eq!(is_at_border(&bbox, (100, 50)), expected, "{bbox:?}");
        }
        assert!(is_at_border(&bbox(0.0, 50.0), (100, 49)));
        assert!(is_tiny(&bbox(0.0, 79.0)) && !is_tiny(&bbox(0.0, 80.0)));
    }
}
