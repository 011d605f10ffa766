//! What is known of each finished epoch.

use serde::{Deserialize, Serialize};

use crate::Scored;

/// One line of `history.jsonl`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: u64,
    /// Steps of the whole run up to here.
    pub steps: u64,
    /// Learning rate of the last step.
    pub learning_rate: f64,
    /// Mean total loss of the training batches, augmented and with dropout.
    pub train_loss: f64,
    /// Mean classification loss among it.
    pub train_classification_loss: f64,
    /// Mean single-center loss among it, before its weight.
    pub train_single_center_loss: f64,
    /// Mean norm of the network's gradient, before it is clipped.
    pub gradient_norm: f64,
    /// Mean classification loss of the validation samples; none without a validation set.
    pub val_loss: Option<f64>,
    /// AUC over the validation frames; none where only one class is there.
    pub val_auc: Option<f64>,
    /// AUC over the validation videos.
    pub val_video_auc: Option<f64>,
    /// Accuracy over the validation frames at threshold 0.5.
    pub val_accuracy: Option<f64>,
    /// Training samples per second, loading included. Not in the file, which says what was learnt and
    /// must be the same whenever that is; the log and the event files have it.
    #[serde(skip)]
    pub samples_per_second: f64,
    /// Share of the training time spent waiting for data, 0..1; likewise.
    #[serde(skip)]
    pub waiting: f64,
    /// Whether it is the best epoch so far.
    pub best: bool,
}

impl EpochRecord {
    /// Takes over what validation found.
    pub(crate) fn validated(&mut self, scored: Option<&Scored>) {
        let Some(scored) = scored else { return };
        self.val_loss = Some(scored.loss);
        self.val_auc = scored.report.frames.auc.get();
        self.val_video_auc = scored.report.videos.auc.get();
        self.val_accuracy = Some(scored.report.frames.accuracy);
    }

    /// What [`Self::validated`] sets.
    pub(crate) fn validation(&mut self) -> [&mut Option<f64>; 4] {
        [&mut self.val_loss, &mut self.val_auc, &mut self.val_video_auc, &mut self.val_accuracy]
    }

    /// The epoch in one line for a log.
    pub(crate) fn line(&self, epochs: u64) -> String {
        let auc = self.val_auc.map_or("undefined".into(), |auc| format!("{auc:.3}"));
        format!(
            "epoch {}/{epochs} · loss {:.3} · validation AUC {auc} · rate {:.1e} · {:.1} samples/s · \
             {:.0} % waiting for data{}",
            self.epoch,
            self.train_loss,
            self.learning_rate,
            self.samples_per_second,
            100.0 * self.waiting,
            if self.best { " · best so far" } else { "" },
        )
    }
}
