//! Convolution and PReLU on interleaved channels: a few pixels by a group of channels in registers.

use std::fmt;

use pulp::{Simd, WithSimd};

use super::LayerWeights;
use crate::Level;
use crate::infer::ShapeError;
use crate::lanes::multiply_add;

/// Output channels are rounded up to multiples of this: the widest vector.
pub(super) const UNIT: usize = 16;

/// A convolution with square kernels, stride 1 and no padding, packed in the order of reading.
///
/// `OUT` is the number of outputs rounded up to [`UNIT`]; those beyond the last are zero.
#[derive(Clone)]
pub(super) struct Conv<const IN: usize, const SIDE: usize, const OUT: usize> {
    /// Output channels computed at once, limited by the level's registers.
    group: usize,
    /// `[OUT / group, SIDE, SIDE, IN, group]`.
    weights: Vec<f32>,
    /// `[OUT]`.
    bias: Vec<f32>,
    /// Slopes of the PReLU, `[OUT]`; 1 without one.
    slopes: Vec<f32>,
}

impl<const IN: usize, const SIDE: usize, const OUT: usize> Conv<IN, SIDE, OUT> {
    /// Packs weights that have `outputs` output channels.
    pub(super) fn new(
        level: Level,
        name: &str,
        outputs: usize,
        weights: &LayerWeights,
    ) -> Result<Self, ShapeError> {
        const { assert!(OUT.is_multiple_of(UNIT)) };
        weights.check(name, [IN, SIDE, outputs])?;
        let group = level.run(Group(OUT));
        let mut packed = Vec::with_capacity(OUT * SIDE * SIDE * IN);
        for first in (0..OUT).step_by(group) {
            for position in 0..SIDE * SIDE {
                for input in 0..IN {
                    let at = |output: usize| (output * IN + input) * SIDE * SIDE + position;
                    let output = first..first + group;
                    packed
                        .extend(output.map(|o| weights.kernel.get(at(o)).copied().unwrap_or(0.0)));
                }
            }
        }
        let padded = |values: &[f32], beyond: f32| {
            let mut values = values.to_vec();
            values.resize(OUT, beyond);
            values
        };
        let slopes = padded(weights.slopes.as_deref().unwrap_or_default(), 1.0);
        Ok(Self { group, weights: packed, bias: padded(&weights.bias, 0.0), slopes })
    }
}

impl<const IN: usize, const SIDE: usize, const OUT: usize> fmt::Debug for Conv<IN, SIDE, OUT> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conv({IN} to {OUT}, {SIDE} × {SIDE})")
    }
}

/// Vectors of output channels in a block: four where there are 32 registers, two where there are 16.
const fn vectors<S: Simd>(outputs: usize) -> usize {
    let all = outputs / S::F32_LANES;
    match S::REGISTER_COUNT {
        32.. if all < 4 => all,
        32.. => 4,
        _ => 2,
    }
}

/// Computes the size of a group.
struct Group(usize);

impl WithSimd for Group {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> usize {
        vectors::<S>(self.0) * S::F32_LANES
    }
}

/// One row of a convolution: all pixels whose window is inside the input.
pub(super) struct ConvRow<'a, const IN: usize, const SIDE: usize, const OUT: usize> {
    pub(super) conv: &'a Conv<IN, SIDE, OUT>,
    /// Rows under the kernel, `[width, IN]` each; `SIDE - 1` pixels wider than `out`.
    pub(super) rows: [&'a [f32]; SIDE],
    /// `[width, OUT]`.
    pub(super) out: &'a mut [f32],
}

