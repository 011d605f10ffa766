//! Which way is up: the Exif or XMP orientation, wherever a file keeps it.
//!
//! Exif is a small TIFF file. Programs put it into other containers with and without the prefix `Exif\0\0`,
//! as hexadecimal text, and write the orientation as a short or long integer.

use std::io::Cursor;

use image::metadata::Orientation;

/// Tag of the orientation, TIFF 6.0.
const TAG: u16 = 0x0112;

/// Bytes before the TIFF header that are skipped.
const MAX_PREFIX: usize = 16;

/// The orientation that Exif or, where it has none, XMP states.
pub(super) fn of(exif: Option<&[u8]>, xmp: Option<&[u8]>) -> Orientation {
    let value = exif.and_then(in_exif).or_else(|| xmp.and_then(in_xmp));
    value.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}

/// Exif as hexadecimal text in a PNG: ImageMagick's `Raw profile type exif`.
pub(super) fn raw_profile(png: &[u8]) -> Option<Vec<u8>> {
    let reader = png::Decoder::new(Cursor::new(png)).read_info().ok()?;
    let is_exif = |keyword: &str| {
        matches!(keyword.strip_prefix("Raw profile type "), Some("exif" | "APP1" | "app1"))
    };
    let info = reader.info();
    let compressed = info.compressed_latin1_text.iter().filter(|text| is_exif(&text.keyword));
    let plain = info.uncompressed_latin1_text.iter().filter(|text| is_exif(&text.keyword));
    let texts = compressed.filter_map(|text| text.get_text().ok());
    texts.chain(plain.map(|text| text.text.clone())).find_map(|text| unhex(&text))
}

/// The bytes of a raw profile: a name, the number of bytes, hexadecimal digits in lines.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let mut words = text.split_ascii_whitespace().skip(1);
    let count: usize = words.next()?.parse().ok()?;
    let digits: Vec<u8> = words.flat_map(str::bytes).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks_exact(2).take(count).map(byte).collect()
}

/// The value in a TIFF structure, 1..=8.
fn in_exif(bytes: &[u8]) -> Option<u8> {
    let start = (0..MAX_PREFIX.min(bytes.len()))
        .find(|&at| bytes[at..].starts_with(b"II*\0") || bytes[at..].starts_with(b"MM\0*"))?;
    let tiff = Tiff { bytes: &bytes[start..], little: bytes[start] == b'I' };
    let directory = tiff.long(4)? as usize;
    let count = usize::from(tiff.short(directory)?);
    let entries = (0..count).map(|entry| directory + 2 + 12 * entry);
    let entry = entries
        .take_while(|&at| tiff.short(at).is_some())
        .find(|&at| tiff.short(at) == Some(TAG))?;
    let value = match tiff.short(entry + 2)? {
        1 => u32::from(*tiff.bytes.get(entry + 8)?),
        3 => u32::from(tiff.short(entry + 8)?),
        4 => tiff.long(entry + 8)?,
        _ => return None,
    };
    u8::try_from(value).ok().filter(|value| (1..=8).contains(value))
}

/// Integers of a TIFF structure.
struct Tiff<'a> {
    bytes: &'a [u8],
    little: bool,
}

impl Tiff<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }
}

/// The value in XMP, as an attribute or an element.
fn in_xmp(bytes: &[u8]) -> Option<u8> {
    const NAME: &[u8] = b"tiff:Orientation";
    let mut names = bytes.windows(NAME.len()).enumerate().filter(|(_, name)| *name == NAME);
    let value = |(at, _): (usize, &[u8])| {
        let rest = &bytes[at + NAME.len()..];
        let is_separator = |byte: &u8| matches!(byte, b'=' | b'"' | b'\'' | b'>' | b' ');
        let digit = rest.iter().find(|byte| !is_separator(byte))?;
        (b'1'..=b'8').contains(digit).then(|| digit - b'0')
    };
    names.find_map(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with another entry before the orientation.
    fn exif(little: bool, kind: u16, value: u32) -> Vec<u8> {
        let short = |v: u16| if little { v.to_le_bytes() } else { v.to_be_bytes() };
        let long = |v: u32| if little { v.to_le_bytes() } else { v.to_be_bytes() };
        let mut bytes = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
        bytes.extend(long(8));
        bytes.extend(short(2));
        for (tag, kind, value) in [(0x010f, 3, 77), (TAG, kind, value)] {
            bytes.extend(short(tag));
            bytes.extend(short(kind));
            bytes.extend(long(1));
            match kind {
                1 => bytes.extend([value as u8, 0, 0, 0]),
                3 => bytes.extend([short(value as u16), [0; 2]].concat()),
                _ => bytes.extend(long(value)),
            }
        }
        bytes
    }

    #[test]
    fn every_byte_order_type_and_prefix_is_read() {
        for little in [true, false] {
            for kind in [1, 3, 4] {
                for value in 1..=8 {
                    let plain = exif(little, kind, value);
                    let prefixed = [b"Exif\0\0", &plain[..]].concat();
                    assert_eq!(in_exif(&plain), Some(value as u8), "{little} {kind}");
                    assert_eq!(in_exif(&prefixed), Some(value as u8), "{little} {kind}");
                }
                assert_eq!(in_exif(&exif(little, kind, 9)), None);
            }
        }
    }

    #[test]
    fn what_is_cut_short_or_foreign_has_no_orientation() {
        let whole = exif(true, 3, 6);
        // The two bytes of padding behind the value are not needed.
        for length in 0..whole.len() - 2 {
            assert_eq!(in_exif(&whole[..length]), None, "{length}");
        }
        assert_eq!(in_exif(b"something else entirely"), None);
    }

    #[test]
    fn xmp_has_two_forms() {
        assert_eq!(in_xmp(b"<rdf:Description tiff:Orientation=\"6\"/>"), Some(6));
        assert_eq!(in_xmp(b"<tiff:Orientation>3</tiff:Orientation>"), Some(3));
        assert_eq!(in_xmp(b"<tiff:Orientation></tiff:Orientation>"), None);
        assert_eq!(in_xmp(b"tiff:Orientation='0'"), None);
    }

    #[test]
    fn exif_counts_before_xmp() {
        let six = exif(false, 3, 6);
        let three = b"tiff:Orientation=\"3\"";
        assert_eq!(of(Some(&six), Some(three)), Orientation::from_exif(6).unwrap());
        assert_eq!(of(Some(b"none"), Some(three)), Orientation::from_exif(3).unwrap());
        assert_eq!(of(None, None), Orientation::NoTransforms);
    }

    #[test]
    fn a_raw_profile_is_text_of_hexadecimal_digits() {
        assert_eq!(unhex("\nexif\n       3\n4d4d\n00\n"), Some(vec![0x4d, 0x4d, 0]));
        assert_eq!(unhex("\nexif\n       3\n4dzz"), None);
        assert_eq!(unhex(""), None);
    }
}
