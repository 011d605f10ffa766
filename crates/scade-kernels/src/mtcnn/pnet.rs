//! P-Net, the proposal network: scores every 12 × 12 window of an image at several sizes.

use std::cell::RefCell;
use std::ops::Range;

use rayon::prelude::*;

use super::conv::{Conv, ConvRow};
use super::image::room;
use super::pool::{PoolRow, pooled};
use super::prediction::face;
use super::{ImageView, LayerWeights, area};
use crate::Level;
use crate::infer::ShapeError;

/// Rows of cells that a thread computes at once. Rows that two bands have in common are computed twice.
const BAND: usize = 32;

/// Weights of P-Net.
#[derive(Debug, Clone)]
pub struct PNetWeights {
    /// 3 to 10 channels, 3 × 3, PReLU; max-pooling 2 × 2 follows.
    pub conv1: LayerWeights,
    /// 10 to 16 channels, 3 × 3, PReLU.
    pub conv2: LayerWeights,
    /// 16 to 32 channels, 3 × 3, PReLU.
    pub conv3: LayerWeights,
    /// 32 to 2: no face, face.
    pub face: LayerWeights,
    /// 32 to 4: box regression.
    pub regression: LayerWeights,
}

/// P-Net compiled for inference.
#[derive(Debug, Clone)]
pub struct PNet {
    level: Level,
    conv1: Conv<3, 3, 16>,
    conv2: Conv<10, 3, 16>,
    conv3: Conv<16, 3, 32>,
    heads: Conv<32, 1, 16>,
}

/// A window that may hold a face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Windows are 2 pixels apart.
    pub row: usize,
    /// See `row`.
    pub column: usize,
    /// Probability of a face.
    pub score: f32,
    /// Offset of each side of the face's box from the window's, in window sizes: x1, y1, x2, y2.
    pub regression: [f32; 4],
}

/// The rows of each layer that the next one reads.
#[derive(Default)]
struct Scratch {
    conv1: [Vec<f32>; 2],
    pool1: [Vec<f32>; 3],
    conv2: [Vec<f32>; 3],
    conv3: Vec<f32>,
    heads: Vec<f32>,
}

impl PNet {
    /// Compiles `weights` for the widest instruction set of this processor.
    ///
    /// # Errors
    /// If a layer has another shape.
    pub fn new(weights: &PNetWeights) -> Result<Self, ShapeError> {
        Self::with_level(weights, Level::best())
    }

    /// [`PNet::new`] for a given instruction set.
    ///
    /// # Errors
    /// As [`PNet::new`].
    pub fn with_level(weights: &PNetWeights, level: Level) -> Result<Self, ShapeError> {
        weights.face.check("face", [32, 1, 2])?;
        let heads = LayerWeights::joined([&weights.face, &weights.regression]);
        Ok(Self {
            level,
            conv1: Conv::new(level, "conv1", 10, &weights.conv1)?,
            conv2: Conv::new(level, "conv2", 16, &weights.conv2)?,
            conv3: Conv::new(level, "conv3", 32, &weights.conv3)?,
            heads: Conv::new(level, "regression", 6, &heads)?,
        })
    }

