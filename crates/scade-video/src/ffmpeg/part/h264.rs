//! Classifies packets by their bytes: which may be skipped without changing a pixel of the others.
//!
//! Only for H.264 and MPEG-4 part 2, and only where a packet is one whole frame. Everything else is
//! `None`: the file is then decoded packet by packet.

use ffmpeg_next::codec::{Id, Parameters};
use ffmpeg_next::ffi;

/// One frame and its headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) kind: Kind,
    /// Holds headers that later packets may need.
    pub(super) headers: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Needs no earlier frame, and neither does any later frame that is displayed after it.
    Refresh,
    /// Later frames may need it.
    Reference,
    /// No other frame needs it.
    Disposable,
}

/// How frames are stored in packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// H.264, each unit behind its length of so many bytes (ISO/IEC 14496-15).
    Lengths(usize),
    /// H.264, units between start codes (Annex B).
    StartCodes,
    /// MPEG-4 part 2.
    Mpeg4,
}

impl Syntax {
    pub(super) fn of(parameters: &Parameters) -> Option<Self> {
        // SAFETY: the pointer is to the parameters that are borrowed; extradata is null or has
        // `extradata_size` bytes. The field order is read as the plain integer it is in C.
        let (extra, field_order) = unsafe {
            let raw = parameters.as_ptr();
            let size = usize::try_from((*raw).extradata_size).unwrap_or(0);
            let null = (*raw).extradata.is_null();
            let extra = if null { &[] } else { std::slice::from_raw_parts((*raw).extradata, size) };
            (extra, (&raw const (*raw).field_order).cast::<i32>().read())
        };
        match parameters.id() {
            Id::MPEG4 => Some(Self::Mpeg4),
            // A field is half a frame, in a packet of its own or not.
            Id::H264 if field_order == ffi::AVFieldOrder::AV_FIELD_PROGRESSIVE as i32 => {
                Some(match extra {
                    [1, _, _, _, length, ..] => Self::Lengths(usize::from(length & 3) + 1),
                    _ => Self::StartCodes,
                })
            }
            _ => None,
        }
    }

    pub(super) fn part(self, packet: &[u8]) -> Option<Part> {
        match self {
            Self::Lengths(length) => h264(&with_lengths(packet, length)?),
            Self::StartCodes => h264(&between_start_codes(packet)),
            Self::Mpeg4 => mpeg4(&between_start_codes(packet)),
        }
    }
}

fn with_lengths(mut packet: &[u8], length: usize) -> Option<Vec<&[u8]>> {
    let mut units = Vec::new();
    while !packet.is_empty() {
        let (size, rest) = packet.split_at_checked(length)?;
        let size = size.iter().fold(0, |size, &byte| size << 8 | usize::from(byte));
        let (unit, rest) = rest.split_at_checked(size)?;
        units.push(unit);
        packet = rest;
    }
    Some(units)
}

