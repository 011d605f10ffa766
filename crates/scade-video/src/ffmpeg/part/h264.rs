//! H.264 (ITU-T H.264).

use ffmpeg_next::codec::Parameters;
use ffmpeg_next::ffi;
use ffmpeg_next::packet::Packet;

use super::parser::{Parser, Structure};
use super::units::{Bits, between_start_codes, messages, unescaped, with_lengths};
use super::{Contents, Headers, Kind, Order, Part, extradata};

/// An H.264 stream.
pub(super) struct H264 {
    parser: Parser,
    /// Bytes of each unit's length (ISO/IEC 14496-15); `None` for start codes (Annex B).
    length: Option<usize>,
    progressive: bool,
    headers: Headers,
    /// A field that awaits the other one of its frame.
    field: Option<Structure>,
    start: Start,
    packets: u32,
    period: u32,
}

/// Where the decoder begins to return frames.
enum Start {
    /// Not yet.
    Awaited,
    /// At a recovery point: it returns no frame that is displayed before it.
    Recovery(Order),
    Refresh,
}

/// More than a decoder holds back: with fewer packets it may not return the frame of a recovery point
/// before the end of the stream, and takes all for incomplete.
const HELD_BACK: u32 = 32;

/// The units of one packet.
#[derive(Debug, PartialEq, Eq)]
struct Units<'a> {
    /// `None` if its frames differ in kind.
    kind: Option<Kind>,
    /// Frames or fields that begin.
    images: u32,
    instant_refresh: bool,
    /// All slices are intra.
    intra: bool,
    /// Ends the sequence.
    ends: bool,
    headers: Vec<&'a [u8]>,
}

impl H264 {
    pub(super) fn new(parameters: &Parameters) -> Option<Self> {
        let length = match extradata(parameters) {
            [1, _, _, _, length, ..] => Some(usize::from(length & 3) + 1),
            _ => None,
        };
        // SAFETY: the pointer is to the parameters that are borrowed; the field order is read as the
        // plain integer it is in C.
        let order = unsafe { (&raw const (*parameters.as_ptr()).field_order).cast::<i32>().read() };
        Some(Self {
            parser: Parser::new(parameters)?,
            length,
            progressive: order == ffi::AVFieldOrder::AV_FIELD_PROGRESSIVE as i32,
            headers: Headers::default(),
            field: None,
            start: Start::Awaited,
            packets: 0,
            period: 0,
        })
    }

    /// Whether the stream ends with a whole frame, and is long enough.
    pub(super) fn is_complete(&self) -> bool {
        let short = self.packets < HELD_BACK && matches!(self.start, Start::Recovery(_));
        self.field.is_none() && !short
    }

    pub(super) fn contents(&mut self, packet: &Packet) -> Contents {
        self.classify(packet).unwrap_or_default()
    }

    fn classify(&mut self, packet: &Packet) -> Option<Contents> {
        let header = self.parser.header(packet);
        let data = packet.data()?;
        let units = match self.length {
            Some(length) => classify(&with_lengths(data, length)?)?,
            None => classify(&between_start_codes(data))?,
        };
        let header = header?;
        self.packets += 1;
        self.period += u32::from(units.instant_refresh);
        let order = (self.period, header.count.into());
        let recovery = units.kind == Some(Kind::Recovery);
        match self.start {
            _ if units.instant_refresh => self.start = Start::Refresh,
            Start::Awaited if recovery && self.packets == 1 => self.start = Start::Recovery(order),
            _ => {}
        }
        let shown = self.shown(header.structure, units.images);
        let shown = match self.start {
            Start::Awaited => None,
            // FFmpeg may take an intra frame without a mark for another recovery point.
            Start::Recovery(start) if order < start => Some(0).filter(|_| !units.intra),
            Start::Recovery(_) | Start::Refresh => shown,
        };
        let headers = self.headers.are_new(&units.headers) | units.ends;
        // A field is half a frame, in a packet of its own or not.
        let whole = self.progressive && header.structure == Structure::Frame && units.images == 1;
        let part = |kind| Part { kind, headers, leading: false, order };
        Some(Contents { shown, part: units.kind.filter(|_| whole).map(part) })
    }

    /// Two fields are a frame. It counts with the first; `None` for fields without the other one.
    fn shown(&mut self, structure: Structure, images: u32) -> Option<u32> {
        match (structure, images, self.field.take()) {
            (Structure::Frame, 1, None) | (Structure::Top | Structure::Bottom, 2, None) => Some(1),
            (first @ (Structure::Top | Structure::Bottom), 1, None) => {
                self.field = Some(first);
                Some(1)
            }
            (Structure::Bottom, 1, Some(Structure::Top))
            | (Structure::Top, 1, Some(Structure::Bottom)) => Some(0),
            _ => None,
        }
    }
}

