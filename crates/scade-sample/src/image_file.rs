//! Reading image files as a person sees them; which files are images.

use std::path::Path;

use scade_fs::{FileKind, has_ending};
use scade_image::{DecodeError, IMAGE_EXTENSIONS, RgbImage, decode_image};
use scade_video::VIDEO_EXTENSIONS;

use crate::Error;

/// Reads an image file as [`decode_image`] decodes it.
///
/// # Errors
/// [`Error::ImageFile`] for a file that is not there, cannot be read or is not a regular file;
/// [`Error::NotAnImage`] with what it is instead; [`Error::Image`] for an image that is damaged, too
/// large, or has a feature that is not supported.
pub fn read_image(path: impl AsRef<Path>) -> Result<RgbImage, Error> {
    let path = path.as_ref();
    let bytes = scade_fs::read(path)
        .map_err(|source| Error::ImageFile { path: path.to_owned(), source })?;
    decode_image(&bytes).map_err(|error| match error {
        DecodeError::NotAnImage => {
            let found = FileKind::instead_of_image(&bytes);
            Error::NotAnImage { path: path.to_owned(), found }
        }
        source => Error::Image { path: path.to_owned(), source },
    })
}

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Media {
    /// One image, by [`read_image`].
    Image,
    /// Frames with times, by [`crate::FrameQueue`]: a video or an animation.
    Video,
}

impl Media {
    /// What a file is by its content; by its name alone where the content does not tell.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        use FileKind::{AnimatedWebp, Apng, Gif};
        match FileKind::read(path).ok().flatten() {
            Some(Apng | AnimatedWebp | Gif) => Self::Video,
            Some(kind) if kind.is_video() => Self::Video,
            Some(kind) if kind.is_image() => Self::Image,
            _ if has_ending(path, &IMAGE_EXTENSIONS) => Self::Image,
            _ => Self::Video,
        }
    }
}

/// Whether the name of a file has the ending of an image or video that is read.
#[must_use]
pub fn has_media_ending(path: &Path) -> bool {
    has_ending(path, &IMAGE_EXTENSIONS) || has_ending(path, &VIDEO_EXTENSIONS)
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

    #[test]
    fn what_a_file_is_instead_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.jpg");
        for (content, found) in [
            (&b"<!DOCTYPE html><html><body>404</body></html>"[..], "an HTML page, not an image"),
            (b"%PDF-1.7", "a PDF document, not an image"),
            (b"", "empty"),
            (&[0; 100], "a file of an unknown kind, not an image"),
            (b"\0\0\0\x20ftypavif\0\0\0\0", "an AVIF image, a format that is not read"),
        ] {
            std::fs::write(&path, content).unwrap();
            let error = read_image(&path).unwrap_err().to_string();
            assert!(error.ends_with(&format!("page.jpg is {found}")), "{error}");
        }
    }

    #[test]
    fn content_decides_how_a_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file.mp4");
        half_red(8, 8).save_with_format(&path, ImageFormat::Png).unwrap();
        assert_eq!(Media::of(&path), Media::Image);
        std::fs::write(&path, "GIF89a").unwrap();
        assert_eq!(Media::of(&path), Media::Video);
        // Nothing to go by but the name.
        assert_eq!(Media::of(&folder.path().join("none.jpg")), Media::Image);
        assert_eq!(Media::of(&folder.path().join("none.mkv")), Media::Video);
        assert!(has_media_ending(Path::new("a/b.HEIC")) && has_media_ending(Path::new("b.m4v")));
        assert!(!has_media_ending(Path::new("b.txt")) && !has_media_ending(Path::new("b")));
    }
}
