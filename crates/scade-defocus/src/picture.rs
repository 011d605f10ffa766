//! The pictures that maps are made of: 8 or 16 bits, colour or grey.

use std::borrow::Cow;

use image::{ImageBuffer, Luma, Rgb};
use scade_image::{GrayImage, Plane, RgbImage};

use crate::Error;

/// 16-bit RGB, red first.
pub type Rgb16Image = ImageBuffer<Rgb<u16>, Vec<u16>>;

/// 16-bit grey.
pub type Gray16Image = ImageBuffer<Luma<u16>, Vec<u16>>;

/// 16-bit levels per 8-bit level.
const SIXTEEN_BIT: f32 = 257.0;

/// A borrowed picture of any kind that has a defocus map; made by `From`.
#[derive(Debug, Clone, Copy)]
pub enum Picture<'a> {
    /// 8-bit colour.
    Rgb8(&'a RgbImage),
    /// 8-bit grey.
    Gray8(&'a GrayImage),
    /// 16-bit colour.
    Rgb16(&'a Rgb16Image),
    /// 16-bit grey.
    Gray16(&'a Gray16Image),
}

impl<'a> From<&'a RgbImage> for Picture<'a> {
    fn from(picture: &'a RgbImage) -> Self {
        Self::Rgb8(picture)
    }
}

impl<'a> From<&'a GrayImage> for Picture<'a> {
    fn from(picture: &'a GrayImage) -> Self {
        Self::Gray8(picture)
    }
}

impl<'a> From<&'a Rgb16Image> for Picture<'a> {
    fn from(picture: &'a Rgb16Image) -> Self {
        Self::Rgb16(picture)
    }
}

impl<'a> From<&'a Gray16Image> for Picture<'a> {
    fn from(picture: &'a Gray16Image) -> Self {
        Self::Gray16(picture)
    }
}

impl<'a> Picture<'a> {
    /// Columns and rows.
    ///
    /// # Errors
    /// [`Error::NoPixels`] when there are none.
    pub fn size(self) -> Result<(usize, usize), Error> {
        let (width, height) = match self {
            Self::Rgb8(picture) => picture.dimensions(),
            Self::Gray8(picture) => picture.dimensions(),
            Self::Rgb16(picture) => picture.dimensions(),
            Self::Gray16(picture) => picture.dimensions(),
        };
        if width == 0 || height == 0 {
            return Err(Error::NoPixels { width, height });
        }
        Ok((width as usize, height as usize))
    }

    /// Luma in 256 levels, rounded; of 16-bit pictures, the levels are rounded first.
    pub(crate) fn gray8(self) -> Cow<'a, [u8]> {
        let eight = |&level: &u16| (f32::from(level) / SIXTEEN_BIT).round() as u8;
        match self {
            Self::Rgb8(picture) => scade_image::gray(picture).into_raw().into(),
            Self::Gray8(picture) => picture.as_raw().as_slice().into(),
            Self::Rgb16(picture) => {
                let bytes = picture.as_raw().iter().map(eight).collect();
                let picture = RgbImage::from_raw(picture.width(), picture.height(), bytes);
                scade_image::gray(&picture.expect("as many bytes as levels")).into_raw().into()
            }
            Self::Gray16(picture) => picture.as_raw().iter().map(eight).collect(),
        }
    }

    /// The luma of ITU-R BT.601, not rounded, 0..255.
    pub(crate) fn luma(self) -> Result<Plane, Error> {
        self.weigh([0.299, 0.587, 0.114])
    }

    /// The mean of the channels, 0..255.
    pub(crate) fn channel_mean(self) -> Result<Plane, Error> {
        self.weigh([1.0 / 3.0; 3])
    }

    /// The channels weighed, 0..255; `weights` sum to 1.
    fn weigh(self, weights: [f32; 3]) -> Result<Plane, Error> {
        let (width, height) = self.size()?;
        let levels = match self {
            Self::Rgb8(picture) => colour(picture.as_raw(), weights),
            Self::Gray8(picture) => picture.as_raw().iter().map(|&level| level.into()).collect(),
            Self::Rgb16(picture) => {
                colour(picture.as_raw(), weights.map(|weight| weight / SIXTEEN_BIT))
            }
            Self::Gray16(picture) => {
                picture.as_raw().iter().map(|&level| f32::from(level) / SIXTEEN_BIT).collect()
            }
        };
        Ok(Plane::from_vec(width, height, levels).expect("one value per pixel"))
    }
}

fn colour<T: Copy + Into<f32>>(levels: &[T], weights: [f32; 3]) -> Vec<f32> {
    let weigh = |[red, green, blue]: &[T; 3]| -> f32 {
        weights[0] * (*red).into() + weights[1] * (*green).into() + weights[2] * (*blue).into()
    };
    levels.as_chunks::<3>().0.iter().map(weigh).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn all_kinds_of_one_picture_agree() {
        let rgb = testing::drawn();
        let wide = |levels: &[u8]| levels.iter().map(|&level| u16::from(level) * 257).collect();
        let (width, height) = rgb.dimensions();
        let rgb16 = Rgb16Image::from_raw(width, height, wide(rgb.as_raw())).unwrap();
        let gray = scade_image::gray(&rgb);
        let gray16 = Gray16Image::from_raw(width, height, wide(gray.as_raw())).unwrap();
        for picture in [Picture::from(&rgb16), (&gray).into(), (&gray16).into()] {
            assert_eq!(picture.gray8(), Picture::from(&rgb).gray8());
        }
        let close = |a: Plane, b: Plane| {
            let pairs = a.data().iter().zip(b.data());
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) < 1e-3
        };
        let [fine, coarse] = [Picture::from(&rgb16), (&rgb).into()];
        assert!(close(fine.luma().unwrap(), coarse.luma().unwrap()));
        assert!(close(fine.channel_mean().unwrap(), coarse.channel_mean().unwrap()));
        let [fine, coarse] = [Picture::from(&gray16), (&gray).into()];
        assert!(close(fine.luma().unwrap(), coarse.luma().unwrap()));
    }

    /// What 16 bits are there for: less than one of 256 levels.
    #[test]
    fn fine_levels_are_not_rounded_away() {
        let slope = Gray16Image::from_raw(4, 1, vec![1000, 1010, 1020, 1030]).unwrap();
        let luma = Picture::from(&slope).luma().unwrap();
        assert!(luma.data().windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_empty_picture_is_an_error() {
        let error = Picture::from(&RgbImage::new(0, 5)).luma().unwrap_err();
        assert_eq!(error, Error::NoPixels { width: 0, height: 5 });
    }
}
