//! In which formats the crops and maps of a store lie on disk.

use std::io::Cursor;

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ImageFormat, ImageReader};
use scade_image::{Plane, RgbImage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Result, encode_jpeg};

/// The formats of a store. They are part of its settings, at [`Files::PLACE`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Files {
    /// Of the crops.
    pub crops: CropFormat,
    /// Of the defocus maps.
    pub maps: MapFormat,
}

/// The format of crops, 256 × 256 RGB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CropFormat {
    /// JPEG of a stated quality, chroma at full resolution; as published, but for the chroma.
    #[default]
    Jpeg,
    /// PNG, without loss.
    Png,
    /// WebP in its form without loss.
    Webp,
}

/// The format of defocus maps, 256 × 256, 0..1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapFormat {
    /// float32 `.npy`, as published.
    #[default]
    Npy,
    /// Grey PNG of 16 bits: steps of 1/65535, and smaller: 83 kB instead of 262 a face in a filmed clip.
    Png,
}

impl Files {
    /// Where the settings of a store have this struct; absent where both formats are the published
    /// ones.
    pub const PLACE: &'static str = "/sample/files";

    /// The formats that the settings of a store name.
    ///
    /// # Errors
    /// What serde says about formats that this version does not know.
    pub(crate) fn of(settings: &Value) -> serde_json::Result<Self> {
        settings.pointer(Self::PLACE).map_or_else(|| Ok(Self::default()), Self::deserialize)
    }
}

impl CropFormat {
    /// The ending of file names.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// The bytes of a file of `crop`; `quality`, 1..=100, is that of JPEG, the others lose nothing.
    ///
    /// # Errors
    /// As [`encode_jpeg`]; [`Error::Crop`] for an empty picture.
    pub fn encode(self, crop: &RgbImage, quality: u8) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Self::Jpeg => return encode_jpeg(crop, quality),
            Self::Png => crop.write_with_encoder(PngEncoder::new(&mut bytes)),
            Self::Webp => crop.write_with_encoder(WebPEncoder::new_lossless(&mut bytes)),
        }
        .map_err(Error::Crop)?;
        Ok(bytes)
    }
}

impl MapFormat {
    /// The ending of file names.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Png => "png",
        }
    }

    /// The map as it comes back from a file of this format.
    #[must_use]
    pub fn as_read_back(self, mut map: Plane) -> Plane {
        if self == Self::Png {
            for value in map.data_mut() {
                *value = from_level(level(*value));
            }
        }
        map
    }
}

/// The nearest of 65,536 levels. What is out of 0..1 is cut off; a map is checked before.
pub(crate) fn level(value: f32) -> u16 {
    (value * f32::from(u16::MAX)).round() as u16
}

/// The value of a level.
pub(crate) fn from_level(level: u16) -> f32 {
    f32::from(level) / f32::from(u16::MAX)
}

/// The crop in a file of any [`CropFormat`], told apart by content.
///
/// # Errors
/// [`Error::Crop`] when the bytes are anything else, or damaged.
pub fn decode_crop(bytes: &[u8]) -> Result<RgbImage> {
    let picture = reader(bytes).decode().map_err(Error::Crop)?;
    Ok(picture.into_rgb8())
}

/// Width and height of a crop, from its header alone.
pub(crate) fn crop_dimensions(bytes: &[u8]) -> Result<(u32, u32)> {
    reader(bytes).into_dimensions().map_err(Error::Crop)
}

fn reader(bytes: &[u8]) -> ImageReader<Cursor<&[u8]>> {
    // What is none of the others is read as a JPEG, whose decoder says what is wrong with it.
    let format = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::WebP)) => format,
        _ => ImageFormat::Jpeg,
    };
    ImageReader::with_format(Cursor::new(bytes), format)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode_jpeg;
    use crate::testing::{drawn_face, drawn_map};
    use serde_json::json;

    #[test]
    fn every_format_comes_back_and_two_lose_nothing() {
        let face = drawn_face(1);
        for format in [CropFormat::Jpeg, CropFormat::Png, CropFormat::Webp] {
            let bytes = format.encode(&face, 90).unwrap();
            assert_eq!(crop_dimensions(&bytes).unwrap(), (256, 256));
            let back = decode_crop(&bytes).unwrap();
            let jpeg = || decode_jpeg(&encode_jpeg(&face, 90).unwrap()).unwrap();
            assert_eq!(back, if format == CropFormat::Jpeg { jpeg() } else { face.clone() });
            assert!(decode_crop(&bytes[..200]).is_err(), "{format:?}");
        }
        for wrong in [&b""[..], b"text", &[0; 1000]] {
            assert!(matches!(decode_crop(wrong), Err(Error::Crop(_))));
        }
    }

    #[test]
    fn sixteen_bits_are_within_half_a_step_and_keep_the_ends() {
        let map = drawn_map(1);
        let read = MapFormat::Png.as_read_back(map.clone());
        for (before, after) in map.data().iter().zip(read.data()) {
            assert!((before - after).abs() <= 0.5 / 65535.0 + f32::EPSILON, "{before} {after}");
        }
        assert_eq!([0.0, 1.0].map(|end| from_level(level(end))), [0.0, 1.0]);
        assert!((0..=u16::MAX).all(|step| level(from_level(step)) == step));
        assert_eq!(MapFormat::Npy.as_read_back(map.clone()), map);
    }

    #[test]
    fn settings_without_formats_mean_the_published_ones() {
        for settings in [json!(null), json!({"sample": {}}), json!({"sample": {"files": {}}})] {
            assert_eq!(Files::of(&settings).unwrap(), Files::default());
        }
        let settings = json!({"sample": {"files": {"crops": "webp", "maps": "png"}}});
        let expected = Files { crops: CropFormat::Webp, maps: MapFormat::Png };
        assert_eq!(Files::of(&settings).unwrap(), expected);
        assert!(Files::of(&json!({"sample": {"files": {"crops": "gif"}}})).is_err());
    }
}
