//! The networks as Burn modules, for any backend: images in, predictions out. Images of one size form a
//! batch.

use burn::tensor::{TensorData, Transaction, backend::Backend};
use scade_image::{PixelRect, RgbImage};
use scade_kernels::mtcnn::{Cell, Prediction};

use super::{Networks, ONet, RNet, input};
use crate::Error;
use crate::cascade::Level;

/// Maximum crops in a batch; limits memory (0.3 MB each in O-Net) when there are many candidates.
const CROPS_PER_BATCH: usize = 128;

impl<B: Backend> Networks<B> {
    /// P-Net's cells with a score of at least `threshold`, per image and level.
    pub(crate) fn cells(
        &self,
        images: &[RgbImage],
        levels: &[Level],
        threshold: f32,
        device: &B::Device,
    ) -> Result<Vec<Vec<Vec<Cell>>>, Error> {
        let mut found = vec![Vec::with_capacity(levels.len()); images.len()];
        for level in levels {
            let output = self.pnet.forward(input::level(images, level, device));
            let [_, _, rows, columns] = output.probability.dims();
            let transaction = Transaction::default().register(output.probability);
            let [probability, regression] = values(transaction.register(output.regression))?;
            let probability = probability.chunks_exact(2 * rows * columns);
            let regression = regression.chunks_exact(4 * rows * columns);
            for (found, (probability, regression)) in
                found.iter_mut().zip(probability.zip(regression))
            {
                let (_, face) = probability.split_at(rows * columns);
                found.push(above(face, regression, columns, threshold));
            }
        }
        Ok(found)
    }

    /// R-Net's prediction on each part of an image.
    pub(crate) fn refine(
        &self,
        images: &[RgbImage],
        parts: &[(usize, PixelRect)],
        device: &B::Device,
    ) -> Result<Vec<Prediction>, Error> {
        let mut predictions = Vec::with_capacity(parts.len());
        for parts in parts.chunks(CROPS_PER_BATCH) {
            let output = self.rnet.forward(input::crops(images, parts, RNet::<B>::SIDE, device));
            let transaction = Transaction::default().register(output.probability);
            let [probability, regression] = values(transaction.register(output.regression))?;
            let prediction = |index| prediction(index, &probability, &regression, [0.0; 10]);
            predictions.extend((0..parts.len()).map(prediction));
        }
        Ok(predictions)
    }

    /// O-Net's prediction on each part of an image.
    pub(crate) fn finish(
        &self,
        images: &[RgbImage],
        parts: &[(usize, PixelRect)],
        device: &B::Device,
    ) -> Result<Vec<Prediction>, Error> {
        let mut predictions = Vec::with_capacity(parts.len());
        for parts in parts.chunks(CROPS_PER_BATCH) {
            let output = self.onet.forward(input::crops(images, parts, ONet::<B>::SIDE, device));
            let transaction = Transaction::default().register(output.probability);
            let transaction = transaction.register(output.regression).register(output.landmarks);
            let [probability, regression, points] = values(transaction)?;
            predictions.extend((0..parts.len()).map(|index| {
                let landmarks = std::array::from_fn(|i| points[10 * index + i]);
                prediction(index, &probability, &regression, landmarks)
            }));
        }
        Ok(predictions)
    }
}

/// The cells of one image at one level with a face probability of at least `threshold`, row by row.
fn above(face: &[f32], regression: &[f32], columns: usize, threshold: f32) -> Vec<Cell> {
    let cells = face.len();
    let sure = face.iter().enumerate().filter(|&(_, &score)| score >= threshold);
    sure.map(|(cell, &score)| Cell {
        row: cell / columns,
        column: cell % columns,
        score,
        regression: std::array::from_fn(|side| regression[side * cells + cell]),
    })
    .collect()
}

/// The prediction for the crop at `index` of its batch.
fn prediction(
    index: usize,
    probability: &[f32],
    regression: &[f32],
    landmarks: [f32; 10],
) -> Prediction {
    Prediction {
        score: probability[2 * index + 1],
        regression: std::array::from_fn(|side| regression[4 * index + side]),
        landmarks,
    }
}

/// Reads `N` tensors from the device at once.
fn values<B: Backend, const N: usize>(transaction: Transaction<B>) -> Result<[Vec<f32>; N], Error> {
    let mut data = transaction.try_execute().map_err(Error::Device)?.into_iter();
    Ok(std::array::from_fn(|_| data.next().map_or_else(Vec::new, floats)))
}

/// The values as `f32`, independent of the backend's precision.
fn floats(data: TensorData) -> Vec<f32> {
    data.iter::<f32>().collect()
}
