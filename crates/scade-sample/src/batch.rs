//! Samples packed for a network, on the host.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use scade_image::{Plane, RgbImage, write_chw};

use crate::FACE_SIZE;

/// Crops and maps side by side, ready to be sent to a device. The one way in which samples become a
/// tensor, in training and at inference.
#[derive(Debug, Clone, PartialEq)]
pub struct PixelBatch {
    pixels: Vec<f32>,
    channels: usize,
}

impl PixelBatch {
    /// An empty batch with room for `count` samples, with a defocus map or without.
    #[must_use]
    pub fn with_capacity(count: usize, has_maps: bool) -> Self {
        let channels = 3 + usize::from(has_maps);
        Self { pixels: Vec::with_capacity(count * channels * FACE_SIZE * FACE_SIZE), channels }
    }

    /// A batch of values that are packed already, as [`Self::pixels`] returns them.
    ///
    /// # Panics
    /// When the values are not those of whole samples.
    #[must_use]
    pub fn from_pixels(pixels: Vec<f32>, has_maps: bool) -> Self {
        let channels = 3 + usize::from(has_maps);
        let whole = pixels.len().is_multiple_of(channels * FACE_SIZE * FACE_SIZE);
        assert!(whole, "{} values are not samples of {channels} channels", pixels.len());
        Self { pixels, channels }
    }

    /// Appends a sample: a crop of 256 × 256 and, if the batch has maps, its defocus map.
    ///
    /// # Panics
    /// When the crop or the map has another size, or there is a map in a batch without maps or none
    /// in a batch with them.
    pub fn push(&mut self, crop: &RgbImage, map: Option<&Plane>) {
        assert_eq!(map.is_some(), self.channels == 4, "samples have {} channels", self.channels);
        let start = self.pixels.len();
        self.pixels.resize(start + self.channels * FACE_SIZE * FACE_SIZE, 0.0);
        write_chw(crop, map, &mut self.pixels[start..]);
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pixels.len() / (self.channels * FACE_SIZE * FACE_SIZE)
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// 3 without defocus maps, 4 with them.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The values, `[sample, channel, row, column]` in row-major order, 0..1; the channels are red,
    /// green, blue and, with 4, defocus.
    #[must_use]
    pub fn pixels(&self) -> &[f32] {
        &self.pixels
    }

    /// Moves the batch to a device, without a copy on the host.
    ///
    /// # Shapes
    /// - output: `[sample, channel, 256, 256]`
    #[must_use]
    pub fn into_device<B: Backend>(self, device: &B::Device) -> Tensor<B, 4> {
        let shape = [self.len(), self.channels, FACE_SIZE, FACE_SIZE];
        Tensor::from_data(TensorData::new(self.pixels, shape), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    fn face(seed: u8) -> RgbImage {
        RgbImage::from_fn(256, 256, |x, y| image::Rgb([x as u8, y as u8, seed]))
    }

    fn map(seed: u8) -> Plane {
        let values = (0..65_536).map(|i| (i % (7 + usize::from(seed))) as f32 / 300.0).collect();
        Plane::from_vec(256, 256, values).unwrap()
    }

    #[test]
    fn channels_are_red_green_blue_defocus_and_a_batch_of_one_keeps_its_axes() {
        for count in [1, 2] {
            let mut batch = PixelBatch::with_capacity(count, true);
            for seed in 0..count as u8 {
                batch.push(&face(seed), Some(&map(seed)));
            }
            assert_eq!((batch.len(), batch.channels()), (count, 4));
            let images = batch.into_device::<Flex>(&Default::default());
            assert_eq!(images.dims(), [count, 4, 256, 256]);
            let last = count - 1;
            let at = |channel: usize| -> f32 {
                let place = [last..last + 1, channel..channel + 1, 9..10, 200..201];
                images.clone().slice(place).into_scalar()
            };
            for channel in 0..3 {
                assert_eq!(at(channel), f32::from(face(last as u8)[(200, 9)][channel]) / 255.0);
            }
            assert_eq!(at(3), map(last as u8).at(200, 9));
        }
    }

    #[test]
    #[should_panic(expected = "samples have 4 channels")]
    fn a_sample_without_a_map_cannot_hide_among_others() {
        PixelBatch::with_capacity(1, true).push(&face(1), None);
    }

    #[test]
    fn packed_values_are_the_same_batch() {
        let mut batch = PixelBatch::with_capacity(1, false);
        batch.push(&face(3), None);
        assert_eq!(PixelBatch::from_pixels(batch.pixels().to_vec(), false), batch);
        assert_eq!(batch.len(), 1);
    }

    #[test]
    #[should_panic(expected = "are not samples of 4 channels")]
    fn half_a_sample_is_refused() {
        let _ = PixelBatch::from_pixels(vec![0.0; 3 * FACE_SIZE * FACE_SIZE], true);
    }
}
