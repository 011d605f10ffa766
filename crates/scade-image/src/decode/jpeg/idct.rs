//! The inverse cosine transform of libjpeg's method "islow": Loeffler, Ligtenberg and Moschytz (1989), constants of
//! 13 bits, two more bits of precision between columns and rows.

use std::num::Wrapping;

use pulp::NullaryFnOnce;

use super::frame::Frame;
use super::scan::Coding;
use crate::on_wide_vectors;

impl Frame {
    /// Transforms the coefficients of a progressive frame.
    pub(super) fn finish(&mut self) {
        if self.coding == Coding::Sequential {
            return;
        }
        for component in &mut self.components {
            if let Some(factors) = component.factors {
                let blocks = std::mem::take(&mut component.coefficients);
                let (across, samples) = (component.blocks[0], &mut component.samples[..]);
                Job { blocks, factors, across, samples }.run();
            }
        }
    }
}

/// Rows of `across` blocks that become samples, in rows of `8 * across`.
pub(super) struct Job<'a> {
    /// Coefficients in natural order.
    pub(super) blocks: Vec<[i16; 64]>,
    /// What they are multiplied by.
    pub(super) factors: [i32; 64],
    pub(super) across: usize,
    pub(super) samples: &'a mut [u8],
}

impl Job<'_> {
    pub(super) fn run(self) {
        on_wide_vectors(self);
    }
}

impl NullaryFnOnce for Job<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let rows = self.samples.chunks_exact_mut(64 * self.across);
        for (blocks, samples) in self.blocks.chunks_exact(self.across).zip(rows) {
            for (column, block) in blocks.iter().enumerate() {
                let values = inverse(block, &self.factors);
                for (row, values) in values.iter().enumerate() {
                    let start = 8 * (row * self.across + column);
                    samples[start..start + 8].copy_from_slice(values);
                }
            }
        }
    }
}

#[inline(always)]
fn inverse(block: &[i16; 64], factors: &[i32; 64]) -> [[u8; 8]; 8] {
    let mut rest = *block;
    rest[0] = 0;
    if rest == [0; 64] {
        let value = i32::from(block[0]).wrapping_mul(factors[0]);
        return [[level(value.wrapping_add(4) >> 3); 8]; 8];
    }
    let mut values = [0; 64];
    for ((value, &coefficient), factor) in values.iter_mut().zip(block).zip(factors) {
        *value = i32::from(coefficient).wrapping_mul(*factor);
    }
    let columns = transposed(&pass::<11>(&values));
    let rows = transposed(&pass::<18>(&columns));
    let mut samples = [[0; 8]; 8];
    for (sample, &value) in samples.as_flattened_mut().iter_mut().zip(&rows) {
        *sample = level(value);
    }
    samples
}

/// A sample as it is stored.
#[inline(always)]
fn level(value: i32) -> u8 {
    value.saturating_add(128).clamp(0, 255) as u8
}

#[inline(always)]
fn transposed(rows: &[i32; 64]) -> [i32; 64] {
    let mut columns = [0; 64];
    for x in 0..8 {
        for y in 0..8 {
            columns[8 * x + y] = rows[8 * y + x];
        }
    }
    columns
}

/// The transforms of the eight columns, shifted by `SHIFT` and rounded. Sums wrap: coefficients of crafted files
/// leave the range.
#[inline(always)]
fn pass<const SHIFT: u32>(values: &[i32; 64]) -> [i32; 64] {
    let mut out = [0; 64];
    // One column in each turn, so that the compiler makes a vector of them.
    for column in 0..8 {
        let x = |row: usize| Wrapping(values[8 * row + column]);
        let both = (x(2) + x(6)) * Wrapping(4433);
        let (low, high) = (both - x(6) * Wrapping(15137), both + x(2) * Wrapping(6270));
        let (sum, difference) = ((x(0) + x(4)) << 13, (x(0) - x(4)) << 13);
        let even = [sum + high, difference + low, difference - low, sum - high];

        let shared = (x(7) + x(3) + x(5) + x(1)) * Wrapping(9633);
        let outer = (x(7) + x(1)) * Wrapping(-7373);
        let inner = (x(5) + x(3)) * Wrapping(-20995);
        let third = (x(7) + x(3)) * Wrapping(-16069) + shared;
        let fourth = (x(5) + x(1)) * Wrapping(-3196) + shared;
        let odd = [
            x(1) * Wrapping(12299) + outer + fourth,
            x(3) * Wrapping(25172) + inner + third,
            x(5) * Wrapping(16819) + inner + fourth,
            x(7) * Wrapping(2446) + outer + third,
        ];
        let half = Wrapping(1 << (SHIFT - 1));
        for i in 0..4 {
            out[8 * i + column] = (even[i] + odd[i] + half).0 >> SHIFT;
            out[8 * (7 - i) + column] = (even[i] - odd[i] + half).0 >> SHIFT;
        }
    }
    out
}