    /// The cells whose score is at least `threshold`, in row-major order, for each image and each of the
    /// sizes, `[height, width]`, to which it is resized. Runs on all threads; the result for one image does
    /// not depend on the others.
    ///
    /// # Panics
    /// If a size is below 12 pixels, or an image is empty.
    #[must_use]
    pub fn cells(
        &self,
        images: &[ImageView<'_>],
        sizes: &[[usize; 2]],
        threshold: f32,
    ) -> Vec<Vec<Vec<Cell>>> {
        assert!(sizes.iter().flatten().all(|&side| side >= 12), "no window fits in {sizes:?}");
        images.par_iter().map(|&image| self.of_image(image, sizes, threshold)).collect()
    }

    fn of_image(
        &self,
        image: ImageView<'_>,
        sizes: &[[usize; 2]],
        threshold: f32,
    ) -> Vec<Vec<Cell>> {
        let images = area::pyramid(self.level, image, sizes);
        let bands: Vec<_> =
            sizes.iter().enumerate().flat_map(|(i, &size)| bands(i, size)).collect();
        let found: Vec<Vec<Cell>> = bands
            .par_iter()
            .with_max_len(1)
            .map(|(index, rows)| self.band(&images[*index], sizes[*index], rows.clone(), threshold))
            .collect();
        let mut cells = vec![Vec::new(); sizes.len()];
        for ((index, _), found) in bands.iter().zip(found) {
            cells[*index].extend(found);
        }
        cells
    }

    /// The same for some rows of cells of one image, `[height, width, 3]`.
    fn band(
        &self,
        image: &[f32],
        [height, width]: [usize; 2],
        rows: Range<usize>,
        threshold: f32,
    ) -> Vec<Cell> {
        thread_local! {
            static SCRATCH: RefCell<Scratch> = RefCell::default();
        }
        let mut found = Vec::new();
        SCRATCH.with_borrow_mut(|scratch| {
            let input = |y: usize| &image[y * 3 * width..][..3 * width];
            // A row of cells needs 5 rows of `pool1` and 3 of `conv2`, starting at its own.
            for y in rows.start..rows.end + 4 {
                self.pool1(input, [height, width], y, scratch);
                let Some(y) = y.checked_sub(2).filter(|y| *y >= rows.start) else { continue };
                self.conv2(width, y, scratch);
                let Some(y) = y.checked_sub(2).filter(|y| *y >= rows.start) else { continue };
                self.cells_of_row(width, y, scratch, threshold, &mut found);
            }
        });
        found
    }

    /// Row `y` after the first convolution and pooling.
    fn pool1<'a>(
        &self,
        input: impl Fn(usize) -> &'a [f32],
        [height, width]: [usize; 2],
        y: usize,
        scratch: &mut Scratch,
    ) {
        let (width, last) = (width - 2, height - 3);
        for (y, out) in (2 * y..).zip(&mut scratch.conv1).filter(|(y, _)| *y <= last) {
            let rows = [input(y), input(y + 1), input(y + 2)];
            self.level.run(ConvRow { conv: &self.conv1, rows, out: room(out, 16 * width) });
        }
        let [upper, lower] = &scratch.conv1;
        let lower = if 2 * y < last { lower } else { upper };
        let rows = [upper, lower].map(|row| &row[..16 * width]);
        let out = room(&mut scratch.pool1[y % 3], 10 * pooled(width, 2) + 6);
        self.level.run(PoolRow::<2, 16, 10> { rows, out });
    }

    /// Row `y` after the second convolution.
    fn conv2(&self, width: usize, y: usize, scratch: &mut Scratch) {
        let width = pooled(width - 2, 2);
        let row = |k: usize| &scratch.pool1[(y + k) % 3][..10 * width];
        let out = room(&mut scratch.conv2[y % 3], 16 * (width - 2));
        self.level.run(ConvRow { conv: &self.conv2, rows: [row(0), row(1), row(2)], out });
    }

    /// Row `y` of cells.
    fn cells_of_row(
        &self,
        width: usize,
        y: usize,
        scratch: &mut Scratch,
        threshold: f32,
        found: &mut Vec<Cell>,
    ) {
        let Scratch { conv2, conv3, heads, .. } = scratch;
        let columns = pooled(width - 2, 2) - 4;
        let row = |k: usize| &conv2[(y + k) % 3][..16 * (columns + 2)];
        let conv3 = room(conv3, 32 * columns);
        self.level.run(ConvRow { conv: &self.conv3, rows: [row(0), row(1), row(2)], out: conv3 });
        let heads = room(heads, 16 * columns);
        self.level.run(ConvRow { conv: &self.heads, rows: [&*conv3], out: heads });
        // Most cells contain no face, which the logits show without an exponential.
        let near = (threshold / (1.0 - threshold)).ln() - 1e-3;
        for (column, values) in heads.as_chunks::<16>().0.iter().enumerate() {
            if values[1] - values[0] < near {
                continue;
            }
            let score = face([values[0], values[1]]);
            if score >= threshold {
                let regression = std::array::from_fn(|side| values[2 + side]);
                found.push(Cell { row: y, column, score, regression });
            }
        }
    }
}

/// Rows of cells of an image, in bands of about equal height.
fn bands(index: usize, [height, _]: [usize; 2]) -> impl Iterator<Item = (usize, Range<usize>)> {
    let rows = pooled(height - 2, 2) - 4;
    let count = rows.div_ceil(BAND);
    (0..count).map(move |band| (index, band * rows / count..(band + 1) * rows / count))
}
