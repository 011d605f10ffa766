//! HEVC (ITU-T H.265).

use ffmpeg_next::codec::Parameters;
use ffmpeg_next::packet::Packet;

use super::parser::Parser;
use super::units::{Bits, between_start_codes, messages, unescaped, with_lengths};
use super::{Contents, Headers, Kind, Part, extradata};

/// An HEVC stream.
pub(super) struct Hevc {
    parser: Parser,
    /// Bytes of each unit's length (ISO/IEC 14496-15); `None` for start codes (Annex B).
    length: Option<usize>,
    headers: Headers,
    /// Frames may be marked as not displayed.
    may_hide: bool,
    has_layers: bool,
    /// Whether all leading frames of the last random access point can be decoded; `None` before the first.
    leading: Option<bool>,
    /// Whether a frame after the last random access point was displayed after it.
    trailing: bool,
    period: u32,
}

/// The units of one packet, one frame.
#[derive(Debug, PartialEq, Eq)]
struct Units<'a> {
    /// Type of its slices.
    slice: u8,
    has_layers: bool,
    may_hide: bool,
    headers: Vec<&'a [u8]>,
}

/// Types of slices (table 7-1).
const RADL: std::ops::RangeInclusive<u8> = 6..=7;
const RASL: std::ops::RangeInclusive<u8> = 8..=9;
const BLA: std::ops::RangeInclusive<u8> = 16..=18;
const IDR: std::ops::RangeInclusive<u8> = 19..=20;
const CRA: u8 = 21;

impl Hevc {
    pub(super) fn new(parameters: &Parameters) -> Option<Self> {
        let extra = extradata(parameters);
        // As FFmpeg distinguishes the two.
        let is_record = extra.len() > 22 && (extra[0] > 0 || extra[1] > 0 || extra[2] > 1);
        let units = if is_record { record(extra)? } else { between_start_codes(extra) };
        Some(Self {
            parser: Parser::new(parameters)?,
            length: is_record.then(|| usize::from(extra[21] & 3) + 1),
            headers: Headers::default(),
            may_hide: units.into_iter().any(may_hide),
            has_layers: false,
            leading: None,
            trailing: false,
            period: 0,
        })
    }

    pub(super) fn has_layers(&self) -> bool {
        self.has_layers
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
        self.has_layers |= units.has_layers;
        self.may_hide |= units.may_hide;
        let order = header?.count.into();
        let kind = self.kind(units.slice)?;
        let leading = RADL.contains(&units.slice) || RASL.contains(&units.slice);
        // Those that need frames from before a point of which nothing was kept.
        let dropped = RASL.contains(&units.slice) && self.leading == Some(false);
        let headers = self.headers.are_new(&units.headers);
        Some(Contents {
            shown: (!self.may_hide).then_some(u32::from(!dropped)),
            part: Some(Part { kind, headers, leading, order: (self.period, order) }),
        })
    }

    /// `None` before the first random access point, and for leading frames in an order that the
    /// specification forbids.
    fn kind(&mut self, slice: u8) -> Option<Kind> {
        if slice >= *BLA.start() {
            let resets = self.leading.is_none() || slice != CRA;
            self.period += u32::from(resets);
            self.leading = Some(!resets || IDR.contains(&slice));
            self.trailing = false;
            return Some(if IDR.contains(&slice) { Kind::Refresh } else { Kind::Recovery });
        }
        let leading = RADL.contains(&slice) || RASL.contains(&slice);
        self.trailing |= !leading;
        let in_order = self.leading.is_some() && !(leading && self.trailing);
        let kind = if slice.is_multiple_of(2) { Kind::Disposable } else { Kind::Reference };
        in_order.then_some(kind)
    }
}

/// The units in the container's header (ISO/IEC 14496-15, 8.3.3.1).
fn record(extra: &[u8]) -> Option<Vec<&[u8]>> {
    let mut units = Vec::new();
    let (&arrays, mut rest) = extra.get(22..)?.split_first()?;
    for _ in 0..arrays {
        let (head, after) = rest.split_at_checked(3)?;
        rest = after;
        for _ in 0..u16::from_be_bytes([head[1], head[2]]) {
            let (size, after) = rest.split_first_chunk::<2>()?;
            let (unit, after) = after.split_at_checked(u16::from_be_bytes(*size).into())?;
            units.push(unit);
            rest = after;
        }
    }
    Some(units)
}

