//! A batch of samples, in host memory and on a device.

use burn::tensor::{Tensor, TensorData, backend::Backend};
use scade_sample::PixelBatch;

use crate::{Label, Sample};

/// Samples ready to be sent to a device.
#[derive(Debug, Clone, PartialEq)]
pub struct HostBatch {
    /// Crops and maps, packed as at inference.
    pub pixels: PixelBatch,
    /// `[n]`: 0 for real, 1 for fake.
    pub labels: Vec<f32>,
    /// `[n]`: indices of the samples in the loader's list.
    pub items: Vec<usize>,
}

/// Samples on a device.
#[derive(Debug, Clone)]
pub struct Batch<B: Backend> {
    /// `[n, channels, height, width]`, 0..1.
    pub images: Tensor<B, 4>,
    /// `[n, 1]`: 0 for real, 1 for fake.
    pub labels: Tensor<B, 2>,
}

impl HostBatch {
    /// An empty batch with room for `count` samples.
    pub(crate) fn with_capacity(count: usize, channels: usize) -> Self {
        Self {
            pixels: PixelBatch::with_capacity(count, channels == 4),
            labels: Vec::with_capacity(count),
            items: Vec::with_capacity(count),
        }
    }

    /// Appends a sample that has as many channels as the others.
    pub(crate) fn push(&mut self, sample: &Sample, label: Label, item: usize) {
        self.pixels.push(&sample.rgb, sample.defocus.as_ref());
        self.labels.push(label.target());
        self.items.push(item);
    }

    /// Number of samples; at least one in a batch of a loader.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Moves the batch to a device; backends in host memory take the pixels without a copy.
    ///
    /// # Shapes
    /// - images: `[n, channels, 256, 256]`
    /// - labels: `[n, 1]`, also for a single sample
    #[must_use]
    pub fn into_device<B: Backend>(self, device: &B::Device) -> Batch<B> {
        let count = self.labels.len();
        Batch {
            images: self.pixels.into_device(device),
            labels: Tensor::from_data(TensorData::new(self.labels, [count, 1]), device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{synthetic_face, synthetic_map};
    use burn::backend::Flex;

    /// Defect of SCADE-Net: a batch of one lost its first axis and crashed the loss.
    #[test]
    fn a_batch_of_one_keeps_its_axes() {
        let mut batch = HostBatch::with_capacity(1, 3);
        batch.push(&Sample { rgb: synthetic_face(1), defocus: None }, Label::Fake, 7);
        let sent = batch.into_device::<Flex>(&Default::default());
        assert_eq!(sent.images.dims(), [1, 3, 256, 256]);
        assert_eq!(sent.labels.dims(), [1, 1]);
        assert_eq!(sent.labels.into_scalar(), 1.0);
    }

    #[test]
    fn channels_are_red_green_blue_defocus() {
        let mut batch = HostBatch::with_capacity(2, 4);
        for (seed, label) in [(1, Label::Real), (2, Label::Fake)] {
            let sample = Sample { rgb: synthetic_face(seed), defocus: Some(synthetic_map(seed)) };
            batch.push(&sample, label, seed as usize);
        }
        assert_eq!(batch.labels, [0.0, 1.0]);
        let images = batch.into_device::<Flex>(&Default::default()).images;
        assert_eq!(images.dims(), [2, 4, 256, 256]);
        let at = |channel: usize| -> f32 {
            images.clone().slice([1..2, channel..channel + 1, 9..10, 200..201]).into_scalar()
        };
        for channel in 0..3 {
            assert_eq!(at(channel), f32::from(synthetic_face(2)[(200, 9)][channel]) / 255.0);
        }
        assert_eq!(at(3), synthetic_map(2).at(200, 9));
    }
}
