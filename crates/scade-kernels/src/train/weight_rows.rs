//! Kernel gradient: each kernel weight's gradient is an inner product of two shifted images.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::lanes::{load, multiply_add};
use crate::planes::Planes;

/// Output channels computed together; their number must be a multiple of this.
pub(super) const CHANNELS: usize = 4;

/// Adds the contribution of some rows.
pub(super) struct WeightRows<'a> {
    pub(super) kernel_size: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    /// Input with a margin of half the kernel size.
    pub(super) input: &'a Planes,
    /// Gradient of the convolution's output, and its row that corresponds to the first input row.
    pub(super) slopes: &'a Planes,
    pub(super) first: usize,
    /// Rows of the image.
    pub(super) rows: Range<usize>,
    /// `[outputs, inputs, kernel_size, kernel_size]`.
    pub(super) out: &'a mut [f32],
}

impl WithSimd for WeightRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.kernel_size {
            1 => self.all::<S, 1>(simd),
            3 => self.all::<S, 3>(simd),
            5 => self.all::<S, 5>(simd),
            kernel_size => unreachable!("no kernel of size {kernel_size}"),
        }
    }
}

impl WeightRows<'_> {
    /// The register count decides the block: 4 channels × one kernel row with 32 registers, half of
    /// that with 16.
    #[inline(always)]
    fn all<S: Simd, const K: usize>(self, simd: S) {
        let channels = if S::REGISTER_COUNT >= 32 { 4 } else { 2 };
        for output in (0..self.outputs).step_by(channels) {
            for input in 0..self.inputs {
                for ky in 0..K {
                    let at = |c: usize| ((output + c) * self.inputs + input) * K * K + ky * K;
                    if S::REGISTER_COUNT >= 32 {
                        let sums = self.row_sums::<S, K, 4>(simd, output, input, ky);
                        add(self.out, at, &sums);
                    } else {
                        let sums = self.row_sums::<S, K, 2>(simd, output, input, ky);
                        add(self.out, at, &sums);
                    }
                }
            }
        }
    }

    /// Sums for one kernel row from `input` to `C` outputs.
    // Indices, not iterators: the loops have constant bounds and become registers.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn row_sums<S: Simd, const K: usize, const C: usize>(
        &self,
        simd: S,
        output: usize,
        input: usize,
        ky: usize,
    ) -> [[f32; K]; C] {
        let lanes = S::F32_LANES;
        let width = self.input.width();
        let mut sums = [[simd.splat_f32s(0.0); K]; C];
        for y in self.rows.clone() {
            let values = self.input.padded_row(input, y + ky);
            let slopes: [&[f32]; C] = std::array::from_fn(|c| {
                self.slopes.row(output + c, y - self.rows.start + self.first)
            });
            for x in (0..width).step_by(lanes) {
                let window = &values[x..][..lanes + K - 1];
                let mut slope = [simd.splat_f32s(0.0); C];
                for c in 0..C {
                    slope[c] = load(simd, &slopes[c][x..]);
                }
                for kx in 0..K {
                    let value = load(simd, &window[kx..]);
                    for c in 0..C {
                        sums[c][kx] = multiply_add(simd, slope[c], value, sums[c][kx]);
                    }
                }
            }
        }
        let mut out = [[0.0; K]; C];
        for c in 0..C {
            for kx in 0..K {
                out[c][kx] = simd.reduce_sum_f32s(sums[c][kx]);
            }
        }
        out
    }
}

/// Adds the kernel rows of some channels to the gradient.
#[inline(always)]
fn add<const K: usize>(out: &mut [f32], at: impl Fn(usize) -> usize, sums: &[[f32; K]]) {
    for (c, sums) in sums.iter().enumerate() {
        for (out, sum) in out[at(c)..][..K].iter_mut().zip(sums) {
            *out += sum;
        }
    }
}
