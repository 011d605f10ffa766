//! What a file is, by its first bytes: for messages about files of another kind than their name.

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

/// First bytes of kinds that need no more.
const MAGIC: &[(&[u8], FileKind)] = &[
    (b"%PDF-", FileKind::Pdf),
    (b"\x1f\x8b", FileKind::Gzip),
    (b"PK\x03\x04", FileKind::Zip),
    (b"PK\x05\x06", FileKind::Zip),
    (b"7z\xbc\xaf\x27\x1c", FileKind::SevenZip),
    (b"Rar!\x1a\x07", FileKind::Rar),
    (b"\xfd7zXZ\0", FileKind::Xz),
    (b"\x28\xb5\x2f\xfd", FileKind::Zstd),
    (b"BZh", FileKind::Bzip2),
    (b"\xff\xd8\xff", FileKind::Jpeg),
    (b"GIF87a", FileKind::Gif),
    (b"GIF89a", FileKind::Gif),
    (b"\xff\x0a", FileKind::JpegXl),
    (b"\0\0\0\x0cJXL \r\n\x87\n", FileKind::JpegXl),
    (b"\0\0\0\x0cjP  \r\n\x87\n", FileKind::Jpeg2000),
    (b"II*\0", FileKind::Tiff),
    (b"MM\0*", FileKind::Tiff),
    (b"fLaC", FileKind::Flac),
    (b"ID3", FileKind::Mp3),
    (b"\x1a\x45\xdf\xa3", FileKind::Matroska),
    (b"FLV\x01", FileKind::Flv),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", FileKind::Asf),
    (b"OggS", FileKind::Ogg),
    (b"\0\0\x01\xba", FileKind::MpegPs),
];

impl FileKind {
    /// The kind of a file that begins with these bytes; a few thousand are enough. `None` for other
    /// kinds, and for none.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
        magic
            .map(|&(_, kind)| kind)
            .or_else(|| riff(head))
            .or_else(|| png(head))
            .or_else(|| boxes(head))
            .or_else(|| other(head))
            .or_else(|| text(head))
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

fn at(head: &[u8], place: usize, bytes: &[u8]) -> bool {
    head.get(place..).is_some_and(|rest| rest.starts_with(bytes))
}

fn riff(head: &[u8]) -> Option<FileKind> {
    if !at(head, 0, b"RIFF") {
        return None;
    }
    match head.get(8..12)? {
        b"WEBP" => {
            // The second bit of the extended header's flags.
            let animated = at(head, 12, b"VP8X") && head.get(20).is_some_and(|flags| flags & 2 > 0);
            Some(if animated { FileKind::AnimatedWebp } else { FileKind::Webp })
        }
        b"WAVE" => Some(FileKind::Wave),
        b"AVI " => Some(FileKind::Avi),
        _ => None,
    }
}

fn png(head: &[u8]) -> Option<FileKind> {
    let mut rest = head.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    // The chunk of the animation precedes those of the image: length, type, data, checksum.
    while let Some((length, chunk)) = rest.split_first_chunk::<4>() {
        match chunk.get(..4) {
            Some(b"acTL") => return Some(FileKind::Apng),
            Some(b"IDAT") | None => break,
            _ => {}
        }
        let skip = (u32::from_be_bytes(*length) as usize).saturating_add(8);
        rest = chunk.get(skip..).unwrap_or_default();
    }
    Some(FileKind::Png)
}

/// ISO/IEC 14496-12, 4.3: the file type box with its brands.
fn boxes(head: &[u8]) -> Option<FileKind> {
    let (size, _) = head.split_first_chunk::<4>()?;
    if !at(head, 4, b"ftyp") {
        return at(head, 4, b"moov").then_some(FileKind::Mp4);
    }
    let end = (u32::from_be_bytes(*size) as usize).clamp(8, head.len());
    let mut brands = head[8..end].chunks_exact(4);
    match brands.next()? {
        b"avif" | b"avis" => Some(FileKind::Avif),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => Some(FileKind::Heic),
        // Images of any codec; another brand, behind the version, decides.
        b"mif1" | b"msf1" => {
            let avif = brands.any(|brand| matches!(brand, b"avif" | b"avis"));
            Some(if avif { FileKind::Avif } else { FileKind::Heic })
        }
        _ => Some(FileKind::Mp4),
    }
}

/// Kinds whose signature is short, or not in front.
fn other(head: &[u8]) -> Option<FileKind> {
    let packets =
        |size: usize, from| (0..3).all(|packet| head.get(from + packet * size) == Some(&0x47));
    if at(head, 257, b"ustar") {
        Some(FileKind::Tar)
    } else if at(head, 0, b"BM") && at(head, 6, &[0; 4]) {
        Some(FileKind::Bmp)
    } else if packets(188, 0) || packets(192, 4) {
        Some(FileKind::MpegTs)
    } else {
        None
    }
}

fn text(head: &[u8]) -> Option<FileKind> {
    if at(head, 0, b"\xff\xfe") || at(head, 0, b"\xfe\xff") {
        return Some(FileKind::Text);
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let valid = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character cut at the end of what was read.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let printable = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\x0c' | '\x1b');
    if valid.is_empty() || !valid.chars().all(printable) {
        return None;
    }
    let start: String = valid.trim_start().chars().take(200).collect::<String>().to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| start.starts_with(word));
    Some(if begins(&["<!doctype html", "<html", "<head", "<body"]) {
        FileKind::Html
    } else if begins(&["<svg", "<!doctype svg"]) || begins(&["<?xml"]) && start.contains("<svg") {
        FileKind::Svg
    } else if begins(&["<?xml"]) {
        if start.contains("<html") { FileKind::Html } else { FileKind::Xml }
    } else if begins(&["{\"", "{\n", "{ \"", "[{"]) {
        FileKind::Json
    } else if begins(&["#extm3u"]) {
        FileKind::Playlist
    } else if begins(&["version https://git-lfs"]) {
        FileKind::GitLfsPointer
    } else {
        FileKind::Text
    })
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
        check("Tea, caf\u{e9}s".as_bytes(), "text");
        check(&"Tea, caf\u{e9}".as_bytes()[..9], "text");
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
