//! Marker segments: tables, the frame, and where its scans are (ITU-T T.81, annex B).

use super::bits::Huffman;
use super::scan::{Coding, Scan};

/// Natural order of the coefficients of a block, by their order in a file.
pub(super) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A coefficient of which no scan held a bit.
pub(super) const UNSEEN: u8 = u8::MAX;

/// An image of one or three components, decoded but for color.
pub(super) struct Frame {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) coding: Coding,
    /// Highest sampling factors.
    pub(super) most: [usize; 2],
    pub(super) components: Vec<Component>,
    pub(super) colors: Colors,
}

/// What three components are.
#[derive(Clone, Copy)]
pub(super) enum Colors {
    Ycc,
    Rgb,
}

/// A component and its samples.
pub(super) struct Component {
    id: u8,
    /// Sampling factors, across and down.
    pub(super) sampling: [usize; 2],
    quantizer: usize,
    /// Size in samples.
    pub(super) size: [usize; 2],
    /// Size in blocks, up to the end of the last unit of an interleaved scan.
    pub(super) blocks: [usize; 2],
    /// Factors of the coefficients in natural order, as they were before the first scan.
    pub(super) factors: Option<[i32; 64]>,
    /// Coefficients in natural order: of the whole component if progressive, else of one row of units.
    pub(super) coefficients: Vec<[i16; 64]>,
    /// Lowest bit of each coefficient that a scan held, in the order of the file.
    pub(super) seen: [u8; 64],
    /// Samples, in rows of `8 * blocks[0]`.
    pub(super) samples: Vec<u8>,
}

impl Component {
    pub(super) fn stride(&self) -> usize {
        8 * self.blocks[0]
    }
}

/// What segments set for scans that come after them.
#[derive(Default)]
pub(super) struct Tables {
    quantizers: [Option<[i32; 64]>; 4],
    pub(super) dc: [Option<Huffman>; 4],
    pub(super) ac: [Option<Huffman>; 4],
    pub(super) restart: usize,
}

impl Frame {
    /// Decodes a file of `size`; `None` for everything that is unusual, unsupported or damaged.
    pub(super) fn decode(bytes: &[u8], size: [usize; 2]) -> Option<Self> {
        let mut tables = Tables::default();
        let (mut frame, mut jfif, mut adobe) = (None::<Self>, false, None);
        let mut at = bytes.starts_with(&[0xff, 0xd8]).then_some(2)?;
        loop {
            if *bytes.get(at)? != 0xff {
                return None;
            }
            while *bytes.get(at)? == 0xff {
                at += 1;
            }
            let marker = bytes[at];
            at += 1;
            if marker == 0xd9 {
                break;
            }
            let length = usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
            let segment = bytes.get(at + 2..at + length)?;
            at += length;
            match marker {
                0xc0..=0xc2 if frame.is_none() => {
                    frame = Some(Self::new(marker == 0xc2, segment, size)?);
                }
                0xc4 => tables.read_codes(segment)?,
                0xdb => tables.read_quantizers(segment)?,
                0xdd => tables.restart = u16::from_be_bytes(segment.try_into().ok()?).into(),
                0xda => {
                    let frame = frame.as_mut()?;
                    at = frame.read_scan(&tables, segment, bytes, at)?;
                }
                0xe0 => jfif |= segment.starts_with(b"JFIF\0"),
                0xee if segment.len() >= 12 && segment.starts_with(b"Adobe") => {
                    adobe = Some(segment[11]);
                }
                // Exif and XMP are read by others, up to the frame.
                0xe1 if frame.is_none() => {}
                0xe2..=0xef | 0xfe => {}
                _ => return None,
            }
        }
        let mut frame = frame?;
        let seen = frame.components.iter().flat_map(|component| &component.seen);
        if !seen.copied().all(|lowest| lowest == 0) {
            return None;
        }
        frame.finish();
        let ids: Vec<u8> = frame.components.iter().map(|component| component.id).collect();
        // As libjpeg guesses.
        frame.colors = match adobe {
            Some(0) if !jfif => Colors::Rgb,
            None if !jfif && ids == *b"RGB" => Colors::Rgb,
            _ => Colors::Ycc,
        };
        Some(frame)
    }