/// ITU-T H.265, 7.3.1.2 and table 7-1. `None` for anything but one frame.
fn classify<'a>(units: &[&'a [u8]]) -> Option<Units<'a>> {
    let (mut slice, mut images) = (None, 0);
    let (mut has_layers, mut may_hide_any, mut headers) = (false, false, Vec::new());
    for &unit in units {
        let (&[first, second], rest) = unit.split_first_chunk::<2>()?;
        let (kind, layer) = (first >> 1 & 0x3f, first << 5 & 0x20 | second >> 3);
        // Other layers are not decoded.
        if layer > 0 {
            continue;
        }
        match kind {
            0..=9 | 16..=21 => {
                // The first bit begins a frame; the second, of random access points, drops frames
                // that were decoded before.
                let bits = *rest.first()?;
                images += u32::from(bits & 0x80 > 0);
                if kind >= *BLA.start() && bits & 0x40 > 0
                    || slice.replace(kind).is_some_and(|other| other != kind)
                {
                    return None;
                }
                has_layers |= second & 7 > 1;
            }
            // Parameter sets.
            32..=34 => {
                may_hide_any |= may_hide(unit);
                headers.push(unit);
            }
            // Supplemental information: 47 turns later frames, too.
            39 if messages(&unescaped(rest)).iter().any(|(kind, _)| *kind == 47) => return None,
            // Delimiter, filler, other supplemental information, reserved and unspecified types.
            35 | 38..=63 => {}
            // Ends of sequence and stream; reserved slices.
            _ => return None,
        }
    }
    let slice = slice.filter(|_| images == 1)?;
    Some(Units { slice, has_layers, may_hide: may_hide_any, headers })
}

/// Whether a unit is a picture parameter set that allows frames which are not displayed (7.3.2.3.1).
fn may_hide(unit: &[u8]) -> bool {
    let flag = || {
        let start = unescaped(unit.get(2..unit.len().min(20))?);
        let mut bits = Bits::new(&start);
        bits.golomb()?;
        bits.golomb()?;
        bits.bit()?;
        bits.bit()
    };
    unit.first().is_some_and(|first| first >> 1 & 0x3f == 34) && flag().unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A unit of a type: the first bit of `bits` begins a frame.
    fn unit(kind: u8, bits: u8) -> Vec<u8> {
        vec![0, 0, 1, kind << 1, 1, bits, 0x80]
    }

    fn slice(packet: &[Vec<u8>]) -> Option<(u8, usize)> {
        let packet = packet.concat();
        let units = between_start_codes(&packet);
        classify(&units).map(|units| (units.slice, units.headers.len()))
    }

    #[test]
    fn units_are_classified() {
        assert_eq!(slice(&[unit(19, 0x80)]), Some((19, 0)));
        let whole = [35, 32, 33, 34, 39].map(|kind| unit(kind, 0xc0));
        assert_eq!(slice(&[&whole[..], &[unit(21, 0x80), unit(21, 0)]].concat()), Some((21, 3)));
        assert_eq!(slice(&[unit(1, 0x80), unit(40, 0), unit(62, 0)]), Some((1, 0)));
        // Two frames, slices of two kinds, dropped frames, an end, a turned display, nothing.
        assert_eq!(slice(&[unit(1, 0x80), unit(1, 0x80)]), None);
        assert_eq!(slice(&[unit(1, 0x80), unit(0, 0)]), None);
        assert_eq!(slice(&[unit(21, 0xc0)]), None);
        assert_eq!(slice(&[unit(1, 0x80), unit(36, 0)]), None);
        assert_eq!(slice(&[vec![0, 0, 1, 39 << 1, 1, 47, 1, 0, 0x80], unit(1, 0x80)]), None);
        assert_eq!(slice(&[unit(33, 0)]), None);
        assert_eq!(slice(&[]), None);
    }

    #[test]
    fn parameter_sets_that_hide_frames_are_noticed() {
        // Two numbers, then the flags for dependent slices and for output.
        assert!(!may_hide(&[34 << 1, 1, 0b1110_0000]));
        assert!(may_hide(&[34 << 1, 1, 0b1101_0000]));
        assert!(may_hide(&[34 << 1, 1]));
        assert!(!may_hide(&[33 << 1, 1, 0b1101_0000]));
    }
}
