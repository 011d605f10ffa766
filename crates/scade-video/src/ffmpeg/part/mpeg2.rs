//! MPEG-1 and MPEG-2 (ISO/IEC 13818-2): only how many frames a packet shows.

use super::units::between_start_codes;

/// An MPEG-1 or MPEG-2 stream.
#[derive(Default)]
pub(super) struct Mpeg2 {
    references: u32,
}

impl Mpeg2 {
    /// Displayed frames; `None` for single fields, and for frames that lack their references.
    pub(super) fn shown(&mut self, packet: &[u8]) -> Option<u32> {
        let (mut frames, mut fields, mut kind) = (0, 0, 0);
        for unit in between_start_codes(packet) {
            match *unit {
                // Header of a frame or field: the type is behind ten bits.
                [0, _, second, ..] => {
                    frames += 1;
                    kind = second >> 3 & 7;
                }
                // Its extension: fields have structure 1 or 2.
                [0xb5, id, _, structure, ..] if id >> 4 == 8 => {
                    fields += u32::from(structure & 3 != 3);
                }
                _ => {}
            }
        }
        let whole = matches!((frames, fields), (1, 0) | (2, 2));
        let decodable = match kind {
            1 => true,
            2 => self.references > 0,
            3 => self.references > 1,
            _ => false,
        };
        if kind < 3 {
            self.references += 1;
        }
        (whole && decodable).then_some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted() {
        let frame = |kind: u8, structure: u8| {
            [&[0, 0, 1, 0, 0, kind << 3, 0, 0][..], &[0, 0, 1, 0xb5, 0x8f, 0xff, structure, 0]]
                .concat()
        };
        let [i, p, b] = [1, 2, 3].map(|kind| frame(kind, 3));
        let mut stream = Mpeg2::default();
        assert_eq!([&i, &p, &b].map(|packet| stream.shown(packet)), [Some(1); 3]);
        let fields = [frame(2, 1), frame(2, 2)];
        assert_eq!(stream.shown(&fields.concat()), Some(1));
        assert_eq!(stream.shown(&fields[0]), None);
        assert_eq!(stream.shown(b""), None);
        // The first two of a group that needs the one before it.
        let mut cut = Mpeg2::default();
        assert_eq!([&i, &b].map(|packet| cut.shown(packet)), [Some(1), None]);
        assert_eq!(Mpeg2::default().shown(&p), None);
    }
}
