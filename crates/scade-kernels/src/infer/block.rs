//! One block: convolution, activation, channel attention if any, normalization, max-pooling.

use crate::conv::ConvRows;
use crate::filter::Filter;
use crate::planes::{BLOCK, Planes};
use crate::pool::PoolRow;
use crate::rows::Rows;
use crate::{Activation, Level, eca};

/// Weights and settings of one block.
#[derive(Debug, Clone)]
pub struct BlockWeights {
    /// Input and output channels.
    pub channels: [usize; 2],
    /// 1, 3 or 5. The image is zero-padded to keep its size.
    pub kernel_size: usize,
    /// `[channels_out, channels_in, kernel_size, kernel_size]`, after any constraint.
    pub kernel: Vec<f32>,
    /// `[channels_out]`.
    pub bias: Vec<f32>,
    /// Applied after the convolution.
    pub activation: Activation,
    /// Weights of channel attention, an odd number; `None` without attention.
    pub attention: Option<Vec<f32>>,
    /// Applied after activation and attention.
    pub normalization: Normalization,
    /// Size of the pooling window, 2 or 4.
    pub pool: usize,
}

/// Batch normalization with running statistics, each `[channels]`.
#[derive(Debug, Clone)]
pub struct Normalization {
    /// Scale.
    pub gamma: Vec<f32>,
    /// Shift.
    pub beta: Vec<f32>,
    /// Mean.
    pub mean: Vec<f32>,
    /// Variance.
    pub variance: Vec<f32>,
    /// Added to the variance before the square root.
    pub epsilon: f64,
}

impl Normalization {
    /// Folded into one scale and one shift per channel.
    fn affine(&self) -> impl Iterator<Item = [f32; 2]> {
        (0..self.gamma.len()).map(|channel| {
            let at = |values: &[f32]| f64::from(values[channel]);
            let scale = at(&self.gamma) / (at(&self.variance) + self.epsilon).sqrt();
            [scale as f32, (at(&self.beta) - at(&self.mean) * scale) as f32]
        })
    }
}

/// A block compiled for inference.
#[derive(Debug)]
pub(crate) struct CompiledBlock {
    filter: Filter,
    activation: Activation,
    attention: Option<Vec<f32>>,
    affine: Vec<[f32; 2]>,
    pool: usize,
}

/// Buffers of a block, reused between runs.
#[derive(Debug, Default)]
pub(crate) struct BlockScratch {
    rows: Rows,
    column: Vec<f32>,
    sums: Vec<f64>,
}

impl CompiledBlock {
    pub(crate) fn new(weights: &BlockWeights) -> Self {
        let [inputs, _] = weights.channels;
        Self {
            filter: Filter::new(&weights.kernel, &weights.bias, [inputs, weights.kernel_size]),
            activation: weights.activation,
            attention: weights.attention.clone(),
            affine: weights.normalization.affine().collect(),
            pool: weights.pool,
        }
    }

    /// Width of the zero margin that the block needs around its input.
    pub(crate) fn margin(&self) -> usize {
        self.filter.kernel_size / 2
    }

    /// Output shape for an input of this size, `[channels, height, width]`.
    pub(crate) fn output_shape(&self, height: usize, width: usize) -> [usize; 3] {
        [self.filter.outputs, height / self.pool, width / self.pool]
    }

    /// Computes the block into `out`, which must have the output shape.
    pub(crate) fn run(
        &self,
        level: Level,
        input: &Planes,
        scratch: &mut BlockScratch,
        out: &mut Planes,
    ) {
        let (pool, width) = (self.pool, input.width());
        let BlockScratch { rows, column, sums } = scratch;
        rows.shape(self.filter.outputs, pool, width);
        column.resize(width.next_multiple_of(BLOCK), 0.0);
        sums.clear();
        sums.resize(self.filter.outputs, 0.0);
        for y in 0..input.height() / pool {
            let at = y * pool..(y + 1) * pool;
            level.run(ConvRows { input, filter: &self.filter, rows: at, out: rows });
            for (channel, &affine) in self.affine.iter().enumerate() {
                sums[channel] += level.run(PoolRow {
                    activation: self.activation,
                    pool,
                    largest: affine[0] >= 0.0,
                    rows,
                    channel,
                    width,
                    column,
                    out: out.row_mut(channel, y),
                    affine: if self.attention.is_some() { [1.0, 0.0] } else { affine },
                });
            }
        }
        if let Some(weights) = &self.attention {
            let pixels = (input.height() * width) as f64;
            sums.iter_mut().for_each(|sum| *sum /= pixels);
            self.attend(eca::gates(sums, weights), out);
        }
    }

    /// Gates and normalizes the pooled values; gates are positive, so pooling may come first.
    fn attend(&self, gates: impl Iterator<Item = f64>, out: &mut Planes) {
        let (height, width) = (out.height(), out.width());
        for ((channel, gate), [scale, shift]) in gates.enumerate().zip(&self.affine) {
            let scale = (gate * f64::from(*scale)) as f32;
            for y in 0..height {
                for value in &mut out.row_mut(channel, y)[..width] {
                    *value = scale * *value + shift;
                }
            }
        }
    }
}
