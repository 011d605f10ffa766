//! Activation and max-pooling after the convolution in inference, a row at a time.

use pulp::{Simd, WithSimd};

use crate::Activation;
use crate::activation::{Activate, Relu, Silu};
use crate::lanes::{load, store};
use crate::rows::Rows;

/// One pooled row of a channel: the extreme of the activated values in each pooling window.
///
/// A following scale commutes with the maximum where it is positive and turns it into a minimum where
/// it is negative; hence `largest`.
pub(crate) struct PoolRow<'a> {
    pub(crate) activation: Activation,
    /// Size of the pooling window, 2 or 4; also the number of rows in `rows`.
    pub(crate) pool: usize,
    pub(crate) largest: bool,
    /// Output of the convolution.
    pub(crate) rows: &'a Rows,
    pub(crate) channel: usize,
    /// Values in a row before pooling.
    pub(crate) width: usize,
    /// Scratch of a row.
    pub(crate) column: &'a mut [f32],
    /// Receives `width / pool` values.
    pub(crate) out: &'a mut [f32],
    /// Applied to each: scale and shift.
    pub(crate) affine: [f32; 2],
}

impl WithSimd for PoolRow<'_> {
    /// The sum of all activated values.
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
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
    fn activate<S: Simd, A: Activate, const LARGEST: bool>(self, simd: S) -> f64 {
        let lanes = S::F32_LANES;
        let mut total = 0.0;
        let mut sum = simd.splat_f32s(0.0);
        for x in (0..self.width).step_by(lanes) {
            let mut extreme = A::value(simd, load(simd, &self.rows.row(self.channel, 0)[x..]));
            let mut column = extreme;
            for y in 1..self.pool {
                let value = A::value(simd, load(simd, &self.rows.row(self.channel, y)[x..]));
                column = simd.add_f32s(column, value);
                extreme = if LARGEST {
                    simd.max_f32s(extreme, value)
                } else {
                    simd.min_f32s(extreme, value)
                };
            }
            store(simd, &mut self.column[x..], extreme);
            if x + lanes <= self.width {
                sum = simd.add_f32s(sum, column);
            } else {
                let mut last = [0.0; 16];
                store(simd, &mut last, column);
                total += last[..self.width - x].iter().map(|v| f64::from(*v)).sum::<f64>();
            }
        }
        let out = &mut self.out[..self.width / self.pool];
        match self.pool {
            2 => across::<2, LARGEST>(self.column, out, self.affine),
            4 => across::<4, LARGEST>(self.column, out, self.affine),
            pool => unreachable!("no pooling by {pool}"),
        }
        total + f64::from(simd.reduce_sum_f32s(sum))
    }
}

/// The extreme of every `P` values.
#[inline(always)]
fn across<const P: usize, const LARGEST: bool>(from: &[f32], to: &mut [f32], affine: [f32; 2]) {
    let [scale, shift] = affine;
    for (to, from) in to.iter_mut().zip(from.chunks_exact(P)) {
        let mut extreme = from[0];
        for &value in &from[1..] {
            let better = if LARGEST { value > extreme } else { value < extreme };
            extreme = if better { value } else { extreme };
        }
        *to = scale * extreme + shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use crate::testing::{assert_close, numbers};

    #[test]
    fn pooling_agrees_with_plain_loops() {
        let affine = [-0.5, 2.0];
        for (pool, width) in [(2, 64), (2, 38), (4, 20), (4, 128)] {
            let values = numbers(1, pool * width);
            let mut rows = Rows::default();
            rows.shape(1, pool, width);
            for y in 0..pool {
                rows.row_mut(0, y)[..width].copy_from_slice(&values[y * width..][..width]);
            }
            for activation in [Activation::Silu, Activation::Relu] {
                let active: Vec<f64> =
                    values.iter().map(|v| activation.exact(f64::from(*v))).collect();
                for largest in [true, false] {
                    let pick = |px: usize| -> f64 {
                        let places =
                            (0..pool * pool).map(|i| (i / pool) * width + px * pool + i % pool);
                        let values = places.map(|place| active[place]);
                        let extreme = if largest {
                            values.fold(f64::MIN, f64::max)
                        } else {
                            values.fold(f64::MAX, f64::min)
                        };
                        f64::from(affine[0]) * extreme + f64::from(affine[1])
                    };
                    let expected: Vec<f64> = (0..width / pool).map(pick).collect();
                    for level in Level::available() {
                        let (mut column, mut out) = (vec![0.0; 128], vec![0.0; width / pool]);
                        let sum = level.run(PoolRow {
                            activation,
                            pool,
                            largest,
                            rows: &rows,
                            channel: 0,
                            width,
                            column: &mut column,
                            out: &mut out,
                            affine,
                        });
                        let name = format!("{level:?} {pool} {width} {activation:?} {largest}");
                        assert_close(&name, &out, &expected, 1e-6);
                        assert!((sum - active.iter().sum::<f64>()).abs() < 1e-4, "{name}: {sum}");
                    }
                }
            }
        }
    }
}
