//! The signatures of kinds of files.

use super::FileKind;

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

/// The kind of a file that begins with `head`.
pub(super) fn of(head: &[u8]) -> Option<FileKind> {
    let magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    magic
        .map(|&(_, kind)| kind)
        .or_else(|| riff(head))
        .or_else(|| png(head))
        .or_else(|| boxes(head))
        .or_else(|| other(head))
        .or_else(|| text(head))
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
