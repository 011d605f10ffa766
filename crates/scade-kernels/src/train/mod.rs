//! Training: one block forward and backward, with one pass over each large tensor.
//!
//! Nothing as large as the convolution's output is written to memory. The forward pass keeps the pooled
//! values and two moments of each channel; attention, batch statistics and the output follow from
//! these, since `gate·x` and the normalization preserve or reverse the order of values. The backward
//! pass recomputes the convolution, a band of rows at a time, which is cheaper than storing and reading
//! the result, and computes all gradients from that band.

mod backward;
mod forward;
mod pool_row;
mod slope_row;
mod statistics;
#[cfg(test)]
mod tests;
mod weight_rows;

use crate::Activation;
use crate::planes::{BLOCK, Planes};
use crate::rows::Rows;

/// Settings and parameters of a block in training: convolution that keeps the size, activation,
/// channel attention if any, batch normalization by the batch's statistics, max-pooling.
#[derive(Debug, Clone)]
pub struct Block {
    /// Input and output channels; the latter a multiple of 4.
    pub channels: [usize; 2],
    /// 1, 3 or 5.
    pub kernel_size: usize,
    /// Size of the pooling window: 2 or 4.
    pub pool: usize,
    /// Applied after the convolution.
    pub activation: Activation,
    /// `[channels_out, channels_in, kernel_size, kernel_size]`, after any constraint.
    pub kernel: Vec<f32>,
    /// `[channels_out]`.
    pub bias: Vec<f32>,
    /// Weights of channel attention, an odd number; `None` without attention.
    pub attention: Option<Vec<f32>>,
    /// Scale, `[channels_out]`.
    pub gamma: Vec<f32>,
    /// Shift, `[channels_out]`.
    pub beta: Vec<f32>,
    /// Added to the variance before the square root.
    pub epsilon: f64,
}

/// A batch of images, `[batch, channels, height, width]`.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    /// In row-major order.
    pub values: &'a [f32],
    /// Height and width, multiples of the pooling window.
    pub size: [usize; 2],
}

/// Result of the forward pass.
#[derive(Debug)]
pub struct Forward {
    /// `[batch, channels_out, height / pool, width / pool]`.
    pub output: Vec<f32>,
    /// The batch's mean of each channel, before normalization.
    pub mean: Vec<f32>,
    /// Its biased variance.
    pub variance: Vec<f32>,
    /// For [`Block::backward`].
    pub saved: Saved,
}

/// State that the backward pass needs besides the input.
#[derive(Debug)]
pub struct Saved {
    /// The activated value that each window was pooled to, in the shape of the output.
    pooled: Vec<f32>,
    /// Its position in the window, in row-major order.
    places: Vec<u8>,
    statistics: statistics::Statistics,
}

/// Gradients of a block's input and parameters, each in the shape of its tensor.
#[derive(Debug)]
pub struct Gradients {
    /// Of the images, if requested.
    pub input: Option<Vec<f32>>,
    /// Of the kernel.
    pub kernel: Vec<f32>,
    /// Of the bias.
    pub bias: Vec<f32>,
    /// Of the weights of channel attention, if any.
    pub attention: Option<Vec<f32>>,
    /// Of the scale.
    pub gamma: Vec<f32>,
    /// Of the shift.
    pub beta: Vec<f32>,
}

impl Block {
    /// Whether the kernels can compute this block on images of `size`.
    #[must_use]
    pub fn fits(&self, size: [usize; 2]) -> bool {
        matches!(self.kernel_size, 1 | 3 | 5)
            && matches!(self.pool, 2 | 4)
            && self.channels[1].is_multiple_of(weight_rows::CHANNELS)
            && size.iter().all(|side| *side > 0 && side.is_multiple_of(self.pool))
    }

    /// Number of images in a batch.
    fn count(&self, batch: Batch) -> usize {
        let image_len = self.channels[0] * batch.size[0] * batch.size[1];
        assert!(self.fits(batch.size), "images of {:?} for {:?}", batch.size, self.channels);
        assert!(batch.values.len().is_multiple_of(image_len), "whole images");
        batch.values.len() / image_len
    }

    /// Values of an image in one channel of the output.
    fn pooled_plane(&self, [height, width]: [usize; 2]) -> usize {
        height / self.pool * (width / self.pool)
    }

    /// The activated bias of each channel. It is near the mean, and moments are taken about it so that a
    /// small variance is not lost beside a large mean.
    fn centers(&self) -> Vec<f32> {
        self.bias.iter().map(|bias| self.activation.exact(f64::from(*bias)) as f32).collect()
    }
}

/// Buffers of a thread, reused between images.
#[derive(Default)]
struct Scratch {
    input: Planes,
    /// Output of the convolution.
    rows: Rows,
    /// Its gradient.
    slopes: Planes,
    /// One row, whole blocks.
    column: Vec<f32>,
    row_of: Vec<u32>,
}

impl Scratch {
    fn reserve(&mut self, width: usize) {
        let width = width.next_multiple_of(BLOCK);
        self.column.resize(width, 0.0);
        self.row_of.resize(width, 0);
    }
}

thread_local! {
    static SCRATCH: std::cell::RefCell<Scratch> = std::cell::RefCell::default();
}
