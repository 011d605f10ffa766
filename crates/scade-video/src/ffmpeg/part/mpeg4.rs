//! MPEG-4 part 2 (ISO/IEC 14496-2).

use super::units::{Bits, between_start_codes};
use super::{Contents, Kind, Part};

/// An MPEG-4 part 2 stream.
#[derive(Default)]
pub(super) struct Mpeg4 {
    /// Bits of a frame's time within its second; `None` without a header.
    time_bits: Option<u32>,
    references: u32,
    /// Frames between the last two references.
    between: u32,
}

impl Mpeg4 {
    pub(super) fn new(extradata: &[u8]) -> Self {
        let mut stream = Self::default();
        between_start_codes(extradata).into_iter().for_each(|unit| stream.read_header(unit));
        stream
    }

    pub(super) fn contents(&mut self, packet: &[u8]) -> Contents {
        self.classify(packet).unwrap_or_default()
    }

    /// 6.2 and table 6-3.
    fn classify(&mut self, packet: &[u8]) -> Option<Contents> {
        let mut headers = false;
        let mut frame = None;
        for unit in between_start_codes(packet) {
            match *unit.first()? {
                // A frame; two of them in one packet are "packed B-frames".
                0xb6 => {
                    if frame.replace(unit).is_some() {
                        return None;
                    }
                }
                // A time code.
                0xb3 => {}
                _ => {
                    headers = true;
                    self.read_header(unit);
                }
            }
        }
        let mut bits = Bits::new(&frame?[1..]);
        let kind = match bits.bits(2)? {
            0 => Kind::Refresh,
            2 => Kind::Disposable,
            _ => Kind::Reference,
        };
        let coded = self.time_bits.is_some_and(|count| is_coded(&mut bits, count) == Some(true));
        let part = Part { kind, headers, leading: false, order: self.order(kind) };
        // Without its references a frame is not decoded.
        let decodable = self.references >= if kind == Kind::Disposable { 2 } else { 1 };
        Some(Contents { shown: (coded && decodable).then_some(1), part: Some(part) })
    }

    /// A reference is displayed after the disposable frames that follow it: those before the next
    /// reference.
    fn order(&mut self, kind: Kind) -> (u32, i64) {
        if kind == Kind::Disposable {
            self.between += 1;
            return (self.references.saturating_sub(1), self.between.into());
        }
        if kind == Kind::Refresh || self.references > 0 {
            self.references += 1;
        }
        self.between = 0;
        (self.references, 0)
    }

    /// Reads the header of the layer (6.2.3) as far as the resolution of time.
    fn read_header(&mut self, unit: &[u8]) {
        if let Some((0x20..=0x2f, header)) = unit.split_first().map(|(&first, rest)| (first, rest))
        {
            self.time_bits = time_bits(header);
        }
    }
}

fn time_bits(header: &[u8]) -> Option<u32> {
    let mut bits = Bits::new(header);
    bits.bits(9)?;
    let mut version = 1;
    if bits.bit()? {
        version = bits.bits(4)?;
        bits.bits(3)?;
    }
    // Aspect ratio.
    if bits.bits(4)? == 15 {
        bits.bits(16)?;
    }
    if bits.bit()? {
        bits.bits(3)?;
        // Buffer sizes.
        if bits.bit()? {
            for _ in 0..79 {
                bits.bit()?;
            }
        }
    }
    if bits.bits(2)? == 3 && version != 1 {
        bits.bits(4)?;
    }
    bits.bit()?;
    let resolution = bits.bits(16)?;
    Some((u32::BITS - resolution.saturating_sub(1).leading_zeros()).max(1))
}

/// Whether a frame is more than a placeholder (6.2.5), from behind its type on.
fn is_coded(bits: &mut Bits<'_>, time_bits: u32) -> Option<bool> {
    while bits.bit()? {}
    bits.bit()?;
    bits.bits(time_bits)?;
    bits.bit()?;
    bits.bit()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header that FFmpeg writes for 25 frames per second: five bits for the time.
    const HEADER: &[u8] = b"\0\0\x01\x20\0\x84\x40\x06\x68";

    #[test]
    fn frames_are_classified() {
        let check = |packet: &[u8], expected| {
            let contents = Mpeg4::new(HEADER).contents(packet);
            assert_eq!(contents.part.map(|part| (part.kind, part.headers)), expected);
        };
        check(b"\0\0\x01\xb3\0\0\x01\xb6\x10", Some((Kind::Refresh, false)));
        check(b"\0\0\x01\x20\x01\0\0\x01\xb6\x10", Some((Kind::Refresh, true)));
        check(b"\0\0\x01\xb6\x50", Some((Kind::Reference, false)));
        check(b"\0\0\x01\xb6\x90", Some((Kind::Disposable, false)));
        check(b"\0\0\x01\xb6\xd0", Some((Kind::Reference, false)));
        check(b"\0\0\x01\xb6\x50\0\0\x01\xb6\x90", None);
        check(b"\0\0\x01\xb6", None);
        check(b"\0\0\x80\x02\x08", None);
    }

    #[test]
    fn placeholders_and_missing_references_are_noticed() {
        let mut stream = Mpeg4::new(HEADER);
        assert_eq!(stream.time_bits, Some(5));
        let frame = |kind: u8, coded: u8| {
            // Type, no second, marker, five bits of time, marker, whether it is coded.
            [0, 0, 1, 0xb6, kind << 6 | 0b01_0000, 0b0100_0000 | coded << 5, 0]
        };
        let mut shown = |kind, coded| stream.contents(&frame(kind, coded)).shown;
        assert_eq!(shown(1, 1), None);
        assert_eq!(shown(0, 1), Some(1));
        assert_eq!(shown(2, 1), None);
        assert_eq!(shown(1, 1), Some(1));
        assert_eq!(shown(2, 1), Some(1));
        assert_eq!(shown(1, 0), None);
    }

    #[test]
    fn the_display_order_is_known() {
        let mut stream = Mpeg4::default();
        let kinds = [0, 1, 2, 2, 1, 2, 0].map(|kind| [0, 0, 1, 0xb6, kind << 6]);
        let parts: Vec<_> =
            kinds.iter().map(|packet| stream.contents(packet).part.unwrap().order).collect();
        let mut order: Vec<_> = (0..parts.len()).collect();
        order.sort_by_key(|&at| parts[at]);
        assert_eq!(order, [0, 2, 3, 1, 5, 4, 6]);
    }
}
