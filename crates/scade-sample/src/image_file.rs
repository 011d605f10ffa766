//! Reading image files as a person sees them.

use std::path::Path;

use scade_image::{RgbImage, decode_image};

use crate::Error;

/// Reads an image file as [`decode_image`] decodes it.
///
/// # Errors
/// [`Error::ImageFile`] for a file that is not there, cannot be read or is not a regular file;
/// [`Error::Image`] for one that is not an image, is damaged, or is larger than 16,384 pixels a side.
pub fn read_image(path: impl AsRef<Path>) -> Result<RgbImage, Error> {
    let path = path.as_ref();
    let bytes = scade_fs::read(path)
        .map_err(|source| Error::ImageFile { path: path.to_owned(), source })?;
    decode_image(&bytes).map_err(|source| Error::Image { path: path.to_owned(), source })
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
        let image = half_red(32, 16);
        // A minimal Exif block: little-endian TIFF, one entry, orientation (0x0112) = 6, which is
        // "turn clockwise by 90°".
        let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
        encoder.set_exif_metadata(exif).unwrap();
        encoder.write_image(image.as_raw(), 32, 16, image::ExtendedColorType::Rgb8).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let read = read_image(&path).unwrap();
        assert_eq!(read.dimensions(), (16, 32));
        assert!(read[(8, 4)][0] > 200 && read[(8, 28)][2] > 200);
    }

    #[test]
    fn the_content_decides_and_not_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("really_png.jpg");
        half_red(8, 8).save_with_format(&path, ImageFormat::Png).unwrap();
        assert_eq!(read_image(&path).unwrap(), half_red(8, 8));
    }

    #[test]
    fn what_is_not_an_image_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text.png");
        std::fs::write(&text, "not an image").unwrap();
        let empty = folder.path().join("empty.jpg");
        std::fs::write(&empty, "").unwrap();
        for path in [text, empty, folder.path().join("missing.png"), folder.path().to_owned()] {
            let error = read_image(&path).unwrap_err();
            assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
        }
    }
}
