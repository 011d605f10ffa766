//! Scans: the coefficients of blocks (ITU-T T.81, annexes F.2 and G.2).

use std::mem::{replace, take};
use std::slice::ChunksMut;
use std::sync::mpsc::sync_channel;
use std::thread::scope;

use super::bits::{Bits, Huffman};
use super::frame::{Frame, Tables, UNSEEN, ZIGZAG};
use super::idct::Job;

/// Pixels for which a thread that transforms blocks is worth its start.
const PIXELS_FOR_A_THREAD: usize = 500_000;

/// Rows that may wait for that thread.
const JOBS_AHEAD: usize = 16;

/// How a frame is divided into scans.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// A scan holds all of its components.
    Sequential,
    /// A scan holds some coefficients, or some bits of them.
    Progressive,
}

/// A scan: which components, coefficients and bits it holds.
pub(super) struct Scan<'a> {
    parts: Vec<Part<'a>>,
    /// First and last coefficient, in the order of the file.
    first: u8,
    last: u8,
    /// Lowest bit that scans before held, 0 for none; lowest bit of this one.
    high: u8,
    low: u8,
    /// Blocks that hold no more of the current band.
    skipped: u32,
}

/// A component in a scan.
struct Part<'a> {
    index: usize,
    dc: Option<&'a Huffman>,
    ac: Option<&'a Huffman>,
    /// The last difference's sum.
    before: i32,
}

impl<'a> Scan<'a> {
    pub(super) fn new([first, last]: [u8; 2], [high, low]: [u8; 2]) -> Self {
        Self { parts: Vec::new(), first, last, high, low, skipped: 0 }
    }

    pub(super) fn add(&mut self, index: usize, tables: &'a Tables, codes: [u8; 2]) -> Option<()> {
        if self.parts.iter().any(|part| part.index == index) {
            return None;
        }
        let [dc, ac] = codes.map(usize::from);
        let (dc, ac) = (tables.dc.get(dc)?.as_ref(), tables.ac.get(ac)?.as_ref());
        self.parts.push(Part { index, dc, ac, before: 0 });
        Some(())
    }

    /// Decodes the scan whose bits start at `at`; where the marker behind them is.
    pub(super) fn decode(
        &mut self,
        frame: &mut Frame,
        restart: usize,
        bytes: &[u8],
        at: usize,
    ) -> Option<usize> {
        self.check(frame)?;
        let components = &mut frame.components;
        let mut samples: Vec<_> =
            self.parts.iter().map(|part| take(&mut components[part.index].samples)).collect();
        let alone = self.parts.len() == 1;
        let end = scope(|scope| {
            let mut bands: Vec<_> = self
                .parts
                .iter()
                .zip(&mut samples)
                .map(|(part, samples)| {
                    let component = &frame.components[part.index];
                    let height = if alone { 1 } else { component.sampling[1] };
                    samples.chunks_mut(64 * component.blocks[0] * height)
                })
                .collect();
            let bits = Bits::new(bytes, at);
            let large = frame.width * frame.height >= PIXELS_FOR_A_THREAD;
            if large && frame.coding == Coding::Sequential {
                let (jobs, work) = sync_channel::<Job<'_>>(JOBS_AHEAD);
                scope.spawn(move || work.iter().for_each(Job::run));
                self.read(frame, restart, bits, &mut bands, |job| jobs.send(job).ok())
            } else {
                self.read(frame, restart, bits, &mut bands, |job| {
                    job.run();
                    Some(())
                })
            }
        });
        for (part, samples) in self.parts.iter().zip(samples) {
            frame.components[part.index].samples = samples;
        }
        end
    }

