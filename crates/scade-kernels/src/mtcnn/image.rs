//! Images as bytes, and feature maps inside the networks.

use super::conv::{Conv, ConvRow};
use super::pool::{PoolRow, pooled};
use crate::Level;

/// An RGB image of bytes, in row-major order.
#[derive(Debug, Clone, Copy)]
pub struct ImageView<'a> {
    rgb: &'a [u8],
    width: usize,
    height: usize,
}

/// A rectangle of pixels inside an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// First column.
    pub x: usize,
    /// First row.
    pub y: usize,
    /// Columns, at least one.
    pub width: usize,
    /// Rows, at least one.
    pub height: usize,
}

impl<'a> ImageView<'a> {
    /// An image of `[height, width, 3]` bytes.
    ///
    /// # Panics
    /// If the number of bytes differs.
    #[must_use]
    pub fn new(rgb: &'a [u8], width: usize, height: usize) -> Self {
        assert_eq!(rgb.len(), 3 * width * height, "bytes of {width} × {height} pixels");
        Self { rgb, width, height }
    }

    /// The whole image as a part.
    #[must_use]
    pub fn whole(self) -> Part {
        Part { x: 0, y: 0, width: self.width, height: self.height }
    }

    /// The bytes of row `y` of a part.
    #[inline(always)]
    pub(super) fn row(self, part: Part, y: usize) -> &'a [u8] {
        let start = (part.y + y) * self.width + part.x;
        &self.rgb[3 * start..][..3 * part.width]
    }

    /// Panics if a part is empty or extends beyond the image.
    pub(super) fn check(self, part: Part) {
        let inside = part.x + part.width <= self.width && part.y + part.height <= self.height;
        assert!(
            inside && part.width > 0 && part.height > 0,
            "{part:?} is empty or outside the image of {} × {} pixels",
            self.width,
            self.height
        );
    }
}

/// The front of a buffer that only grows.
pub(super) fn room(buffer: &mut Vec<f32>, length: usize) -> &mut [f32] {
    if buffer.len() < length {
        buffer.resize(length, 0.0);
    }
    &mut buffer[..length]
}

/// `[height, width, IN]` to `[height - SIDE + 1, width - SIDE + 1, OUT]`; returns the new height and
/// width.
pub(super) fn convolve<const IN: usize, const SIDE: usize, const OUT: usize>(
    level: Level,
    conv: &Conv<IN, SIDE, OUT>,
    input: &[f32],
    [height, width]: [usize; 2],
    out: &mut Vec<f32>,
) -> [usize; 2] {
    let [to_height, to_width] = [height + 1 - SIDE, width + 1 - SIDE];
    let out = room(out, to_height * to_width * OUT);
    for (y, out) in out.chunks_exact_mut(to_width * OUT).enumerate() {
        let rows = std::array::from_fn(|k| &input[(y + k) * width * IN..][..width * IN]);
        level.run(ConvRow { conv, rows, out });
    }
    [to_height, to_width]
}

/// `[height, width, FROM]` to `[height, width, TO]`, about halved; returns the new height and width.
pub(super) fn pool<const SIDE: usize, const FROM: usize, const TO: usize>(
    level: Level,
    input: &[f32],
    [height, width]: [usize; 2],
    out: &mut Vec<f32>,
) -> [usize; 2] {
    let [to_height, to_width] = [pooled(height, SIDE), pooled(width, SIDE)];
    let row = to_width * TO;
    let out = room(out, to_height * row + FROM - TO);
    for y in 0..to_height {
        let rows = std::array::from_fn(|k| {
            &input[(2 * y + k).min(height - 1) * width * FROM..][..width * FROM]
        });
        // From top to bottom: each row overwrites the excess values of the row above.
        level.run(PoolRow::<SIDE, FROM, TO> { rows, out: &mut out[y * row..][..row + FROM - TO] });
    }
    [to_height, to_width]
}
