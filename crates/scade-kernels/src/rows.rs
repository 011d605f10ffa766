//! A few rows of every channel, small enough for the L1 cache.

use crate::filter::GROUP;
use crate::planes::BLOCK;

/// Some rows of every output channel, between the convolution and the following operations.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    values: Vec<f32>,
    rows: usize,
    stride: usize,
}

impl Rows {
    /// Allocates `rows` rows of `channels` channels; existing values are kept.
    pub(crate) fn shape(&mut self, channels: usize, rows: usize, width: usize) {
        let stride = width.next_multiple_of(BLOCK);
        (self.rows, self.stride) = (rows, stride);
        self.values.resize(channels.next_multiple_of(GROUP) * rows * stride, 0.0);
    }

    /// A row, up to the end of its last block.
    #[inline(always)]
    pub(crate) fn row(&self, channel: usize, y: usize) -> &[f32] {
        &self.values[(channel * self.rows + y) * self.stride..][..self.stride]
    }

    /// As [`Rows::row`].
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, channel: usize, y: usize) -> &mut [f32] {
        &mut self.values[(channel * self.rows + y) * self.stride..][..self.stride]
    }
}
