//! The convolution: one row of all output channels at a time, a block of channels in registers.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use crate::filter::{Filter, GROUP};
use crate::lanes::{load, multiply_add, store};
use crate::planes::{BLOCK, Planes};
use crate::rows::Rows;

/// Some rows of a convolution. The image's margin decides the padding: half the kernel size keeps height
/// and width, a margin of zero computes whole windows only.
pub(crate) struct ConvRows<'a> {
    pub(crate) input: &'a Planes,
    pub(crate) filter: &'a Filter,
    /// First row and number of rows.
    pub(crate) rows: Range<usize>,
    /// Receives the first row as its row 0.
    pub(crate) out: &'a mut Rows,
}

impl WithSimd for ConvRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.filter.kernel_size {
            1 => self.all::<S, 1>(simd),
            2 => self.all::<S, 2>(simd),
            3 => self.all::<S, 3>(simd),
            5 => self.all::<S, 5>(simd),
            kernel_size => unreachable!("no kernel of size {kernel_size}"),
        }
    }
}

impl ConvRows<'_> {
    /// The register count decides the block: 8 channels × 2 vectors with 32 registers, 4 × 2 with 16.
    #[inline(always)]
    fn all<S: Simd, const K: usize>(self, simd: S) {
        for (to, y) in self.rows.enumerate() {
            for group in 0..self.filter.bias.len() {
                let channels = &mut *self.out;
                if S::REGISTER_COUNT >= 32 {
                    block_row::<S, K, 8, 2>(
                        simd,
                        self.input,
                        self.filter,
                        y,
                        [group, 0],
                        channels,
                        to,
                    );
                } else {
                    block_row::<S, K, 4, 2>(
                        simd,
                        self.input,
                        self.filter,
                        y,
                        [group, 0],
                        channels,
                        to,
                    );
                    block_row::<S, K, 4, 2>(
                        simd,
                        self.input,
                        self.filter,
                        y,
                        [group, 4],
                        channels,
                        to,
                    );
                }
            }
        }
    }
}

/// A row of `C` channels, those of `group` from `first` on, `V` vectors at a time.
// Indices, not iterators: the loops have constant bounds and become registers.
#[allow(clippy::needless_range_loop, clippy::too_many_arguments)]
#[inline(always)]
fn block_row<S: Simd, const K: usize, const C: usize, const V: usize>(
    simd: S,
    input: &Planes,
    filter: &Filter,
    y: usize,
    [group, first]: [usize; 2],
    out: &mut Rows,
    to: usize,
) {
    const { assert!(V * S::F32_LANES <= BLOCK) };
    let lanes = S::F32_LANES;
    let weights = &filter.weights[group * filter.inputs * K * K..][..filter.inputs * K * K];
    for x in (0..input.width()).step_by(V * lanes) {
        let mut sums = [[simd.splat_f32s(0.0); V]; C];
        for c in 0..C {
            sums[c] = [simd.splat_f32s(filter.bias[group][first + c]); V];
        }
        for channel in 0..filter.inputs {
            for ky in 0..K {
                // One bounds check here instead of one at every load below.
                let window = &input.padded_row(channel, y + ky)[x..][..V * lanes + K - 1];
                let weights = &weights[(channel * K + ky) * K..][..K];
                for kx in 0..K {
                    let mut values = [simd.splat_f32s(0.0); V];
                    for v in 0..V {
                        values[v] = load(simd, &window[kx + v * lanes..]);
                    }
                    for c in 0..C {
                        let weight = simd.splat_f32s(weights[kx][first + c]);
                        for v in 0..V {
                            sums[c][v] = multiply_add(simd, weight, values[v], sums[c][v]);
                        }
                    }
                }
            }
        }
        for c in 0..C {
            let row = out.row_mut(group * GROUP + first + c, to);
            for v in 0..V {
                store(simd, &mut row[x + v * lanes..], sums[c][v]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;
    use crate::testing::{assert_close, numbers, slow_conv, wide};

    fn convolve(level: Level, input: &Planes, filter: &Filter, height: usize) -> Vec<f32> {
        let mut out = Rows::default();
        out.shape(filter.outputs, height, input.width());
        level.run(ConvRows { input, filter, rows: 0..height, out: &mut out });
        let row = |i: usize| out.row(i / height, i % height)[..input.width()].to_vec();
        (0..filter.outputs * height).flat_map(row).collect()
    }
    #[test]
    fn every_kernel_size_and_odd_image_sizes_agree_with_plain_loops() {
        for (kernel_size, inputs, outputs, height, width) in [
            (1, 3, 9, 4, 5),
            (3, 4, 8, 6, 64),
            (5, 8, 16, 7, 33),
            (3, 1, 3, 3, 1),
            (5, 2, 5, 2, 70),
        ] {
            let weights = numbers(1, outputs * inputs * kernel_size * kernel_size);
            let (bias, input) = (numbers(2, outputs), numbers(3, inputs * height * width));
            let shape = [inputs, height, width];
            let expected =
                slow_conv(&wide(&input), shape, &wide(&weights), &wide(&bias), kernel_size);
            let mut planes = Planes::default();
            planes.fill(&input, shape, kernel_size / 2);
            let filter = Filter::new(&weights, &bias, [inputs, kernel_size]);
            for level in Level::available() {
                let got = convolve(level, &planes, &filter, height);
                assert_close(&format!("{level:?} {kernel_size} {width}"), &got, &expected, 1e-6);
            }
        }
    }

    /// `Σ conv(x)·d = Σ x·back(d)` for every x and d: the two are each other's transpose.
    #[test]
    fn the_backward_filter_is_the_transpose() {
        for (kernel_size, inputs, outputs) in [(3, 4, 8), (5, 8, 16)] {
            let shape = [inputs, 6, 9];
            let weights = numbers(4, outputs * inputs * kernel_size * kernel_size);
            let (x, d) = (numbers(5, inputs * 54), numbers(6, outputs * 54));
            let forward =
                slow_conv(&wide(&x), shape, &wide(&weights), &vec![0.0; outputs], kernel_size);
            let mut planes = Planes::default();
            planes.fill(&d, [outputs, 6, 9], kernel_size / 2);
            let filter = Filter::backward(&weights, [outputs, inputs, kernel_size]);
            let back = convolve(Level::best(), &planes, &filter, 6);
            let dot = |a: &[f64], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(a, b)| a * f64::from(*b)).sum()
            };
            let x: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
            let (left, right) = (dot(&forward, &d), dot(&x, &back));
            assert!((left - right).abs() < 1e-4, "{left}, {right}");
        }
    }
}
