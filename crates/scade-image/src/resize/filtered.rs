//! Resizing of whole images with the filters that programs for images and videos use.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::RgbImage;

/// A filter for resizing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// The closest pixel.
    Nearest,
    /// Linear interpolation without antialiasing.
    Linear,
    /// The mean of the covered pixels.
    Area,
    /// Cubic interpolation (Catmull-Rom), antialiased.
    Cubic,
    /// Lanczos with three lobes, antialiased.
    Lanczos,
}

impl Filter {
    fn algorithm(self) -> ResizeAlg {
        match self {
            Self::Nearest => ResizeAlg::Nearest,
            Self::Linear => ResizeAlg::Interpolation(FilterType::Bilinear),
            Self::Area => ResizeAlg::Convolution(FilterType::Box),
            Self::Cubic => ResizeAlg::Convolution(FilterType::CatmullRom),
            Self::Lanczos => ResizeAlg::Convolution(FilterType::Lanczos3),
        }
    }
}

/// Resizes an image.
///
/// # Panics
/// When the image is empty or a side is 0.
#[must_use]
pub fn resize_rgb(image: &RgbImage, width: u32, height: u32, filter: Filter) -> RgbImage {
    let (w, h) = image.dimensions();
    let input = ImageRef::new(w, h, image.as_raw(), PixelType::U8x3).expect("a buffer of its size");
    let mut output = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(filter.algorithm());
    Resizer::new().resize(&input, &mut output, &options).expect("images that are not empty");
    RgbImage::from_raw(width, height, output.into_vec()).expect("a buffer of its size")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_keeps_a_constant_image_and_the_mean_of_a_smooth_one() {
        let flat = RgbImage::from_pixel(64, 48, [10, 130, 250].into());
        let smooth =
            RgbImage::from_fn(64, 64, |x, y| [3 * x as u8, 2 * y as u8, (x + y) as u8].into());
        let mean = |image: &RgbImage| {
            image.iter().map(|value| f64::from(*value)).sum::<f64>() / image.len() as f64
        };
        for filter in
            [Filter::Nearest, Filter::Linear, Filter::Area, Filter::Cubic, Filter::Lanczos]
        {
            let resized = resize_rgb(&flat, 23, 91, filter);
            assert!(resized.pixels().all(|pixel| pixel.0 == [10, 130, 250]), "{filter:?}");
            let small = resize_rgb(&smooth, 32, 32, filter);
            assert!((mean(&small) - mean(&smooth)).abs() < 2.5, "{filter:?}");
        }
    }
}
