//! Input images: 8 or 16 bits, color or gray.

use std::borrow::Cow;

use image::{ImageBuffer, Luma, Rgb};
use scade_image::{GrayImage, Plane, RgbImage};

use crate::Error;

/// 16-bit RGB, red first.
pub type Rgb16Image = ImageBuffer<Rgb<u16>, Vec<u16>>;

/// 16-bit gray.
pub type Gray16Image = ImageBuffer<Luma<u16>, Vec<u16>>;

/// 16-bit gray levels per 8-bit gray level.
const SIXTEEN_BIT: f32 = 257.0;

/// A borrowed image of any supported type; converted by `From`.
#[derive(Debug, Clone, Copy)]
pub enum ImageView<'a> {
    /// 8-bit color.
    Rgb8(&'a RgbImage),
    /// 8-bit gray.
    Gray8(&'a GrayImage),
    /// 16-bit color.
    Rgb16(&'a Rgb16Image),
    /// 16-bit gray.
    Gray16(&'a Gray16Image),
}

impl<'a> From<&'a RgbImage> for ImageView<'a> {
    fn from(image: &'a RgbImage) -> Self {
        Self::Rgb8(image)
    }
}

impl<'a> From<&'a GrayImage> for ImageView<'a> {
    fn from(image: &'a GrayImage) -> Self {
        Self::Gray8(image)
    }
}

impl<'a> From<&'a Rgb16Image> for ImageView<'a> {
    fn from(image: &'a Rgb16Image) -> Self {
        Self::Rgb16(image)
    }
}

impl<'a> From<&'a Gray16Image> for ImageView<'a> {
    fn from(image: &'a Gray16Image) -> Self {
        Self::Gray16(image)
    }
}

impl<'a> ImageView<'a> {
    /// Columns and rows.
    ///
    /// # Errors
    /// [`Error::NoPixels`] when there are none.
    pub fn size(self) -> Result<(usize, usize), Error> {
        let (width, height) = match self {
            Self::Rgb8(image) => image.dimensions(),
            Self::Gray8(image) => image.dimensions(),
            Self::Rgb16(image) => image.dimensions(),
            Self::Gray16(image) => image.dimensions(),
        };
        if width == 0 || height == 0 {
            return Err(Error::NoPixels { width, height });
        }
        Ok((width as usize, height as usize))
    }

    /// Luma in 256 gray levels, rounded; 16-bit values are rounded first.
    pub(crate) fn gray8(self) -> Cow<'a, [u8]> {
        let eight = |&level: &u16| (f32::from(level) / SIXTEEN_BIT).round() as u8;
        match self {
            Self::Rgb8(image) => scade_image::gray(image).into_raw().into(),
            Self::Gray8(image) => image.as_raw().as_slice().into(),
            Self::Rgb16(image) => {
                let bytes = image.as_raw().iter().map(eight).collect();
                let image = RgbImage::from_raw(image.width(), image.height(), bytes);
                scade_image::gray(&image.expect("one byte per value")).into_raw().into()
            }
            Self::Gray16(image) => image.as_raw().iter().map(eight).collect(),
        }
    }

    /// The luma of ITU-R BT.601, not rounded, 0..255.
    pub(crate) fn luma(self) -> Result<Plane, Error> {
        self.weighted_sum([0.299, 0.587, 0.114])
    }

    /// The mean of the channels, 0..255.
    pub(crate) fn channel_mean(self) -> Result<Plane, Error> {
        self.weighted_sum([1.0 / 3.0; 3])
    }

    /// The weighted sum of the channels, 0..255; `weights` sum to 1.
    fn weighted_sum(self, weights: [f32; 3]) -> Result<Plane, Error> {
        let (width, height) = self.size()?;
        let levels = match self {
            Self::Rgb8(image) => color(image.as_raw(), weights),
            Self::Gray8(image) => image.as_raw().iter().map(|&level| level.into()).collect(),
            Self::Rgb16(image) => color(image.as_raw(), weights.map(|weight| weight / SIXTEEN_BIT)),
            Self::Gray16(image) => {
                image.as_raw().iter().map(|&level| f32::from(level) / SIXTEEN_BIT).collect()
            }
        };
        Ok(Plane::from_vec(width, height, levels).expect("one value per pixel"))
    }
}

fn color<T: Copy + Into<f32>>(levels: &[T], weights: [f32; 3]) -> Vec<f32> {
    let sum = |[red, green, blue]: &[T; 3]| -> f32 {
        weights[0] * (*red).into() + weights[1] * (*green).into() + weights[2] * (*blue).into()
    };
    levels.as_chunks::<3>().0.iter().map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn all_types_of_one_image_agree() {
        let rgb = testing::rendered();
        let wide = |levels: &[u8]| levels.iter().map(|&level| u16::from(level) * 257).collect();
        let (width, height) = rgb.dimensions();
        let rgb16 = Rgb16Image::from_raw(width, height, wide(rgb.as_raw())).unwrap();
        let gray = scade_image::gray(&rgb);
        let gray16 = Gray16Image::from_raw(width, height, wide(gray.as_raw())).unwrap();
        for image in [ImageView::from(&rgb16), (&gray).into(), (&gray16).into()] {
            assert_eq!(image.gray8(), ImageView::from(&rgb).gray8());
        }
        let close = |a: Plane, b: Plane| {
            let pairs = a.data().iter().zip(b.data());
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-3
        };
        let [fine, coarse] = [ImageView::from(&rgb16), (&rgb).into()];
        assert!(close(fine.luma().unwrap(), coarse.luma().unwrap()));
        assert!(close(fine.channel_mean().unwrap(), coarse.channel_mean().unwrap()));
        let [fine, coarse] = [ImageView::from(&gray16), (&gray).into()];
        assert!(close(fine.luma().unwrap(), coarse.luma().unwrap()));
    }

    /// 16 bits resolve less than one of 256 gray levels.
    #[test]
    fn fine_levels_are_not_rounded_away() {
        let slope = Gray16Image::from_raw(4, 1, vec![1000, 1010, 1020, 1030]).unwrap();
        let luma = ImageView::from(&slope).luma().unwrap();
        assert!(luma.data().windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_empty_image_is_an_error() {
        let error = ImageView::from(&RgbImage::new(0, 5)).luma().unwrap_err();
        assert_eq!(error, Error::NoPixels { width: 0, height: 5 });
    }
}
