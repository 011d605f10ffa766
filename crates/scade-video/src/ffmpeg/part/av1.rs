//! AV1 (its bitstream specification, 5.3 to 5.9).

use super::units::Bits;
use super::{Contents, Headers, Kind, Part};

/// An AV1 stream in packets of one temporal unit.
#[derive(Default)]
pub(super) struct Av1 {
    headers: Headers,
    /// Whether the sequence header is that of a still image; `None` before the first.
    still: Option<bool>,
    packets: i64,
}

impl Av1 {
    pub(super) fn contents(&mut self, packet: &[u8]) -> Contents {
        self.classify(packet).unwrap_or_default()
    }

    fn classify(&mut self, packet: &[u8]) -> Option<Contents> {
        let mut shown = 0;
        let mut kind = None;
        let mut sequence = Vec::new();
        for (unit, contents) in units(packet)? {
            match unit {
                1 => {
                    let mut bits = Bits::new(contents);
                    bits.bits(4)?;
                    self.still = Some(bits.bit()?);
                    sequence.push(contents);
                }
                // A frame's header, alone or with the frame.
                3 | 6 => {
                    let (key, shows) = header(contents, self.still?)?;
                    shown += u32::from(shows);
                    // A displayed key frame replaces all references.
                    let fresh = key && shows && !sequence.is_empty();
                    kind.get_or_insert(if fresh { Kind::Refresh } else { Kind::Reference });
                }
                _ => {}
            }
        }
        self.packets += 1;
        let headers = self.headers.are_new(&sequence);
        // Frames are stored in display order.
        let order = (0, self.packets);
        let part = Part { kind: kind?, headers, leading: false, order };
        Some(Contents { shown: Some(shown), part: (shown <= 1).then_some(part) })
    }
}

/// Type and contents of each unit; `None` for broken ones and spatial layers, of which decoders show
/// one.
fn units(mut packet: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let mut found = Vec::new();
    while let Some((&header, mut rest)) = packet.split_first() {
        if header & 4 > 0 {
            let (&extension, after) = rest.split_first()?;
            if extension >> 3 & 3 > 0 {
                return None;
            }
            rest = after;
        }
        let mut size = rest.len();
        if header & 2 > 0 {
            (size, rest) = leb128(rest)?;
        }
        let (contents, after) = rest.split_at_checked(size)?;
        found.push((header >> 3 & 15, contents));
        packet = after;
    }
    Some(found)
}

fn leb128(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0;
    for (place, &byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((value, &bytes[place + 1..]));
        }
    }
    None
}

/// Whether a frame is a key frame, and whether it is displayed.
fn header(contents: &[u8], still: bool) -> Option<(bool, bool)> {
    if still {
        return Some((true, true));
    }
    let mut bits = Bits::new(contents);
    if bits.bit()? {
        return Some((false, true));
    }
    let key = bits.bits(2)? == 0;
    Some((key, bits.bit()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEQUENCE: [u8; 3] = [1 << 3 | 2, 1, 0];

    fn check(packets: &[&[u8]], expected: Option<(u32, Option<(Kind, bool)>)>) {
        let mut stream = Av1::default();
        let got = packets.iter().map(|packet| stream.contents(packet)).last().unwrap();
        let part = got.part.map(|part| (part.kind, part.headers));
        assert_eq!(got.shown.map(|shown| (shown, part)), expected, "{packets:x?}");
    }

    #[test]
    fn units_are_classified() {
        let frame = |bits: u8| [6 << 3 | 2, 1, bits];
        let key = [SEQUENCE, frame(0b0001_0000)].concat();
        let (shown, hidden) = (frame(0b0011_0000), frame(0b0010_0000));
        check(&[&key], Some((1, Some((Kind::Refresh, true)))));
        check(&[&key, &key], Some((1, Some((Kind::Refresh, false)))));
        check(&[&key, &shown], Some((1, Some((Kind::Reference, false)))));
        check(&[&key, &[hidden, shown].concat()], Some((1, Some((Kind::Reference, false)))));
        check(&[&key, &[shown, shown].concat()], Some((2, None)));
        check(&[&key, &[3 << 3 | 2, 1, 0x80]], Some((1, Some((Kind::Reference, false)))));
        // A key frame without its header, a spatial layer, a broken size, nothing.
        check(&[&key, &frame(0b0001_0000)], Some((1, Some((Kind::Reference, false)))));
        check(&[&shown], None);
        check(&[&key, &[6 << 3 | 6, 8, 1, 0]], None);
        check(&[&key, &[6 << 3 | 2, 9, 0]], None);
        check(&[&[]], None);
    }
}
