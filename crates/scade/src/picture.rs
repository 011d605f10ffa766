//! Reading picture files as a person sees them.

use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use scade_image::RgbImage;

use crate::Error;

/// File name endings of pictures, in any case.
pub const PICTURE_EXTENSIONS: [&str; 5] = ["jpg", "jpeg", "png", "bmp", "webp"];

/// Longest side of a picture that is accepted.
const MAX_SIDE: u32 = 16_384;

/// Reads a picture in 8-bit RGB, turned upright as its Exif data demands. The format is told by the
/// content, not by the name; an alpha channel is dropped.
///
/// # Errors
/// [`Error::Picture`] for a file that is not there, is no picture, is broken, or is larger than
/// 16,384 pixels a side.
pub fn read_picture(path: impl AsRef<Path>) -> Result<RgbImage, Error> {
    let path = path.as_ref();
    decode(path).map_err(|source| Error::Picture { path: path.to_owned(), source })
}

fn decode(path: &Path) -> Result<RgbImage, ImageError> {
    // Opening a pipe would wait for somebody to write into it.
    if !std::fs::metadata(path)?.is_file() {
        return Err(ImageError::IoError(std::io::Error::other("it is not a regular file")));
    }
    let mut reader = ImageReader::open(path)?.with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::codecs::jpeg::JpegEncoder;
    use image::{ImageEncoder, ImageFormat, Rgb};

    fn half_red(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) }
        })
    }

    #[test]
    fn exif_orientation_is_obeyed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("turned.jpg");
        let picture = half_red(32, 16);
        // A minimal Exif block: little-endian TIFF, one entry, orientation (0x0112) = 6, which is
        // "turn clockwise by 90°".
        let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(picture.as_raw(), 32, 16, image::ExtendedColorType::Rgb8).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let read = read_picture(&path).unwrap();
        assert_eq!(read.dimensions(), (16, 32));
        assert!(read[(8, 4)][0] > 200 && read[(8, 28)][2] > 200);
    }

    #[test]
    fn the_content_decides_and_not_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("really_png.jpg");
        half_red(8, 8).save_with_format(&path, ImageFormat::Png).unwrap();
        assert_eq!(read_picture(&path).unwrap(), half_red(8, 8));
    }

    #[test]
    fn what_is_no_picture_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.png");
        std::fs::write(&text, "no picture").unwrap();
        let empty = folder.path().join("empty.jpg");
        std::fs::write(&empty, "").unwrap();
        for path in [text, empty, folder.path().join("missing.png"), folder.path().to_owned()] {
            let error = read_picture(&path).unwrap_err();
            assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        }
    }
}
