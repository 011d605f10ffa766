//! The quality that a JPEG was written with.

/// Luminance table of the Independent JPEG Group's encoder at quality 50 (ITU-T T.81, table K.1), in the
/// zigzag order of files.
const BASE: [u32; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37,
    29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81,
    87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/// The quality, 1 to 100, at which the encoder of the Independent JPEG Group has the table most like the first
/// one of a file; cameras and other encoders have tables of their own. `None` for a file that is no JPEG or has
/// no table in these bytes, its beginning.
#[must_use]
pub fn jpeg_quality(head: &[u8]) -> Option<u8> {
    let table = first_table(head)?;
    let distance = |quality: u32| {
        let scale = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
        let entries = BASE.iter().map(|base| ((base * scale + 50) / 100).clamp(1, 255));
        entries.zip(&table).map(|(ours, its)| ours.abs_diff(*its)).sum::<u32>()
    };
    (1..=100).min_by_key(|quality| distance(*quality)).map(|quality| quality as u8)
}

fn first_table(head: &[u8]) -> Option<Vec<u32>> {
    let mut rest = head.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let (&[first, marker, high, low], _) = rest.split_first_chunk::<4>()?;
        if first != 0xff {
            return None;
        }
        // Padding before a marker.
        if marker == 0xff {
            rest = &rest[1..];
            continue;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let segment = rest.get(4..2 + length)?;
        match marker {
            0xdb => return table(segment),
            // The image begins, without a table.
            0xda | 0xd9 => return None,
            _ => rest = rest.get(2 + length..)?,
        }
    }
}

fn table(segment: &[u8]) -> Option<Vec<u32>> {
    let (precision, entries) = segment.split_first()?;
    if precision >> 4 == 0 {
        Some(entries.get(..64)?.iter().map(|entry| u32::from(*entry)).collect())
    } else {
        let pairs = entries.get(..128)?.chunks_exact(2);
        Some(pairs.map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quality_of_a_written_jpeg_is_read_back() {
        let image = image::RgbImage::from_fn(32, 32, |x, y| image::Rgb([x as u8, y as u8, 7]));
        for quality in [5, 30, 50, 75, 90, 95] {
            let mut bytes = Vec::new();
            let mut encoder =
                image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality);
            encoder.encode_image(&image).unwrap();
            assert_eq!(jpeg_quality(&bytes), Some(quality));
        }
    }

    #[test]
    fn other_and_cut_files_have_no_quality() {
        for bytes in [&b""[..], b"\x89PNG", b"\xff\xd8\xff\xdb\x00", b"\xff\xd8\xff\xdb\x00\x00"] {
            assert_eq!(jpeg_quality(bytes), None);
        }
    }
}
