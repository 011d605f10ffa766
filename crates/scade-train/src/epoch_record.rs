//! The record of a finished epoch.

use serde::{Deserialize, Serialize};

use crate::{StepLosses, ValMetrics};

/// One line of `history.jsonl`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: u64,
    /// Steps of the whole run up to here.
    pub steps: u64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Means over the training steps, with augmentation and dropout: `train_loss`,
    /// `train_classification_loss`, … and `gradient_norm` in the file.
    #[serde(flatten)]
    pub train: StepLosses,
    /// Mean classification loss of the validation samples; none without a validation set.
    pub val_loss: Option<f64>,
    /// AUC over the validation frames, 0..1; none where one class is absent.
    pub val_auc: Option<f64>,
    /// AUC over the validation videos, 0..1; likewise.
    pub val_video_auc: Option<f64>,
    /// Accuracy over the validation frames at threshold 0.5, 0..1.
    pub val_accuracy: Option<f64>,
    /// Where the time of the training steps went. Not in the file, which must be the same whenever the
    /// same was learned; event files have it.
    #[serde(skip)]
    pub timing: Timing,
    /// Whether it is the best epoch so far.
    pub best: bool,
}

/// Throughput of the training steps of an epoch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timing {
    /// Training samples per second, loading included.
    pub samples_per_second: f64,
    /// Ratio of the time spent waiting for data, 0..1.
    pub waiting_for_data: f64,
}

impl EpochRecord {
    pub(crate) fn set_validation(&mut self, metrics: Option<ValMetrics>) {
        self.val_loss = metrics.map(|metrics| metrics.loss);
        self.val_auc = metrics.and_then(|metrics| metrics.auc);
        self.val_video_auc = metrics.and_then(|metrics| metrics.video_auc);
        self.val_accuracy = metrics.map(|metrics| metrics.accuracy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of earlier versions are continued, and other programs read the file.
    #[test]
    fn the_keys_of_the_history_are_those_of_earlier_versions() {
        let line = r#"{"epoch":2,"steps":8,"learning_rate":0.001,"train_loss":0.75,"train_classification_loss":0.5,"train_single_center_loss":2.5,"gradient_norm":1.25,"val_loss":0.25,"val_auc":null,"val_video_auc":1.0,"val_accuracy":0.5,"best":true}"#;
        let record: EpochRecord = serde_json::from_str(line).unwrap();
        let expected = StepLosses {
            total: 0.75,
            classification: 0.5,
            single_center: 2.5,
            gradient_norm: 1.25,
        };
        assert_eq!((record.train, record.val_loss, record.val_auc), (expected, Some(0.25), None));
        assert_eq!(serde_json::to_string(&record).unwrap(), line);
        let text = toml::to_string(&record).unwrap();
        assert_eq!(toml::from_str::<EpochRecord>(&text).unwrap(), record);
    }
}
