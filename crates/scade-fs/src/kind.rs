//! What a file is, by its first bytes: for messages about files of another kind than their name.

mod detect;

use std::fmt;
use std::fs::File;
use std::io::{Read, Result};
use std::path::Path;

use crate::require_regular;

/// The kind of a file. Its text has an article: "an HTML page".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// HTML page.
    Html,
    /// SVG image.
    Svg,
    /// XML file.
    Xml,
    /// JSON file.
    Json,
    /// M3U, for any medium.
    Playlist,
    /// What Git stores instead of a large file that was not fetched.
    GitLfsPointer,
    /// UTF-8 or UTF-16, of no kind above.
    Text,
    /// PDF document.
    Pdf,
    /// Gzip archive.
    Gzip,
    /// ZIP archive.
    Zip,
    /// 7z archive.
    SevenZip,
    /// RAR archive.
    Rar,
    /// Xz archive.
    Xz,
    /// Zstandard archive.
    Zstd,
    /// Bzip2 archive.
    Bzip2,
    /// Tar archive.
    Tar,
    /// JPEG image.
    Jpeg,
    /// PNG image.
    Png,
    /// An animated PNG.
    Apng,
    /// GIF image.
    Gif,
    /// WebP image.
    Webp,
    /// Animated WebP image.
    AnimatedWebp,
    /// HEIC image.
    Heic,
    /// AVIF image.
    Avif,
    /// JPEG XL image.
    JpegXl,
    /// JPEG 2000 image.
    Jpeg2000,
    /// TIFF image.
    Tiff,
    /// BMP image.
    Bmp,
    /// WAVE sound file.
    Wave,
    /// FLAC sound file.
    Flac,
    /// MP3 sound file.
    Mp3,
    /// MP4, MOV and other formats of boxes.
    Mp4,
    /// Matroska and WebM.
    Matroska,
    /// AVI video.
    Avi,
    /// FLV video.
    Flv,
    /// ASF, with the extension WMV.
    Asf,
    /// Ogg file.
    Ogg,
    /// MPEG transport stream.
    MpegTs,
    /// MPEG program stream.
    MpegPs,
}

/// Bytes that decide.
const HEAD: u64 = 4096;

