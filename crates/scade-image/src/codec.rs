//! Encoding and decoding of face crops and their maps.
//!
//! Training reads crops that were encoded and decoded again. Inference passes its crops through the
//! same two steps ([`CropFormat::encode`], [`decode_crop`]), so that both see the same pixels.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{GrayImage, ImageError, ImageFormat, ImageReader, RgbImage};
use serde::{Deserialize, Serialize};

use crate::Plane;

/// The file formats of the samples of a dataset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileFormats {
    /// Format of face crops.
    pub crops: CropFormat,
    /// Format of defocus maps.
    pub maps: MapFormat,
}

/// The format of face crops, 8-bit RGB.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum CropFormat {
    /// JPEG of a given quality with chroma at full resolution (4:4:4).
    #[default]
    Jpeg,
    /// PNG, lossless.
    Png,
    /// WebP in its lossless form.
    Webp,
}

/// The format of defocus maps, one channel, 0..1.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum MapFormat {
    /// float32 `.npy`.
    #[default]
    Npy,
    /// Gray PNG of 16 bits, in steps of 1/65535: about a third of the size of `.npy` for filmed faces.
    Png,
}

/// Why bytes are not an image, or an image cannot become bytes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// A JPEG quality out of range.
    #[error("jpeg_quality must be 1 to 100, got {got}")]
    Quality {
        /// The requested value.
        got: u8,
    },
    /// An image that the format cannot hold: empty, or with a side that is too long.
    #[error("cannot encode an image of {width} × {height} pixels as {format:?}")]
    Encode {
        /// The format.
        format: CropFormat,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// What the encoder reports.
        #[source]
        source: ImageError,
    },
    /// The bytes are damaged or not a crop.
    #[error("not a valid JPEG, PNG or WebP image")]
    Crop(#[source] ImageError),
}

impl CropFormat {
    /// The file name extension.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The bytes of a file of `crop`; `quality`, 1..=100, is that of JPEG, the others are lossless.
    ///
    /// # Errors
    /// [`CodecError::Quality`]; [`CodecError::Encode`] for an empty image or one with a side that is
    /// too long for the format.
    pub fn encode(self, crop: &RgbImage, quality: u8) -> Result<Vec<u8>, CodecError> {
        let mut bytes = Vec::new();
        match self {
            Self::Jpeg if !(1..=100).contains(&quality) => {
                return Err(CodecError::Quality { got: quality });
            }
            Self::Jpeg => {
                crop.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
            }
            Self::Png => crop.write_with_encoder(PngEncoder::new(&mut bytes)),
            Self::Webp => crop.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)),
        }
        .map_err(|source| {
            let (width, height) = crop.dimensions();
            CodecError::Encode { format: self, width, height, source }
        })?;
        Ok(bytes)
    }
}

impl MapFormat {
    /// The file name extension.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Png => "png",
        }
    }

    /// The map with its values rounded as in its file.
    #[must_use]
    pub fn quantized(self, mut map: Plane) -> Plane {
        if self == Self::Png {
            for value in map.data_mut() {
                *value = from_level(level(*value));
            }
        }
        map
    }
}

/// The nearest of the 65,536 levels of a 16-bit PNG to a map's value; values outside of 0..1 are
/// clamped.
#[must_use]
pub fn level(value: f32) -> u16 {
    (value * f32::from(u16::MAX)).round() as u16
}

/// A map's value, 0..1, of a level of a 16-bit PNG.
#[must_use]
pub fn from_level(level: u16) -> f32 {
    f32::from(level) / f32::from(u16::MAX)
}

/// Decodes a crop of any [`CropFormat`], detected from the content.
///
/// # Errors
/// [`CodecError::Crop`] when the bytes are anything else, or damaged.
pub fn decode_crop(bytes: &[u8]) -> Result<RgbImage, CodecError> {
    let image = crop_reader(bytes).decode().map_err(CodecError::Crop)?;
    Ok(image.into_rgb8())
}

/// Width and height of a crop, from its header alone.
///
/// # Errors
/// [`CodecError::Crop`] when there is no such header.
pub fn crop_dimensions(bytes: &[u8]) -> Result<(u32, u32), CodecError> {
    crop_reader(bytes).into_dimensions().map_err(CodecError::Crop)
}

fn crop_reader(bytes: &[u8]) -> ImageReader<Cursor<&[u8]>> {
    // Anything else is read as a JPEG, whose decoder reports what is wrong with it.
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::WebP)) => format,
        _ => ImageFormat::Jpeg,
    };
    ImageReader::with_format(Cursor::new(bytes), format)
}

/// The bytes of a PNG of an RGB image.
///
/// # Errors
/// [`CodecError::Encode`] for an empty image.
pub fn encode_png(image: &RgbImage) -> Result<Vec<u8>, CodecError> {
    CropFormat::Png.encode(image, 100)
}

/// The bytes of a PNG of a gray image.
///
/// # Errors
/// [`CodecError::Encode`] for an empty image.
pub fn encode_gray_png(image: &GrayImage) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    image.write_with_encoder(PngEncoder::new(&mut bytes)).map_err(|source| {
        let (width, height) = image.dimensions();
        CodecError::Encode { format: CropFormat::Png, width, height, source }
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves() -> RgbImage {
        RgbImage::from_fn(256, 256, |x, y| {
            let wave = |step: f32| (127.0 + 100.0 * ((x + y) as f32 * step).sin()) as u8;
            image::Rgb([wave(0.07), wave(0.11), wave(0.05)])
        })
    }

    fn ramp() -> Plane {
        let values = (0..65_536).map(|i| i as f32 / 65_535.5).collect();
        Plane::from_vec(256, 256, values).unwrap()
    }

    #[test]
    fn every_crop_format_decodes_and_two_are_lossless() {
        let image = waves();
        for format in [CropFormat::Jpeg, CropFormat::Png, CropFormat::Webp] {
            let bytes = format.encode(&image, 90).unwrap();
            assert_eq!(crop_dimensions(&bytes).unwrap(), (256, 256));
            let decoded = decode_crop(&bytes).unwrap();
            assert_eq!(decoded == image, format != CropFormat::Jpeg, "{format:?}");
            assert!(decode_crop(&bytes[..200]).is_err(), "{format:?}");
        }
        for wrong in [&b""[..], b"text", &[0; 1000]] {
            assert!(matches!(decode_crop(wrong), Err(CodecError::Crop(_))));
        }
    }

    #[test]
    fn invalid_settings_and_images_are_refused() {
        for quality in [0, 101] {
            let error = CropFormat::Jpeg.encode(&waves(), quality).unwrap_err();
            assert!(matches!(error, CodecError::Quality { got } if got == quality));
        }
        let wide = RgbImage::new(65_536, 1);
        let error = CropFormat::Jpeg.encode(&wide, 90).unwrap_err();
        assert!(matches!(error, CodecError::Encode { width: 65_536, height: 1, .. }), "{error}");
    }

    #[test]
    fn sixteen_bits_are_within_half_a_step_and_keep_the_ends() {
        let map = ramp();
        let read = MapFormat::Png.quantized(map.clone());
        for (before, after) in map.data().iter().zip(read.data()) {
            assert!((before - after).abs() <= 0.5 / 65535.0 + f32::EPSILON, "{before} {after}");
        }
        assert_eq!([0.0, 1.0].map(|end| from_level(level(end))), [0.0, 1.0]);
        assert!((0..=u16::MAX).all(|step| level(from_level(step)) == step));
        assert_eq!(MapFormat::Npy.quantized(map.clone()), map);
    }
}
