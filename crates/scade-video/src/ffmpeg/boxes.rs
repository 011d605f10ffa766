//! Distinguishes a truncated MP4 from a file that is not an MP4, by its top-level boxes.

use std::io::{Read, Seek, SeekFrom};

/// Limit for crafted files, far above the number of top-level boxes of an unfragmented file.
const MAX_BOXES: usize = 1000;

/// Whether a file starts as an MP4 or MOV and ends before its index, the `moov` box, is complete.
///
/// Unreadable files count as "no": the caller then reports the first error it had.
pub(super) fn index_missing(file: &mut (impl Read + Seek)) -> bool {
    scan(file).unwrap_or(false)
}

fn scan(file: &mut (impl Read + Seek)) -> std::io::Result<bool> {
    let end = file.seek(SeekFrom::End(0))?;
    let mut start = 0;
    let mut is_mp4 = false;
    for _ in 0..MAX_BOXES {
        if end.saturating_sub(start) < 8 {
            break;
        }
        file.seek(SeekFrom::Start(start))?;
        let (size, kind) = header(file, end - start)?;
        let next = start.saturating_add(size);
        match &kind {
            b"ftyp" => is_mp4 = true,
            b"moov" => return Ok(is_mp4 && next > end),
            _ => {}
        }
        // A size below the header's own cannot be followed any further.
        if !is_mp4 || size < 8 {
            break;
        }
        start = next;
    }
    Ok(is_mp4)
}

/// Size in bytes and type of the box at the current position. ISO/IEC 14496-12, 4.2: a size of 1
/// is followed by the real one in 64 bits, 0 means up to the end of the file.
fn header(file: &mut impl Read, left: u64) -> std::io::Result<(u64, [u8; 4])> {
    let mut size = [0; 4];
    let mut kind = [0; 4];
    file.read_exact(&mut size)?;
    file.read_exact(&mut kind)?;
    let size = match u32::from_be_bytes(size) {
        0 => left,
        1 => {
            let mut wide = [0; 8];
            file.read_exact(&mut wide)?;
            u64::from_be_bytes(wide)
        }
        size => size.into(),
    };
    Ok((size, kind))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn check(boxes: &[(&[u8; 4], u32, usize)], missing: bool) {
        let mut bytes = Vec::new();
        for &(kind, size, payload) in boxes {
            bytes.extend(size.to_be_bytes());
            bytes.extend(kind);
            bytes.resize(bytes.len() + payload, 0);
        }
        assert_eq!(index_missing(&mut Cursor::new(bytes)), missing, "{boxes:?}");
    }

    #[test]
    fn an_index_must_be_complete() {
        check(&[(b"ftyp", 12, 4), (b"mdat", 20, 12), (b"moov", 16, 8)], false);
        check(&[(b"ftyp", 12, 4), (b"moov", 16, 8), (b"mdat", 20, 3)], false);
        check(&[(b"ftyp", 12, 4), (b"mdat", 20, 12)], true);
        check(&[(b"ftyp", 12, 4), (b"mdat", 20, 5)], true);
        check(&[(b"ftyp", 12, 4), (b"mdat", 0, 5)], true);
        check(&[(b"ftyp", 12, 4), (b"mdat", 20, 12), (b"moov", 16, 7)], true);
    }

    #[test]
    fn other_files_and_impossible_sizes_end_the_search() {
        check(&[], false);
        check(&[(b"RIFF", 1000, 50)], false);
        check(&[(b"ftyp", 3, 40)], true);
        check(&[(b"mdat", 1, 40), (b"mdat", 8, 0)], false);
    }

    #[test]
    fn a_wide_size_is_followed() {
        let mut bytes = b"\0\0\0\x08ftyp\0\0\0\x01mdat\0\0\0\0\0\0\0\x14".to_vec();
        bytes.extend([0; 4]);
        bytes.extend(b"\0\0\0\x08moov");
        assert!(!index_missing(&mut Cursor::new(&bytes)));
        bytes.truncate(bytes.len() - 8);
        assert!(index_missing(&mut Cursor::new(&bytes)));
    }
}
