//! The backward pass.

use rayon::prelude::*;

use super::slope_row::{Coefficients, SlopeRow};
use super::statistics::Products;
use super::weight_rows::WeightRows;
use super::{Batch, Block, Gradients, SCRATCH, Saved, Scratch};
use crate::Level;
use crate::conv::ConvRows;
use crate::filter::Filter;

/// Values of a channel in a band: enough that adding up vectors at its end costs little, few enough that
/// all channels stay in the L2 cache.
const BAND: usize = 4096;

/// Inputs and outputs of the backward pass for one image.
struct PerImage<'a> {
    gradient: &'a [f32],
    places: &'a [u8],
    coefficients: &'a [Coefficients],
    input: Option<&'a mut [f32]>,
    kernel: &'a mut [f32],
    bias: &'a mut [f64],
}

impl Block {
    /// The gradients, given that of the output. The images' gradient is computed if `by_input`.
    ///
    /// # Panics
    /// If the shape of the batch or of the gradient differs from the forward pass.
    #[must_use]
    pub fn backward(
        &self,
        batch: Batch,
        saved: &Saved,
        gradient: &[f32],
        by_input: bool,
    ) -> Gradients {
        self.backward_with(Level::best(), batch, saved, gradient, by_input)
    }

    /// [`Block::backward`] with a given instruction set.
    #[must_use]
    pub fn backward_with(
        &self,
        level: Level,
        batch: Batch,
        saved: &Saved,
        gradient: &[f32],
        by_input: bool,
    ) -> Gradients {
        let (count, [inputs, outputs]) = (self.count(batch), self.channels);
        let (plane, image_len) = (self.pooled_plane(batch.size), batch.values.len() / count);
        assert_eq!(gradient.len(), count * outputs * plane, "gradient of the output");
        assert_eq!(saved.pooled.len(), gradient.len(), "state of the forward pass");
        let products: Vec<Products> = gradient
            .par_chunks_exact(plane)
            .zip(saved.pooled.par_chunks_exact(plane))
            .map(|(gradient, values)| products(gradient, values))
            .collect();
        let small = saved.statistics.backward(self, &products);

        let filters = Filters {
            forward: Filter::new(&self.kernel, &self.bias, [inputs, self.kernel_size]),
            back: by_input
                .then(|| Filter::backward(&self.kernel, [outputs, inputs, self.kernel_size])),
        };
        let mut input = vec![0.0; if by_input { batch.values.len() } else { 0 }];
        let mut by_inputs: Vec<Option<&mut [f32]>> = if by_input {
            input.chunks_exact_mut(image_len).map(Some).collect()
        } else {
            (0..count).map(|_| None).collect()
        };
        let mut kernels = vec![0.0; count * self.kernel.len()];
        let mut biases = vec![0.0; count * outputs];
        let sources = gradient
            .par_chunks_exact(outputs * plane)
            .zip(saved.places.par_chunks_exact(outputs * plane))
            .zip(small.coefficients.par_chunks_exact(outputs));
        let targets = kernels
            .par_chunks_exact_mut(self.kernel.len())
            .zip(biases.par_chunks_exact_mut(outputs))
            .zip(by_inputs.par_iter_mut());
        let images = batch.values.par_chunks_exact(image_len).zip(sources).zip(targets);
        images.for_each(|((values, ((gradient, places), coefficients)), to)| {
            let ((kernel, bias), input) = to;
            let input = input.as_deref_mut();
            let image = PerImage { gradient, places, coefficients, input, kernel, bias };
            SCRATCH.with_borrow_mut(|scratch| {
                scratch.input.fill(
                    values,
                    [inputs, batch.size[0], batch.size[1]],
                    self.kernel_size / 2,
                );
                self.image_backward(level, &filters, scratch, image);
            });
        });
        Gradients {
            input: by_input.then_some(input),
            kernel: in_order(&kernels, self.kernel.len()),
            bias: in_order(&biases, outputs),
            attention: small.attention.as_deref().map(single),
            gamma: single(&small.gamma),
            beta: single(&small.beta),
        }
    }

