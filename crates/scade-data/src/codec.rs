//! Pictures from and to files: the JPEG that crops pass through, and whatever a user hands in.
//!
//! Training sees crops that were written as JPEG and read again. Inference passes its crops through
//! [`encode_jpeg`] and [`decode_jpeg`] too, so that both see the same pixels.

use std::io::Cursor;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader};
use scade_image::RgbImage;

use crate::{Error, Result};

/// A baseline JPEG of `picture`, chroma at full resolution (4:4:4).
///
/// # Errors
/// [`Error::Setting`] when `quality` is not in 1..=100; [`Error::Jpeg`] when the picture is empty or
/// a side is longer than the 65,535 pixels of the format.
pub fn encode_jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>> {
    if !(1..=100).contains(&quality) {
        let (setting, expected) = ("jpeg_quality", "1..=100");
        return Err(Error::Setting { setting, expected, got: quality.to_string() });
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.write_with_encoder(encoder).map_err(Error::Jpeg)?;
    Ok(bytes)
}

/// The picture in a JPEG file.
///
/// # Errors
/// [`Error::Jpeg`] when the bytes are anything else, or damaged.
pub fn decode_jpeg(bytes: &[u8]) -> Result<RgbImage> {
    let reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    reader.decode().map(|picture| picture.into_rgb8()).map_err(Error::Jpeg)
}

/// The picture in a JPEG, PNG, WebP or BMP file, told apart by content, turned upright as its EXIF
/// orientation says. Transparency is dropped, 16-bit channels are reduced to 8.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Picture`] when it is no such picture, is
/// damaged, or would take more than 512 MiB.
pub fn decode_picture(path: &Path) -> Result<RgbImage> {
    let reader = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(Error::io("read", path))?;
    let upright = || -> Result<RgbImage, ImageError> {
        let mut decoder = reader.into_decoder()?;
        let orientation = decoder.orientation()?;
        let mut picture = DynamicImage::from_decoder(decoder)?;
        picture.apply_orientation(orientation);
        Ok(picture.into_rgb8())
    };
    upright().map_err(|source| Error::Picture { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::drawn_face;

    /// Mean absolute difference, 0..255.
    fn distance(a: &RgbImage, b: &RgbImage) -> f64 {
        let pairs = a.as_raw().iter().zip(b.as_raw());
        let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        sum as f64 / a.as_raw().len() as f64
    }

    /// An EXIF segment that says orientation 6: turn clockwise by a quarter to view.
    const QUARTER_TURN: [u8; 36] = [
        0xFF, 0xE1, 0, 34, b'E', b'x', b'i', b'f', 0, 0, b'M', b'M', 0, 42, 0, 0, 0, 8, 0, 1, 1,
        0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ];

    #[test]
    fn quality_decides_how_much_is_lost() {
        let face = drawn_face(1);
        let loss =
            |quality| distance(&face, &decode_jpeg(&encode_jpeg(&face, quality).unwrap()).unwrap());
        assert!(loss(95) < 3.0, "{}", loss(95));
        assert!(loss(20) > 1.5 * loss(95), "{} {}", loss(20), loss(95));
        assert!(matches!(encode_jpeg(&face, 0), Err(Error::Setting { .. })));
        assert!(matches!(encode_jpeg(&face, 101), Err(Error::Setting { .. })));
    }

    #[test]
    fn red_stays_red() {
        let red = RgbImage::from_pixel(16, 16, image::Rgb([220, 20, 40]));
        let back = decode_jpeg(&encode_jpeg(&red, 95).unwrap()).unwrap();
        assert!(distance(&red, &back) < 3.0);
    }

    #[test]
    fn exif_orientation_is_applied_to_files_of_users() {
        let folder = tempfile::tempdir().unwrap();
        let lying = RgbImage::from_fn(32, 16, |x, _| image::Rgb([(x * 8) as u8, 0, 0]));
        let mut bytes = encode_jpeg(&lying, 95).unwrap();
        bytes.splice(2..2, QUARTER_TURN);
        let path = folder.path().join("phone.png");
        std::fs::write(&path, bytes).unwrap();
        let upright = decode_picture(&path).unwrap();
        assert_eq!(upright.dimensions(), (16, 32));
        assert!(distance(&upright, &image::imageops::rotate90(&lying)) < 4.0);
    }

    #[test]
    fn damaged_pictures_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broken.jpg");
        let sound = encode_jpeg(&drawn_face(2), 90).unwrap();
        for bytes in [&b""[..], b"no picture at all", &sound[..200]] {
            assert!(matches!(decode_jpeg(bytes), Err(Error::Jpeg(_))));
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(decode_picture(&path), Err(Error::Picture { .. })));
        }
        let error = decode_picture(&folder.path().join("absent.jpg")).unwrap_err();
        assert!(matches!(error, Error::Io { .. }));
    }
}
