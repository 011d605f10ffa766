//! Gaussian blur of RGB images.

use crate::{Kernel, Plane, RgbImage, filter_separable};

/// `image` blurred by a Gaussian of `sigma` pixels, cut off at 3 σ; beyond the border it is mirrored.
///
/// # Panics
/// When `sigma` is not above 0.
#[must_use]
pub fn blur_rgb(image: &RgbImage, sigma: f32) -> RgbImage {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let kernel = Kernel::gaussian(f64::from(sigma), (3.0 * sigma).ceil() as usize);
    let mut blurred = image.clone();
    for channel in 0..3 {
        let values = image.pixels().map(|pixel| f32::from(pixel[channel])).collect();
        let Some(plane) = Plane::from_vec(width, height, values) else { continue };
        let plane = filter_separable(&plane, &kernel, &kernel);
        for (pixel, value) in blurred.pixels_mut().zip(plane.data()) {
            // Never negative, so this rounds half up.
            pixel[channel] = (value + 0.5) as u8;
        }
    }
    blurred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_constants_and_spreads_points() {
        let white = RgbImage::from_pixel(20, 9, [255; 3].into());
        assert!(blur_rgb(&white, 3.0) == white);
        let mut point = RgbImage::new(21, 21);
        point.put_pixel(10, 10, [250, 0, 100].into());
        let blurred = blur_rgb(&point, 1.0);
        let center = blurred.get_pixel(10, 10).0;
        assert_eq!(center, [40, 0, 16]);
        assert_eq!(blurred.get_pixel(11, 10), blurred.get_pixel(10, 9));
    }
}
