//! Images with a margin of zeros around every channel, so that kernels need no border cases.

/// Floats that a kernel may read or write beyond the end of a row: the widest block of vectors.
pub(crate) const BLOCK: usize = 32;

/// Channels of `height` × `width` values with `margin` zeros on every side. Rows are padded with zeros to
/// whole blocks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Planes {
    values: Vec<f32>,
    channels: usize,
    height: usize,
    width: usize,
    margin: usize,
}

impl Planes {
    /// Sets the shape. If it changes, all values become zero; otherwise they are kept.
    pub(crate) fn shape(&mut self, [channels, height, width]: [usize; 3], margin: usize) {
        let new = (channels, height, width, margin);
        if new == (self.channels, self.height, self.width, self.margin) {
            return;
        }
        (self.channels, self.height, self.width, self.margin) = new;
        self.values.clear();
        self.values.resize(channels * self.plane(), 0.0);
    }

    /// Sets shape and values, `[channels, height, width]`.
    pub(crate) fn fill(&mut self, values: &[f32], shape: [usize; 3], margin: usize) {
        self.shape(shape, margin);
        let [channels, height, width] = shape;
        for channel in 0..channels {
            for y in 0..height {
                let row = &values[(channel * height + y) * width..][..width];
                self.row_mut(channel, y)[..width].copy_from_slice(row);
            }
        }
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// Row `y` counted from the top of the margin, starting at the left end of the margin.
    #[inline(always)]
    pub(crate) fn padded_row(&self, channel: usize, y: usize) -> &[f32] {
        let stride = self.stride();
        &self.values[channel * self.plane() + y * stride..][..stride]
    }

    /// Row `y` from its first value to the end of its last block.
    #[inline(always)]
    pub(crate) fn row(&self, channel: usize, y: usize) -> &[f32] {
        &self.padded_row(channel, y + self.margin)[self.margin..]
    }

    /// As [`Planes::row`]; values written beyond the width must be zero.
    #[inline(always)]
    pub(crate) fn row_mut(&mut self, channel: usize, y: usize) -> &mut [f32] {
        let stride = self.stride();
        let start = channel * self.plane() + (y + self.margin) * stride;
        &mut self.values[start..][..stride][self.margin..]
    }

    fn stride(&self) -> usize {
        self.width.next_multiple_of(BLOCK) + 2 * self.margin
    }

    fn plane(&self) -> usize {
        (self.height + 2 * self.margin) * self.stride()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_surrounded_by_zeros() {
        let values: Vec<f32> = (1..=12).map(|v| v as f32).collect();
        let mut planes = Planes::default();
        planes.fill(&values, [2, 2, 3], 1);
        assert_eq!(planes.row(1, 0)[..4], [7.0, 8.0, 9.0, 0.0]);
        assert_eq!(planes.padded_row(0, 2)[..5], [0.0, 4.0, 5.0, 6.0, 0.0]);
        for channel in 0..2 {
            assert!(planes.padded_row(channel, 0).iter().all(|v| *v == 0.0));
            assert!(planes.padded_row(channel, 3).iter().all(|v| *v == 0.0));
        }
        // A smaller image contains no values of the larger one before it.
        planes.fill(&[1.0, 2.0], [1, 1, 2], 1);
        assert_eq!(planes.row(0, 0)[..3], [1.0, 2.0, 0.0]);
    }
}