/// The bytes after each `00 00 01`; bytes before the first are skipped.
fn between_start_codes(packet: &[u8]) -> Vec<&[u8]> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(window) = packet.get(at..at + 3) {
        if window == [0, 0, 1] {
            starts.push(at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    let ends = starts.iter().skip(1).map(|start| start - 3).chain([packet.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &packet[start..end]).collect()
}

/// ITU-T H.264, 7.3.1 and table 7-1.
fn h264(units: &[&[u8]]) -> Option<Part> {
    let (mut images, mut headers) = (0, false);
    let mut kind = None;
    for unit in units {
        let (&first, rest) = unit.split_first()?;
        let slice = match first & 0x1f {
            5 => Kind::Refresh,
            1 if first & 0x60 > 0 => Kind::Reference,
            1 => Kind::Disposable,
            // Supplemental information; the encoder's name in it changes how FFmpeg decodes.
            6 => {
                headers |= rest.first() == Some(&5);
                continue;
            }
            // Parameter sets, ends of sequence and stream.
            7 | 8 | 10 | 11 | 13 | 15 => {
                headers = true;
                continue;
            }
            // Delimiter, filler, unspecified types.
            0 | 9 | 12 | 16..=18 | 22.. => continue,
            // Data partitions, scalable and multiview coding, alpha.
            _ => return None,
        };
        // The number of the slice's first block, 0 in one bit: a frame begins.
        images += u32::from(rest.first()? & 0x80 > 0);
        if kind.replace(slice).is_some_and(|other| other != slice) {
            return None;
        }
    }
    (images == 1).then_some(Part { kind: kind?, headers })
}

/// ISO/IEC 14496-2, 6.2 and table 6-3.
fn mpeg4(units: &[&[u8]]) -> Option<Part> {
    let mut headers = false;
    let mut kind = None;
    for unit in units {
        match *unit.first()? {
            // A frame; two of them in one packet are "packed B-frames".
            0xb6 => {
                let coded = match unit.get(1)? >> 6 {
                    0 => Kind::Refresh,
                    2 => Kind::Disposable,
                    _ => Kind::Reference,
                };
                if kind.replace(coded).is_some() {
                    return None;
                }
            }
            // A time code.
            0xb3 => {}
            _ => headers = true,
        }
    }
    Some(Part { kind: kind?, headers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: Kind, headers: bool) -> Option<Part> {
        Some(Part { kind, headers })
    }

    #[test]
    fn h264_units_are_classified() {
        let check = |packet: &[u8], expected| {
            assert_eq!(Syntax::StartCodes.part(packet), expected, "{packet:x?}");
        };
        check(b"\0\0\x01\x65\x88", part(Kind::Refresh, false));
        check(b"\0\0\0\x01\x67\x42\0\0\x01\x68\xce\0\0\x01\x65\x88", part(Kind::Refresh, true));
        check(b"\0\0\x01\x09\xf0\0\0\x01\x41\x9a", part(Kind::Reference, false));
        check(b"\0\0\x01\x01\x9a", part(Kind::Disposable, false));
        check(b"\0\0\x01\x06\x05\x10\0\0\x01\x01\x9a", part(Kind::Disposable, true));
        check(b"\0\0\x01\x06\x01\x10\0\0\x01\x01\x9a", part(Kind::Disposable, false));
        // A second slice of the same frame, and a second frame.
        check(b"\0\0\x01\x41\x9a\0\0\x01\x41\x40", part(Kind::Reference, false));
        check(b"\0\0\x01\x41\x9a\0\0\x01\x41\x9a", None);
        check(b"\0\0\x01\x41\x9a\0\0\x01\x01\x40", None);
        // Only headers, a data partition, nothing.
        check(b"\0\0\x01\x67\x42", None);
        check(b"\0\0\x01\x42\x9a", None);
        check(b"\0\0\x01\x41", None);
        check(b"\0\0\x01", None);
        check(b"", None);
    }

    #[test]
    fn lengths_must_fill_the_packet() {
        let check = |length, packet: &[u8], expected| {
            assert_eq!(Syntax::Lengths(length).part(packet), expected, "{packet:x?}");
        };
        check(4, b"\0\0\0\x02\x06\x01\0\0\0\x02\x01\x9a", part(Kind::Disposable, false));
        check(2, b"\0\x02\x65\x88", part(Kind::Refresh, false));
        check(2, b"\0\x03\x65\x88", None);
        check(4, b"\xff\xff\xff\xff\x65\x88", None);
        check(4, b"\0\0\0\x02\x65\x88\0", None);
        check(4, b"\0\0\0\0", None);
    }

    #[test]
    fn mpeg4_frames_are_classified() {
        let check = |packet: &[u8], expected| {
            assert_eq!(Syntax::Mpeg4.part(packet), expected, "{packet:x?}");
        };
        check(b"\0\0\x01\xb3\0\0\x01\xb6\x10", part(Kind::Refresh, false));
        check(b"\0\0\x01\x20\x01\0\0\x01\xb6\x10", part(Kind::Refresh, true));
        check(b"\0\0\x01\xb6\x50", part(Kind::Reference, false));
        check(b"\0\0\x01\xb6\x90", part(Kind::Disposable, false));
        check(b"\0\0\x01\xb6\xd0", part(Kind::Reference, false));
        check(b"\0\0\x01\xb6\x50\0\0\x01\xb6\x90", None);
        check(b"\0\0\x01\xb6", None);
        check(b"\0\0\x80\x02\x08", None);
    }
}