impl FileKind {
    /// The kind of a file that begins with these bytes; a few thousand are enough. `None` for other
    /// kinds, and for none.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        detect::of(head)
    }

    /// The kind of the regular file at `path`.
    ///
    /// # Errors
    /// When it cannot be read, and as [`require_regular`].
    pub fn read(path: impl AsRef<Path>) -> Result<Option<Self>> {
        require_regular(path.as_ref())?;
        let mut head = Vec::new();
        File::open(path)?.take(HEAD).read_to_end(&mut head)?;
        Ok(Self::of(&head))
    }

    /// Whether it may hold moving images that FFmpeg decodes.
    #[must_use]
    pub fn is_video(self) -> bool {
        use FileKind::{Apng, Asf, Avi, Flv, Gif, Matroska, Mp4, MpegPs, MpegTs, Ogg};
        matches!(self, Apng | Asf | Avi | Flv | Gif | Matroska | Mp4 | MpegPs | MpegTs | Ogg)
    }

    /// What a file is that no image could be decoded from, in words.
    #[must_use]
    pub fn instead_of_image(bytes: &[u8]) -> String {
        match Self::of(bytes) {
            Some(kind) if kind.is_image() => format!("{kind}, a format that is not read"),
            Some(kind) => format!("{kind}, not an image"),
            None if bytes.is_empty() => "empty".to_owned(),
            None => "a file of an unknown kind, not an image".to_owned(),
        }
    }

    /// Whether it is one image or an animation.
    #[must_use]
    pub fn is_image(self) -> bool {
        use FileKind::{
            AnimatedWebp, Apng, Avif, Bmp, Gif, Heic, Jpeg, Jpeg2000, JpegXl, Png, Tiff, Webp,
        };
        matches!(
            self,
            AnimatedWebp
                | Apng
                | Avif
                | Bmp
                | Gif
                | Heic
                | Jpeg
                | Jpeg2000
                | JpegXl
                | Png
                | Tiff
                | Webp
        )
    }

    /// Its name without an article.
    fn name(self) -> &'static str {
        match self {
            Self::Html => "HTML page",
            Self::Svg => "SVG image",
            Self::Xml => "XML file",
            Self::Json => "JSON file",
            Self::Playlist => "playlist",
            Self::GitLfsPointer => "Git LFS pointer",
            Self::Text => "text",
            Self::Pdf => "PDF document",
            Self::Gzip => "gzip archive",
            Self::Zip => "ZIP archive",
            Self::SevenZip => "7z archive",
            Self::Rar => "RAR archive",
            Self::Xz => "xz archive",
            Self::Zstd => "Zstandard archive",
            Self::Bzip2 => "bzip2 archive",
            Self::Tar => "tar archive",
            Self::Jpeg => "JPEG image",
            Self::Png => "PNG image",
            Self::Apng => "animated PNG image",
            Self::Gif => "GIF image",
            Self::Webp => "WebP image",
            Self::AnimatedWebp => "animated WebP image",
            Self::Heic => "HEIC image",
            Self::Avif => "AVIF image",
            Self::JpegXl => "JPEG XL image",
            Self::Jpeg2000 => "JPEG 2000 image",
            Self::Tiff => "TIFF image",
            Self::Bmp => "BMP image",
            Self::Wave => "WAVE sound file",
            Self::Flac => "FLAC sound file",
            Self::Mp3 => "MP3 sound file",
            Self::Mp4 => "MP4 video",
            Self::Matroska => "Matroska video",
            Self::Avi => "AVI video",
            Self::Flv => "FLV video",
            Self::Asf => "ASF video",
            Self::Ogg => "Ogg file",
            Self::MpegTs => "MPEG transport stream",
            Self::MpegPs => "MPEG program stream",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        // Letters that are spelled with a vowel in front count as vowels.
        let article = match (self, name.as_bytes()[0]) {
            (Self::Text, _) => "",
            (Self::Html | Self::Svg | Self::Xml | Self::Mp3 | Self::Mp4 | Self::MpegTs, _)
            | (Self::MpegPs | Self::Rar | Self::Xz | Self::Flv, _)
            | (_, b'A' | b'a' | b'O') => "an ",
            _ => "a ",
        };
        write!(f, "{article}{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_recognized_and_named() {
        let check = |head: &[u8], expected: &str| {
            let kind = FileKind::of(head).map(|kind| kind.to_string());
            assert_eq!(kind.as_deref().unwrap_or("unknown"), expected, "{head:x?}");
        };
        check(b"<!DOCTYPE html><html><body>403 Forbidden</body></html>", "an HTML page");
        check(b"\xef\xbb\xbf\n <HTML>", "an HTML page");
        check(b"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>", "an XML file");
        check(b"<?xml version=\"1.0\"?>\n<svg>", "an SVG image");
        check(b"{\"error\": \"not found\"}", "a JSON file");
        check(b"#EXTM3U\n", "a playlist");
        check(b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer");
        check("It costs 20 \u{20ac}.".as_bytes(), "text");
        check(&"It costs 20 \u{20ac}".as_bytes()[..14], "text");
        check(b"\xff\xfew\0o\0", "text");
        check(b"%PDF-1.7\n", "a PDF document");
        check(b"\x1f\x8b\x08\0", "a gzip archive");
        check(b"PK\x03\x04\x14\0", "a ZIP archive");
        check(b"\xff\xd8\xff\xe0", "a JPEG image");
        check(b"RIFF\0\0\0\0WEBPVP8 ", "a WebP image");
        check(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02", "an animated WebP image");
        check(b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10", "a WebP image");
        check(b"RIFF\0\0\0\0WAVEfmt ", "a WAVE sound file");
        check(b"RIFF\0\0\0\0AVI LIST", "an AVI video");
        check(b"\0\0\0\x1cftypheic\0\0\0\0mif1heic", "a HEIC image");
        check(b"\0\0\0\x18ftypmif1\0\0\0\0avifmif1", "an AVIF image");
        check(b"\0\0\0\x18ftypmif1\0\0\0\0heicavif", "an AVIF image");
        check(b"\0\0\0\x10ftypmif1\0\0\0\0avif", "a HEIC image");
        check(b"\0\0\0\x20ftypisom\0\0\x02\0", "an MP4 video");
        check(b"\0\0\0\0ftyp", "unknown");
        check(b"BM\x46\0\0\0\0\0\0\0", "a BMP image");
        check(&[0x47; 600], "an MPEG transport stream");
        check(b"\0\x01\x02", "unknown");
        check(b"", "unknown");
    }

    #[test]
    fn an_animated_png_has_a_chunk_for_it() {
        let png = |second: &[u8; 4]| {
            let header = [&b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"[..], &[0; 17]].concat();
            FileKind::of(&[&header[..], &[0, 0, 0, 8], second, &[0; 12]].concat())
        };
        assert_eq!(png(b"acTL"), Some(FileKind::Apng));
        assert_eq!(png(b"IDAT"), Some(FileKind::Png));
        assert_eq!(FileKind::of(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR"), Some(FileKind::Png));
    }

    #[test]
    fn files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.jpg");
        std::fs::write(&path, "<html>").unwrap();
        assert_eq!(FileKind::read(&path).unwrap(), Some(FileKind::Html));
        std::fs::write(&path, "").unwrap();
        assert_eq!(FileKind::read(&path).unwrap(), None);
        assert!(FileKind::read(folder.path()).is_err());
        assert!(FileKind::Gif.is_video() && !FileKind::Heic.is_video());
    }
}