    /// Reads all blocks; where the marker behind them is. Of a sequential frame, each row of units becomes jobs,
    /// whose samples `bands` hold for each part.
    fn read<'s>(
        &mut self,
        frame: &mut Frame,
        restart: usize,
        mut bits: Bits<'_>,
        bands: &mut [ChunksMut<'s, u8>],
        done: impl Fn(Job<'s>) -> Option<()>,
    ) -> Option<usize> {
        let alone = self.parts.len() == 1;
        let sequential = frame.coding == Coding::Sequential;
        let [across, down] = match &self.parts[..] {
            // Without the blocks that fill units.
            [part] => frame.components[part.index].size.map(|side| side.div_ceil(8)),
            _ => frame.units(),
        };
        let (mut left, mut number) = (restart, 0);
        for row in 0..down {
            for column in 0..across {
                if restart > 0 && left == 0 {
                    bits.restart(number)?;
                    (left, number) = (restart, (number + 1) % 8);
                    self.skipped = 0;
                    self.parts.iter_mut().for_each(|part| part.before = 0);
                }
                left = left.saturating_sub(1);
                for at in 0..self.parts.len() {
                    let component = &mut frame.components[self.parts[at].index];
                    let [width, height] = if alone { [1; 2] } else { component.sampling };
                    let top = if sequential { 0 } else { row * height };
                    for y in top..top + height {
                        let start = y * component.blocks[0] + column * width;
                        for block in &mut component.coefficients[start..start + width] {
                            self.read_block(at, sequential, &mut bits, block)?;
                        }
                    }
                }
            }
            if bits.overrun() {
                return None;
            }
            for (part, band) in self.parts.iter().zip(&mut *bands).filter(|_| sequential) {
                let component = &mut frame.components[part.index];
                let fresh = vec![[0; 64]; component.coefficients.len()];
                done(Job {
                    blocks: replace(&mut component.coefficients, fresh),
                    factors: component.factors?,
                    across: component.blocks[0],
                    samples: band.next()?,
                })?;
            }
        }
        bits.end()
    }

    /// `None` for scans that are out of order, and for what is missing in them.
    fn check(&self, frame: &mut Frame) -> Option<()> {
        let (first, last) = (usize::from(self.first), usize::from(self.last));
        let progressive = frame.coding == Coding::Progressive;
        let usual = if progressive {
            let band = if first == 0 { last == 0 } else { self.parts.len() == 1 };
            band && self.low <= 13 && (self.high == 0 || self.high == self.low + 1)
        } else {
            [first, last] == [0, 63] && [self.high, self.low] == [0; 2]
        };
        if self.parts.is_empty() || last > 63 || first > last || !usual {
            return None;
        }
        for part in &self.parts {
            let needs_dc = first == 0 && self.high == 0;
            if needs_dc && part.dc.is_none() || last > 0 && part.ac.is_none() {
                return None;
            }
            let seen = &mut frame.components[part.index].seen;
            let before = if self.high == 0 { UNSEEN } else { self.high };
            if seen[first..=last].iter().any(|&lowest| lowest != before)
                || first > 0 && seen[0] == UNSEEN
            {
                return None;
            }
            seen[first..=last].fill(self.low);
        }
        Some(())
    }

    #[inline(always)]
    fn read_block(
        &mut self,
        part: usize,
        sequential: bool,
        bits: &mut Bits<'_>,
        block: &mut [i16; 64],
    ) -> Option<()> {
        let part = &mut self.parts[part];
        if sequential {
            part.read_dc(bits, 0, block)?;
            return read_all(bits, part.ac?, block);
        }
        match (self.first, self.high) {
            (0, 0) => part.read_dc(bits, self.low, block),
            (0, _) => {
                block[0] |= (bits.number(1) as i16) << self.low;
                Some(())
            }
            (_, 0) => self.read_band(bits, part_ac(&self.parts)?, block),
            _ => self.refine_band(bits, part_ac(&self.parts)?, block),
        }
    }

    /// The first bits of a band.
    fn read_band(
        &mut self,
        bits: &mut Bits<'_>,
        codes: &Huffman,
        block: &mut [i16; 64],
    ) -> Option<()> {
        if self.skipped > 0 {
            self.skipped -= 1;
            return Some(());
        }
        let mut at = usize::from(self.first);
        while at <= usize::from(self.last) {
            let symbol = bits.symbol(codes)?;
            let (run, size) = (symbol >> 4, u32::from(symbol & 15));
            if size > 0 {
                at += usize::from(run);
                let value = bits.signed(size) << self.low;
                block[usize::from(*ZIGZAG.get(at)?)] = value as i16;
            } else if run < 15 {
                self.skipped = (1 << run) - 1 + bits.number(run.into()) as u32;
                break;
            } else {
                at += 15;
            }
            at += 1;
        }
        Some(())
    }

    /// One more bit of a band.
    fn refine_band(
        &mut self,
        bits: &mut Bits<'_>,
        codes: &Huffman,
        block: &mut [i16; 64],
    ) -> Option<()> {
        let bit = 1_i16 << self.low;
        let mut at = usize::from(self.first);
        let last = usize::from(self.last);
        if self.skipped == 0 {
            while at <= last {
                let symbol = bits.symbol(codes)?;
                let (mut run, size) = (symbol >> 4, symbol & 15);
                let new = match size {
                    0 if run < 15 => {
                        self.skipped = (1 << run) + bits.number(run.into()) as u32;
                        break;
                    }
                    0 => 0,
                    1 if bits.number(1) == 1 => bit,
                    1 => -bit,
                    _ => return None,
                };
                // Over zeros as many as the run, and one more for the new value.
                while at <= last {
                    let value = &mut block[usize::from(ZIGZAG[at])];
                    if *value != 0 {
                        refine(bits, value, bit);
                    } else if run == 0 {
                        *value = new;
                        break;
                    } else {
                        run -= 1;
                    }
                    at += 1;
                }
                // A value, or a run of 16, that is behind the band.
                if at > last {
                    return None;
                }
                at += 1;
            }
        }
        if self.skipped > 0 {
            for &natural in &ZIGZAG[at..=last] {
                let value = &mut block[usize::from(natural)];
                if *value != 0 {
                    refine(bits, value, bit);
                }
            }
            self.skipped -= 1;
        }
        Some(())
    }
}

/// Codes of the only component of a scan.
fn part_ac<'a>(parts: &[Part<'a>]) -> Option<&'a Huffman> {
    parts.first()?.ac
}