/// ITU-T H.264, 7.3.1 and table 7-1.
fn classify<'a>(units: &[&'a [u8]]) -> Option<Units<'a>> {
    let mut found = Units {
        kind: None,
        images: 0,
        instant_refresh: false,
        intra: true,
        ends: false,
        headers: Vec::new(),
    };
    let (mut recovery, mut intra, mut mixed) = (false, true, false);
    for &unit in units {
        let (&first, rest) = unit.split_first()?;
        let slice = match first & 0x1f {
            5 => Kind::Refresh,
            1 if first & 0x60 > 0 => Kind::Reference,
            1 => Kind::Disposable,
            6 => {
                let sei = unescaped(rest);
                for (kind, contents) in messages(&sei) {
                    match kind {
                        // The encoder's name in it changes how FFmpeg decodes.
                        5 if found.headers.last() != Some(&unit) => found.headers.push(unit),
                        6 => recovery |= is_exact_recovery(contents),
                        // How later frames are turned, too.
                        47 => return None,
                        _ => {}
                    }
                }
                continue;
            }
            // Parameter sets.
            7 | 8 | 13 | 15 => {
                found.headers.push(unit);
                continue;
            }
            // Ends of sequence and stream.
            10 | 11 => {
                found.ends = true;
                continue;
            }
            // Delimiter, filler, unspecified types.
            0 | 9 | 12 | 16..=18 | 22.. => continue,
            // Data partitions, scalable and multiview coding, alpha.
            _ => return None,
        };
        found.instant_refresh |= slice == Kind::Refresh;
        // The number of the slice's first block, 0 in one bit: a frame begins.
        found.images += u32::from(rest.first()? & 0x80 > 0);
        intra &= is_intra(rest)?;
        mixed |= found.kind.replace(slice).is_some_and(|other| other != slice);
    }
    found.intra = intra;
    if recovery && intra && found.kind == Some(Kind::Reference) {
        found.kind = Some(Kind::Recovery);
    }
    if mixed {
        found.kind = None;
    }
    (found.images > 0).then_some(found)
}

/// Whether decoding may start at a frame with this recovery point (D.2.8): no frame has to pass, and
/// those displayed afterwards are exact.
fn is_exact_recovery(contents: &[u8]) -> bool {
    let mut bits = Bits::new(contents);
    bits.golomb() == Some(0) && bits.bit() == Some(true)
}

/// Whether a slice is of type I or SI (7.4.3).
fn is_intra(slice: &[u8]) -> Option<bool> {
    // Two short numbers; bytes that keep start codes out can hardly be among the first eight.
    let start = unescaped(slice.get(..slice.len().min(8))?);
    let mut bits = Bits::new(&start);
    bits.golomb()?;
    Some(matches!(bits.golomb()? % 5, 2 | 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, whether there are headers, and frames that begin.
    fn found(packet: &[u8]) -> Option<(Option<Kind>, bool, u32)> {
        let units = between_start_codes(packet);
        let units = classify(&units)?;
        Some((units.kind, !units.headers.is_empty() || units.ends, units.images))
    }

    #[test]
    fn units_are_classified() {
        let check = |packet: &[u8], expected| assert_eq!(found(packet), expected, "{packet:x?}");
        let one = |kind, headers| Some((Some(kind), headers, 1));
        check(b"\0\0\x01\x65\x88\x84", one(Kind::Refresh, false));
        let start = b"\0\0\0\x01\x67\x42\0\0\x01\x68\xce\0\0\x01\x65\x88\x84";
        check(start, one(Kind::Refresh, true));
        check(b"\0\0\x01\x09\xf0\0\0\x01\x41\x9a\x80", one(Kind::Reference, false));
        check(b"\0\0\x01\x01\x9a\x80", one(Kind::Disposable, false));
        check(b"\0\0\x01\x06\x05\x01\x10\x80\0\0\x01\x01\x9a\x80", one(Kind::Disposable, true));
        check(b"\0\0\x01\x06\x01\x01\x10\x80\0\0\x01\x01\x9a\x80", one(Kind::Disposable, false));
        check(b"\0\0\x01\x0a\0\0\x01\x01\x9a\x80", one(Kind::Disposable, true));
        // A second slice of the same frame, and a second frame.
        check(b"\0\0\x01\x41\x9a\x80\0\0\x01\x41\x58\x80", one(Kind::Reference, false));
        check(b"\0\0\x01\x41\x9a\0\0\x01\x41\x9a", Some((Some(Kind::Reference), false, 2)));
        check(b"\0\0\x01\x41\x9a\0\0\x01\x01\x58", Some((None, false, 1)));
        // Only headers, a data partition, a turned display, nothing.
        check(b"\0\0\x01\x67\x42", None);
        check(b"\0\0\x01\x42\x9a", None);
        check(b"\0\0\x01\x06\x2f\x01\x10\x80\0\0\x01\x01\x9a\x80", None);
        check(b"\0\0\x01\x41", None);
        check(b"\0\0\x01", None);
        check(b"", None);
    }

    /// An I slice (0x88: first block 0, type 7) or a P slice (0x9a: type 5) behind a recovery point.
    #[test]
    fn recovery_points_must_be_exact_and_intra() {
        let kind = |sei: u8, slice: u8| {
            let packet = [0, 0, 1, 6, 6, 1, sei, 0x80, 0, 0, 1, 0x41, slice, 0x80];
            found(&packet).unwrap().0.unwrap()
        };
        // Count 0 is `1`, then exact and unbroken.
        assert_eq!(kind(0b1100_0000, 0x88), Kind::Recovery);
        assert_eq!(kind(0b1000_0000, 0x88), Kind::Reference);
        assert_eq!(kind(0b0101_0000, 0x88), Kind::Reference);
        assert_eq!(kind(0b1100_0000, 0x9a), Kind::Reference);
    }
}
