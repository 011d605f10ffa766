//! VP8 (RFC 6386) and VP9.

use super::units::Bits;
use super::{Contents, Kind, Part};

/// Displayed frames of a VP8 packet: 0 for a hidden reference frame (9.1).
pub(super) fn vp8_shown(packet: &[u8]) -> Option<u32> {
    packet.first().map(|first| u32::from(first >> 4 & 1))
}

/// A VP9 stream.
#[derive(Default)]
pub(super) struct Vp9 {
    packets: i64,
}

impl Vp9 {
    pub(super) fn contents(&mut self, packet: &[u8]) -> Contents {
        let headers: Option<Vec<_>> = frames(packet).into_iter().map(header).collect();
        let Some(headers) = headers.filter(|headers| !headers.is_empty()) else {
            return Contents::default();
        };
        self.packets += 1;
        let shown: u32 = headers.iter().map(|header| u32::from(header.shown)).sum();
        // A key frame replaces all references, probabilities and maps.
        let kind = if headers[0].key { Kind::Refresh } else { Kind::Reference };
        // Frames are stored in display order.
        let part = Part { kind, headers: false, leading: false, order: (0, self.packets) };
        Contents { shown: Some(shown), part: (shown <= 1).then_some(part) }
    }
}

struct Header {
    key: bool,
    shown: bool,
}

/// The frames of a packet: several in a superframe (Annex B).
fn frames(packet: &[u8]) -> Vec<&[u8]> {
    split(packet).unwrap_or_else(|| vec![packet])
}

fn split(packet: &[u8]) -> Option<Vec<&[u8]>> {
    let marker = *packet.last()?;
    let count = usize::from(marker & 7) + 1;
    let width = usize::from(marker >> 3 & 3) + 1;
    let start = packet.len().checked_sub(2 + count * width)?;
    if marker & 0xe0 != 0xc0 || packet[start] != marker {
        return None;
    }
    let mut rest = &packet[..start];
    let mut found = Vec::new();
    for size in packet[start + 1..packet.len() - 1].chunks_exact(width) {
        let size = size.iter().rev().fold(0, |size, &byte| size << 8 | usize::from(byte));
        let (frame, after) = rest.split_at_checked(size)?;
        if size > 0 {
            found.push(frame);
        }
        rest = after;
    }
    Some(found)
}

/// The beginning of the uncompressed header (6.2).
fn header(frame: &[u8]) -> Option<Header> {
    let mut bits = Bits::new(frame);
    if bits.bits(2)? != 2 {
        return None;
    }
    if bits.bits(2)? == 3 {
        bits.bit()?;
    }
    if bits.bit()? {
        return Some(Header { key: false, shown: true });
    }
    let key = !bits.bit()?;
    Some(Header { key, shown: bits.bit()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(packet: &[u8], expected: Option<(u32, Option<Kind>)>) {
        let got = Vp9::default().contents(packet);
        let got = got.shown.map(|shown| (shown, got.part.map(|part| part.kind)));
        assert_eq!(got, expected, "{packet:x?}");
    }

    #[test]
    fn vp9_frames_are_classified() {
        let (key, shown, hidden, again) = (0b1000_0010, 0b1000_0110, 0b1000_0100, 0b1000_1000);
        check(&[key], Some((1, Some(Kind::Refresh))));
        check(&[shown], Some((1, Some(Kind::Reference))));
        check(&[again], Some((1, Some(Kind::Reference))));
        // Profile 3 has a reserved bit.
        check(&[0b1011_0001, 0], Some((1, Some(Kind::Refresh))));
        // Superframes: a hidden and a shown frame, two shown frames, a broken index.
        let index = 0b1100_0001;
        check(&[hidden, shown, index, 1, 1, index], Some((1, Some(Kind::Reference))));
        check(&[key, shown, index, 1, 1, index], Some((2, None)));
        check(&[key, shown, index, 3, 1, index], Some((1, Some(Kind::Refresh))));
        check(&[0], None);
        check(&[], None);
    }

    #[test]
    fn hidden_vp8_frames_are_not_shown() {
        assert_eq!([&[0x10][..], &[0x01], &[]].map(vp8_shown), [Some(1), Some(0), None]);
    }
}
