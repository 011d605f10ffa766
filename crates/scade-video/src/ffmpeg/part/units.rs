//! The units of H.264, HEVC and MPEG streams, and their bits.

/// Units behind their lengths of `length` bytes; `None` unless they fill the packet.
pub(super) fn with_lengths(mut packet: &[u8], length: usize) -> Option<Vec<&[u8]>> {
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
pub(super) fn between_start_codes(packet: &[u8]) -> Vec<&[u8]> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(window) = packet.get(at..at + 3) {
        if window == [0, 0, 1] {
            starts.push(at + 3);
        }
        // Where the third byte is neither 0 nor 1, no start code begins at any of the three.
        at += if window == [0, 0, 1] || window[2] > 1 { 3 } else { 1 };
    }
    let ends = starts.iter().skip(1).map(|start| start - 3).chain([packet.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &packet[start..end]).collect()
}

/// A unit without the bytes that keep start codes out of it: `00 00 03` becomes `00 00`.
pub(super) fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(unit.len());
    let mut zeros = 0;
    for &byte in unit {
        if zeros >= 2 && byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if byte == 0 { zeros + 1 } else { 0 };
        plain.push(byte);
    }
    plain
}

/// Type and contents of the messages of an SEI unit without its header, unescaped. A broken one ends
/// the list.
pub(super) fn messages(mut sei: &[u8]) -> Vec<(usize, &[u8])> {
    let mut found = Vec::new();
    // The last byte is the trailing bit.
    while sei.len() > 2 {
        let Some((kind, rest)) = number(sei) else { break };
        let Some((size, rest)) = number(rest) else { break };
        let Some((contents, rest)) = rest.split_at_checked(size) else { break };
        found.push((kind, contents));
        sei = rest;
    }
    found
}

/// A number in bytes of 255 and a last one below (H.264, 7.3.2.3.1).
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let full = bytes.iter().take_while(|&&byte| byte == 255).count();
    let (&last, rest) = bytes.get(full..)?.split_first()?;
    Some((full * 255 + usize::from(last), rest))
}

/// Reads bits, most significant first.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn bit(&mut self) -> Option<bool> {
        let byte = self.bytes.get(self.at / 8)?;
        let bit = byte >> (7 - self.at % 8) & 1;
        self.at += 1;
        Some(bit == 1)
    }

    /// An unsigned number of at most 32 bits.
    pub(super) fn bits(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |value, _| Some(value << 1 | u32::from(self.bit()?)))
    }

    /// An unsigned number in Exp-Golomb code (H.264, 9.1).
    pub(super) fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.bit()? {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some(((1_u64 << zeros) - 1) as u32 + self.bits(zeros)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_codes_are_found_wherever_they_are() {
        let check = |bytes: &[u8], expected: &[&[u8]]| {
            assert_eq!(between_start_codes(bytes), expected, "{bytes:x?}");
        };
        check(b"\0\0\x01a\0\0\x01b", &[b"a", b"b"]);
        check(b"\0\0\0\x01ab\0\0\0\0\x01", &[b"ab\0\0", b""]);
        check(b"x\0\0\x01\x02\x03\0\0\x01y", &[b"\x02\x03", b"y"]);
        check(b"\0\0\x01\0\0\x01\x01", &[b"", b"\x01"]);
        check(b"\0\0", &[]);
    }

    #[test]
    fn lengths_must_fill_the_packet() {
        let check = |length, packet: &[u8], expected: Option<&[&[u8]]>| {
            assert_eq!(with_lengths(packet, length).as_deref(), expected, "{packet:x?}");
        };
        let two: &[&[u8]] = &[b"\x06\x01", b"\x01\x9a"];
        check(4, b"\0\0\0\x02\x06\x01\0\0\0\x02\x01\x9a", Some(two));
        check(2, b"\0\x02\x65\x88", Some(&[b"\x65\x88"]));
        check(2, b"\0\x03\x65\x88", None);
        check(4, b"\xff\xff\xff\xff\x65\x88", None);
        check(4, b"\0\0\0\x02\x65\x88\0", None);
        check(4, b"\0\0\0\0", Some(&[b""]));
    }

    #[test]
    fn messages_are_listed() {
        let long = [&[255, 4, 3][..], b"abc", &[6, 1, 0x84, 0x80]].concat();
        assert_eq!(messages(&long), [(259, &b"abc"[..]), (6, &[0x84][..])]);
        assert_eq!(messages(&[5, 9, 1, 2]), []);
        assert_eq!(messages(&[255, 255]), []);
        assert_eq!(unescaped(&[0, 0, 3, 1, 0, 3, 0, 0, 3]), [0, 0, 1, 0, 3, 0, 0]);
    }

    #[test]
    fn bits_are_read() {
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0000]);
        let codes: Vec<_> = (0..5).map(|_| bits.golomb()).collect();
        assert_eq!(codes, [Some(0), Some(1), Some(2), Some(3), None]);
        assert_eq!(Bits::new(&[0xab, 0xcd]).bits(12), Some(0xabc));
        assert_eq!(Bits::new(&[0xab]).bits(9), None);
    }
}
