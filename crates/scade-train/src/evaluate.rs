//! Scoring the samples of one subset.

use burn::tensor::activation::sigmoid;
use burn::tensor::backend::Backend;
use scade_data::{FaceId, Label, Loader, Subset};
use scade_kernels::Kernels;
use scade_loss::ClassificationLoss;
use scade_metrics::{FrameScore, Pooling, Report, Scores, VideoKey};
use scade_model::Predictor;

use crate::Error;

/// The score of one sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Name of the video in the dataset.
    pub video: String,
    /// The true class.
    pub label: Label,
    /// Which of its faces.
    pub face: FaceId,
    /// Probability of a fake, 0..1.
    pub score: f64,
}

/// A subset with its scores.
#[derive(Debug, Clone)]
pub struct Scored {
    /// One per readable sample, in the order of the list.
    pub predictions: Vec<Prediction>,
    /// Mean classification loss.
    pub loss: f64,
    /// All metrics, per frame and per video.
    pub report: Report,
}

/// Scores every sample of `loader`, the one of subset `part`; it must neither shuffle nor augment.
pub(crate) fn evaluate<B: Kernels>(
    network: &Predictor<B>,
    loss: ClassificationLoss,
    loader: &Loader,
    part: Subset,
    threshold: Threshold,
    device: &B::Device,
) -> Result<Scored, Error> {
    let mut predictions = Vec::with_capacity(loader.items().len());
    let mut loss_sum = 0.0;
    for batch in loader.epoch(0)? {
        let mut batch = batch?;
        let items = std::mem::take(&mut batch.items);
        let labels = batch.labels.clone();
        let sent = batch.into_device::<B>(device);
        let logits = network.forward(sent.images).logits;
        let mean: f32 = loss.forward(logits.clone(), sent.labels).into_scalar_f32();
        loss_sum += f64::from(mean) * items.len() as f64;
        let scores = sigmoid(logits).into_data();
        for ((item, label), score) in items.into_iter().zip(labels).zip(scores.iter::<f32>()) {
            let item = &loader.items()[item];
            predictions.push(Prediction {
                video: item.key.name().to_owned(),
                label: if label > 0.5 { Label::Fake } else { Label::Real },
                face: item.face,
                score: f64::from(score),
            });
        }
    }
    let report =
        report(&predictions, threshold).map_err(|source| Error::Scores { part, source })?;
    let loss = loss_sum / predictions.len() as f64;
    Ok(Scored { predictions, loss, report })
}

/// The threshold of accuracy, precision, recall and F1.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Threshold {
    /// This one, 0..1.
    At(f64),
    /// The one of the highest balanced accuracy over these samples; 0.5 if one class is absent.
    Best,
}

fn report(
    predictions: &[Prediction],
    threshold: Threshold,
) -> Result<Report, scade_metrics::InputError> {
    let threshold = match threshold {
        Threshold::At(threshold) => threshold,
        Threshold::Best => {
            let (scores, fakes): (Vec<f64>, Vec<bool>) =
                predictions.iter().map(|p| (p.score, p.label == Label::Fake)).unzip();
            Scores::new(&scores, &fakes)?.balanced_threshold().unwrap_or(0.5)
        }
    };
    let frames: Vec<_> = predictions
        .iter()
        .map(|prediction| FrameScore {
            key: VideoKey { group: prediction.label.name(), video: &prediction.video },
            track: prediction.face.track,
            fake: prediction.label == Label::Fake,
            score: prediction.score,
        })
        .collect();
    Report::new(&frames, threshold, &Pooling::default())
}

/// Reading one number back, whatever the backend's float type is.
pub(crate) trait IntoScalarF32 {
    fn into_scalar_f32(self) -> f32;
}

impl<B: Backend> IntoScalarF32 for burn::tensor::Tensor<B, 1> {
    fn into_scalar_f32(self) -> f32 {
        self.into_data().iter::<f32>().next().unwrap_or(f32::NAN)
    }
}
