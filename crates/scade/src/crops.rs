//! Scores of faces that were cropped before: the samples of a prepared dataset.

use scade_image::{Plane, RgbImage};
use scade_kernels::Kernels;
use scade_metrics::Pooling;
use scade_sample::{PixelBatch, SampleSpec};

use crate::Detector;

impl<B: Kernels> Detector<B> {
    /// Scores crops of 256 × 256 that were made by [`Self::sample_spec`], each with its defocus map where the
    /// specification has one; probabilities of fake, in order.
    ///
    /// # Panics
    /// When a crop or map has another size, or a map is missing or superfluous.
    #[must_use]
    pub fn score_crops(&self, crops: &[(RgbImage, Option<Plane>)]) -> Vec<f64> {
        let mut scores = Vec::with_capacity(crops.len());
        for chunk in crops.chunks(crate::detector::BATCH) {
            let mut batch =
                PixelBatch::with_capacity(chunk.len(), self.sample_spec().channels() == 4);
            chunk.iter().for_each(|(crop, map)| batch.push(crop, map.as_ref()));
            scores.extend(self.score_batch(batch));
        }
        scores
    }

    /// How its samples are made; without a defocus map where the network needs none.
    #[must_use]
    pub fn sample_spec(&self) -> &SampleSpec {
        self.maker.spec()
    }

    /// Score above which a face is called fake, 0..=1.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        self.judge.threshold
    }

    /// How the scores of the faces in a video become its score.
    #[must_use]
    pub fn pooling(&self) -> Pooling {
        self.judge.pooling
    }
}