    fn new(progressive: bool, segment: &[u8], size: [usize; 2]) -> Option<Self> {
        let (&[precision, h1, h0, w1, w0, count], rest) = segment.split_first_chunk()?;
        let [width, height] = [[w1, w0], [h1, h0]].map(|side| u16::from_be_bytes(side).into());
        let (kinds, []) = rest.as_chunks::<3>() else { return None };
        let usual = precision == 8 && [width, height] == size && width > 0 && height > 0;
        if !usual || kinds.len() != usize::from(count) || !matches!(count, 1 | 3) {
            return None;
        }
        let mut components = Vec::new();
        for &[id, sampling, quantizer] in kinds {
            let sampling = [sampling >> 4, sampling & 15].map(usize::from);
            let known = components.iter().any(|other: &Component| other.id == id);
            if known || quantizer > 3 || !sampling.iter().all(|factor| (1..=4).contains(factor)) {
                return None;
            }
            components.push(Component {
                id,
                sampling,
                quantizer: quantizer.into(),
                size: [0; 2],
                blocks: [0; 2],
                factors: None,
                coefficients: Vec::new(),
                seen: [UNSEEN; 64],
                samples: Vec::new(),
            });
        }
        let most =
            [0, 1].map(|side| components.iter().map(|c| c.sampling[side]).max().unwrap_or(1));
        let coding = if progressive { Coding::Progressive } else { Coding::Sequential };
        let mut frame = Self { width, height, coding, most, components, colors: Colors::Ycc };
        let units = frame.units();
        for component in &mut frame.components {
            for (side, units) in units.into_iter().enumerate() {
                let factor = component.sampling[side];
                if most[side] % factor != 0 {
                    return None;
                }
                component.size[side] = (size[side] * factor).div_ceil(most[side]);
                component.blocks[side] = units * factor;
            }
            let [across, down] = component.blocks;
            component.samples = vec![0; 64 * across * down];
            let rows = if progressive { down } else { component.sampling[1] };
            component.coefficients = vec![[0; 64]; across * rows];
        }
        Some(frame)
    }

    /// Number of units of an interleaved scan, across and down.
    pub(super) fn units(&self) -> [usize; 2] {
        let [across, down] = self.most;
        [self.width.div_ceil(8 * across), self.height.div_ceil(8 * down)]
    }

    /// Where the marker after the scan is.
    fn read_scan(
        &mut self,
        tables: &Tables,
        segment: &[u8],
        bytes: &[u8],
        at: usize,
    ) -> Option<usize> {
        let (&count, rest) = segment.split_first()?;
        let (parts, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let &[first, last, bits] = rest else { return None };
        let mut scan = Scan::new([first, last], [bits >> 4, bits & 15]);
        for &[id, codes] in parts.as_chunks().0 {
            let index = self.components.iter().position(|component| component.id == id)?;
            let component = &mut self.components[index];
            if component.factors.is_none() {
                component.factors = tables.quantizers[component.quantizer];
            }
            component.factors?;
            scan.add(index, tables, [codes >> 4, codes & 15])?;
        }
        scan.decode(self, tables.restart, bytes, at)
    }
}

impl Tables {
    fn read_codes(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = segment.split_first() {
            let (counts, rest) = rest.split_first_chunk()?;
            let total = counts.iter().copied().map(usize::from).sum();
            let (values, rest) = rest.split_at_checked(total)?;
            let group = match kind >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *group.get_mut(usize::from(kind & 15))? = Some(Huffman::new(counts, values)?);
            segment = rest;
        }
        Some(())
    }

    fn read_quantizers(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = segment.split_first() {
            let mut factors = [0; 64];
            let bytes = match kind >> 4 {
                0 => 1,
                1 => 2,
                _ => return None,
            };
            let (values, rest) = rest.split_at_checked(64 * bytes)?;
            for (&at, value) in ZIGZAG.iter().zip(values.chunks_exact(bytes)) {
                factors[usize::from(at)] =
                    value.iter().fold(0, |sum, &byte| sum << 8 | i32::from(byte));
            }
            *self.quantizers.get_mut(usize::from(kind & 15))? = Some(factors);
            segment = rest;
        }
        Some(())
    }
}
