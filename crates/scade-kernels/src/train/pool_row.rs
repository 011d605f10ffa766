//! Activation, max-pooling with positions, and moments of the activated values.

use pulp::{Simd, WithSimd};

use crate::Activation;
use crate::activation::{Activate, Relu, Silu};
use crate::lanes::{load, multiply_add, store};
use crate::rows::Rows;

/// One pooled row of a channel: the extreme of the activated values in each window, and its position in
/// the window; of equal values the first.
pub(super) struct PoolRow<'a> {
    pub(super) activation: Activation,
    /// Size of the pooling window, 2 or 4; also the number of rows in `rows`.
    pub(super) pool: usize,
    pub(super) largest: bool,
    pub(super) rows: &'a Rows,
    pub(super) channel: usize,
    /// Values in a row before pooling.
    pub(super) width: usize,
    /// Moments are taken about it.
    pub(super) center: f32,
    /// Scratch of a row each.
    pub(super) column: &'a mut [f32],
    pub(super) row_of: &'a mut [u32],
    /// Receive `width / pool` values.
    pub(super) out: &'a mut [f32],
    pub(super) places: &'a mut [u8],
}

impl WithSimd for PoolRow<'_> {
    /// The sum of the distances from the center, and that of their squares.
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> [f64; 2] {
        match (self.activation, self.largest) {
            (Activation::Silu, true) => self.activate::<S, Silu, true>(simd),
            (Activation::Silu, false) => self.activate::<S, Silu, false>(simd),
            (Activation::Relu, true) => self.activate::<S, Relu, true>(simd),
            (Activation::Relu, false) => self.activate::<S, Relu, false>(simd),
        }
    }
}

impl PoolRow<'_> {
    #[inline(always)]
    fn activate<S: Simd, A: Activate, const LARGEST: bool>(self, simd: S) -> [f64; 2] {
        let zero = simd.splat_f32s(0.0);
        let center = simd.splat_f32s(self.center);
        let (mut sum, mut squares) = (zero, zero);
        for x in (0..self.width).step_by(S::F32_LANES) {
            // Lanes beyond the end must not count.
            let left = (self.width - x).min(S::F32_LANES) as u32;
            let counts = simd.mask_between_m32s(0, left).mask();
            let mut extreme = zero;
            let mut row_of = simd.splat_u32s(0);
            for y in 0..self.pool {
                let value = A::value(simd, load(simd, &self.rows.row(self.channel, y)[x..]));
                let far = simd.select_f32s(counts, simd.sub_f32s(value, center), zero);
                sum = simd.add_f32s(sum, far);
                squares = multiply_add(simd, far, far, squares);
                if y == 0 {
                    extreme = value;
                    continue;
                }
                let better = if LARGEST {
                    simd.greater_than_f32s(value, extreme)
                } else {
                    simd.less_than_f32s(value, extreme)
                };
                extreme = simd.select_f32s(better, value, extreme);
                row_of = simd.select_u32s(better, simd.splat_u32s(y as u32), row_of);
            }
            store(simd, &mut self.column[x..], extreme);
            store_u32(simd, &mut self.row_of[x..], row_of);
        }
        let columns = (&*self.column, &*self.row_of);
        match self.pool {
            2 => across::<2, LARGEST>(columns, self.out, self.places),
            4 => across::<4, LARGEST>(columns, self.out, self.places),
            pool => unreachable!("no pooling by {pool}"),
        }
        [sum, squares].map(|vector| f64::from(simd.reduce_sum_f32s(vector)))
    }
}

#[inline(always)]
fn store_u32<S: Simd>(simd: S, to: &mut [u32], vector: S::u32s) {
    simd.partial_store_u32s(&mut to[..S::U32_LANES], vector);
}

/// The extreme of every `P` columns with its position in the window.
#[inline(always)]
fn across<const P: usize, const LARGEST: bool>(
    (values, rows): (&[f32], &[u32]),
    out: &mut [f32],
    places: &mut [u8],
) {
    let squares = values.chunks_exact(P).zip(rows.chunks_exact(P));
    for ((out, place), (values, rows)) in out.iter_mut().zip(places).zip(squares) {
        let (mut extreme, mut row, mut column) = (values[0], rows[0], 0);
        for c in 1..P {
            let better = if LARGEST { values[c] > extreme } else { values[c] < extreme };
            let better = better | ((values[c] == extreme) & (rows[c] < row));
            extreme = if better { values[c] } else { extreme };
            row = if better { rows[c] } else { row };
            column = if better { c as u32 } else { column };
        }
        *out = extreme;
        *place = (row * P as u32 + column) as u8;
    }
}