    /// For each band of rows: recomputes the convolution, computes its gradient, accumulates the others.
    fn image_backward(
        &self,
        level: Level,
        filters: &Filters,
        scratch: &mut Scratch,
        mut image: PerImage,
    ) {
        let [height, width] = [scratch.input.height(), scratch.input.width()];
        let [inputs, outputs] = self.channels;
        let band = (BAND / width).next_multiple_of(self.pool).min(height);
        scratch.reserve(width);
        scratch.rows.shape(outputs, band, width);
        // The input gradient needs the rows above and below; without it a band is enough.
        match &filters.back {
            Some(_) => scratch.slopes.shape([outputs, height, width], self.kernel_size / 2),
            None => scratch.slopes.shape([outputs, band, width], 0),
        }
        for start in (0..height).step_by(band) {
            let rows = start..(start + band).min(height);
            let Scratch { input, rows: out, .. } = scratch;
            let at = rows.clone();
            level.run(ConvRows { input, filter: &filters.forward, rows: at, out });
            let first = if filters.back.is_some() { start } else { 0 };
            for y in rows.clone() {
                self.slope_rows(level, scratch, &mut image, [start, first, y]);
            }
            level.run(WeightRows {
                kernel_size: self.kernel_size,
                inputs,
                outputs,
                input: &scratch.input,
                slopes: &scratch.slopes,
                first,
                rows,
                out: image.kernel,
            });
        }
        if let (Some(filter), Some(to)) = (&filters.back, image.input) {
            by_input(level, filter, scratch, to);
        }
    }

    /// Row `y` of every channel, in the band that begins at `start` and is stored at `first`.
    fn slope_rows(
        &self,
        level: Level,
        scratch: &mut Scratch,
        image: &mut PerImage,
        [start, first, y]: [usize; 3],
    ) {
        let [height, width] = [scratch.input.height(), scratch.input.width()];
        let (plane, row) = (self.pooled_plane([height, width]), width / self.pool);
        for channel in 0..self.channels[1] {
            let at = channel * plane + y / self.pool * row;
            image.bias[channel] += level.run(SlopeRow {
                activation: self.activation,
                pool: self.pool,
                row: y % self.pool,
                gradient: &image.gradient[at..][..row],
                places: &image.places[at..][..row],
                coefficients: image.coefficients[channel],
                values: scratch.rows.row(channel, y - start),
                width,
                scattered: &mut scratch.column,
                out: scratch.slopes.row_mut(channel, y - start + first),
            });
        }
    }
}

struct Filters {
    forward: Filter,
    back: Option<Filter>,
}

/// Convolves the gradient with the rotated kernel.
fn by_input(level: Level, filter: &Filter, scratch: &mut Scratch, to: &mut [f32]) {
    const ROWS: usize = 4;
    let Scratch { rows, slopes, .. } = scratch;
    let (height, width) = (slopes.height(), slopes.width());
    rows.shape(filter.outputs, ROWS, width);
    for start in (0..height).step_by(ROWS) {
        let at = start..(start + ROWS).min(height);
        level.run(ConvRows { input: slopes, filter, rows: at.clone(), out: rows });
        for channel in 0..filter.outputs {
            for y in at.clone() {
                let row = &rows.row(channel, y - start)[..width];
                to[(channel * height + y) * width..][..width].copy_from_slice(row);
            }
        }
    }
}

/// Sums over one channel of one image.
fn products(gradient: &[f32], values: &[f32]) -> Products {
    let mut sums = Products::default();
    for (gradient, value) in gradient.iter().zip(values) {
        sums.gradient += f64::from(*gradient);
        sums.with_value += f64::from(*gradient) * f64::from(*value);
    }
    sums
}

/// Sums the contributions of the images in order.
fn in_order<T: Copy + Into<f64>>(parts: &[T], size: usize) -> Vec<f32> {
    let mut sums = vec![0.0; size];
    for part in parts.chunks_exact(size) {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += (*value).into();
        }
    }
    single(&sums)
}

fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}
