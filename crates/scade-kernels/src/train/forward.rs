//! The forward pass.

use rayon::prelude::*;

use super::pool_row::PoolRow;
use super::statistics::{Moments, Statistics};
use super::{Batch, Block, Forward, SCRATCH, Saved, Scratch};
use crate::Level;
use crate::conv::ConvRows;
use crate::filter::Filter;

/// Outputs of the forward pass for one image.
struct PerImage<'a> {
    pooled: &'a mut [f32],
    places: &'a mut [u8],
    moments: &'a mut [[f64; 2]],
}

impl Block {
    /// Computes the block with batch statistics.
    ///
    /// # Panics
    /// If the block has no kernel (see [`Block::fits`]) or the batch does not consist of whole images.
    #[must_use]
    pub fn forward(&self, batch: Batch) -> Forward {
        self.forward_with(Level::best(), batch)
    }

    /// [`Block::forward`] with a given instruction set.
    #[must_use]
    pub fn forward_with(&self, level: Level, batch: Batch) -> Forward {
        let (count, [inputs, outputs]) = (self.count(batch), self.channels);
        let (plane, pixels) = (self.pooled_plane(batch.size), batch.size[0] * batch.size[1]);
        let filter = Filter::new(&self.kernel, &self.bias, [inputs, self.kernel_size]);
        let centers = self.centers();
        let mut pooled = vec![0.0; count * outputs * plane];
        let mut places = vec![0; pooled.len()];
        let mut sums = vec![[0.0; 2]; count * outputs];
        let targets = pooled
            .par_chunks_exact_mut(outputs * plane)
            .zip(places.par_chunks_exact_mut(outputs * plane))
            .zip(sums.par_chunks_exact_mut(outputs));
        let images = batch.values.par_chunks_exact(inputs * pixels);
        images.zip(targets).for_each(|(values, ((pooled, places), moments))| {
            let image = PerImage { pooled, places, moments };
            SCRATCH.with_borrow_mut(|scratch| {
                scratch.input.fill(
                    values,
                    [inputs, batch.size[0], batch.size[1]],
                    self.kernel_size / 2,
                );
                self.forward_image(level, &filter, &centers, scratch, image);
            });
        });
        let moments = sums.iter().enumerate();
        let moments = moments
            .map(|(i, sums)| Moments::about(centers[i % outputs], *sums, pixels as f64))
            .collect();
        let statistics = Statistics::new(self, moments, pixels as f64);
        Forward {
            output: self.output(&pooled, plane, &statistics),
            mean: statistics.mean.iter().map(|value| *value as f32).collect(),
            variance: statistics.variance.iter().map(|value| *value as f32).collect(),
            saved: Saved { pooled, places, statistics },
        }
    }

    /// The steps that need one image only.
    fn forward_image(
        &self,
        level: Level,
        filter: &Filter,
        centers: &[f32],
        scratch: &mut Scratch,
        to: PerImage,
    ) {
        let (pool, width, height) = (self.pool, scratch.input.width(), scratch.input.height());
        scratch.reserve(width);
        let Scratch { input, rows, column, row_of, .. } = scratch;
        rows.shape(self.channels[1], pool, width);
        let (plane, row) = (self.pooled_plane([height, width]), width / pool);
        for y in 0..height / pool {
            let at = y * pool..(y + 1) * pool;
            level.run(ConvRows { input, filter, rows: at, out: rows });
            for (channel, &center) in centers.iter().enumerate() {
                let place = channel * plane + y * row..channel * plane + (y + 1) * row;
                let [sum, squares] = level.run(PoolRow {
                    activation: self.activation,
                    pool,
                    largest: self.gamma[channel] >= 0.0,
                    rows,
                    channel,
                    width,
                    center,
                    column,
                    row_of,
                    out: &mut to.pooled[place.clone()],
                    places: &mut to.places[place],
                });
                to.moments[channel][0] += sum;
                to.moments[channel][1] += squares;
            }
        }
    }

    fn output(&self, pooled: &[f32], plane: usize, statistics: &Statistics) -> Vec<f32> {
        let mut output = vec![0.0; pooled.len()];
        let affine = statistics.affine(self);
        let planes = output.par_chunks_exact_mut(plane).zip(pooled.par_chunks_exact(plane));
        planes.zip(affine).for_each(|((output, pooled), [scale, shift])| {
            for (output, value) in output.iter_mut().zip(pooled) {
                *output = scale * value + shift;
            }
        });
        output
    }
}
