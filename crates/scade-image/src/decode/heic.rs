//! HEIC, the photographs of telephones, by the crate `heifer`.

use heifer::{Error, Options};
use image::{DynamicImage, RgbImage, RgbaImage};

use super::{DecodeError, most_pixels, opaque};

const FORMAT: &str = "HEIC";

/// Brands of files whose images are coded by HEVC, ISO/IEC 23008-12.
const BRANDS: [&[u8; 4]; 6] = [b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"];

/// Whether the first box names a brand of HEIC.
pub(super) fn is_heic(bytes: &[u8]) -> bool {
    let brand = bytes.get(8..12);
    bytes.get(4..8) == Some(b"ftyp") && BRANDS.iter().any(|known| brand == Some(&known[..]))
}

/// The primary image. Rotation and mirroring are boxes of the file, which the decoder obeys; an orientation
/// in Exif is only a copy of them.
pub(super) fn decode(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    let options = Options { max_pixels: most_pixels(bytes), ..Options::default() };
    let image = heifer::decode_rgba8(bytes, &options).map_err(|error| match error {
        Error::Unsupported(feature) => DecodeError::Unsupported { format: FORMAT, feature },
        error => DecodeError::Damaged { format: FORMAT, cause: error.into() },
    })?;
    let (width, height) = (image.width, image.height);
    let missing = || DecodeError::Damaged { format: FORMAT, cause: "pixels are missing".into() };
    if image.has_alpha {
        let image = RgbaImage::from_raw(width, height, image.data).ok_or_else(missing)?;
        return Ok(opaque(DynamicImage::from(image)));
    }
    RgbImage::from_raw(width, height, image.into_rgb8()).ok_or_else(missing)
}