impl<const IN: usize, const SIDE: usize, const OUT: usize> WithSimd for ConvRow<'_, IN, SIDE, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Decided at compile time. The sums of vectors × pixels are in registers.
        if const { S::REGISTER_COUNT < 32 } {
            self.tiles::<S, 2, 6>(simd);
        } else if const { vectors::<S>(OUT) == 1 } {
            self.tiles::<S, 1, 8>(simd);
        } else if const { vectors::<S>(OUT) == 2 } {
            self.tiles::<S, 2, 8>(simd);
        } else if const { vectors::<S>(OUT) == 3 } {
            self.tiles::<S, 3, 9>(simd);
        } else {
            self.tiles::<S, 4, 6>(simd);
        }
    }
}

impl<const IN: usize, const SIDE: usize, const OUT: usize> ConvRow<'_, IN, SIDE, OUT> {
    /// Tiles of `P` pixels, then of 3, the last of which may cover some pixels again.
    #[inline(always)]
    fn tiles<S: Simd, const V: usize, const P: usize>(self, simd: S) {
        let rows = self.rows.map(|row| row.as_chunks::<IN>().0);
        let out = self.out.as_chunks_mut::<OUT>().0;
        let (weights, _) = S::as_simd_f32s(&self.conv.weights);
        let weights = weights.as_chunks::<V>().0.chunks_exact(SIDE * SIDE * IN);
        assert_eq!(self.conv.group, V * S::F32_LANES, "weights packed for another level");
        for (weights, first) in weights.zip((0..OUT).step_by(V * S::F32_LANES)) {
            let affine = [&self.conv.bias[first..], &self.conv.slopes[first..]];
            let width = out.len();
            let mut x = 0;
            while x + P <= width {
                tile::<S, IN, SIDE, OUT, V, P>(simd, rows, weights, affine, x, out, first);
                x += P;
            }
            while x < width && width >= 3 {
                x = x.min(width - 3);
                tile::<S, IN, SIDE, OUT, V, 3>(simd, rows, weights, affine, x, out, first);
                x += 3;
            }
            for x in x..width {
                tile::<S, IN, SIDE, OUT, V, 1>(simd, rows, weights, affine, x, out, first);
            }
        }
    }
}

/// `P` pixels from `x` on, of the channels from `first` on.
// Indices, not iterators: the loops have constant bounds and become registers.
#[allow(clippy::needless_range_loop, clippy::too_many_arguments)]
#[inline(always)]
fn tile<
    S: Simd,
    const IN: usize,
    const SIDE: usize,
    const OUT: usize,
    const V: usize,
    const P: usize,
>(
    simd: S,
    rows: [&[[f32; IN]]; SIDE],
    weights: &[[S::f32s; V]],
    [bias, slopes]: [&[f32]; 2],
    x: usize,
    out: &mut [[f32; OUT]],
    first: usize,
) {
    let at = |values: &[f32]| -> [S::f32s; V] { S::as_simd_f32s(values).0.as_chunks().0[0] };
    let mut sums = [at(bias); P];
    for (ky, row) in rows.iter().enumerate() {
        for kx in 0..SIDE {
            let pixels: &[[f32; IN]; P] = row[x + kx..][..P].try_into().expect("P of them");
            let weights: &[[S::f32s; V]; IN] =
                weights[(ky * SIDE + kx) * IN..][..IN].try_into().expect("IN of them");
            for c in 0..IN {
                for p in 0..P {
                    let value = simd.splat_f32s(pixels[p][c]);
                    for v in 0..V {
                        sums[p][v] = multiply_add(simd, weights[c][v], value, sums[p][v]);
                    }
                }
            }
        }
    }
    let (slopes, zero) = (at(slopes), simd.splat_f32s(0.0));
    let out: &mut [[f32; OUT]; P] = (&mut out[x..][..P]).try_into().expect("P of them");
    for p in 0..P {
        let out = S::as_mut_simd_f32s(&mut out[p][first..]).0;
        for v in 0..V {
            let (above, below) = (simd.max_f32s(sums[p][v], zero), simd.min_f32s(sums[p][v], zero));
            out[v] = multiply_add(simd, slopes[v], below, above);
        }
    }
}