/// One more bit of a value that is not zero.
#[inline(always)]
fn refine(bits: &mut Bits<'_>, value: &mut i16, bit: i16) {
    if bits.number(1) == 1 && *value & bit == 0 {
        *value = value.wrapping_add(if *value > 0 { bit } else { -bit });
    }
}

/// All but the first coefficient of a block.
#[inline(always)]
fn read_all(bits: &mut Bits<'_>, codes: &Huffman, block: &mut [i16; 64]) -> Option<()> {
    // A copy, which stays in registers.
    let mut copy = *bits;
    let mut at = 1;
    while at < 64 {
        let symbol = copy.symbol(codes)?;
        let (run, size) = (symbol >> 4, u32::from(symbol & 15));
        if size > 0 {
            at += usize::from(run);
            block[usize::from(*ZIGZAG.get(at)?)] = copy.signed(size) as i16;
        } else if run == 15 {
            at += 15;
        } else {
            break;
        }
        at += 1;
    }
    *bits = copy;
    Some(())
}

impl Part<'_> {
    #[inline(always)]
    fn read_dc(&mut self, bits: &mut Bits<'_>, low: u8, block: &mut [i16; 64]) -> Option<()> {
        let size = u32::from(bits.symbol(self.dc?)?);
        if size > 15 {
            return None;
        }
        self.before = self.before.wrapping_add(bits.signed(size));
        block[0] = self.before.wrapping_shl(low.into()) as i16;
        Some(())
    }
}
