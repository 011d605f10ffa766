//! What rank 0 decides after each epoch for all ranks.

use serde::{Deserialize, Serialize};

use crate::Scored;

/// Metrics of the validation set after an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ValMetrics {
    /// Mean classification loss of the samples.
    pub loss: f64,
    /// AUC over the frames, 0..1; none where one class is absent.
    pub auc: Option<f64>,
    /// AUC over the videos, 0..1; likewise.
    pub video_auc: Option<f64>,
    /// Accuracy over the frames at threshold 0.5, 0..1.
    pub accuracy: f64,
}

impl From<&Scored> for ValMetrics {
    fn from(scored: &Scored) -> Self {
        Self {
            loss: scored.loss,
            auc: scored.report.frames.auc.get(),
            video_auc: scored.report.videos.auc.get(),
            accuracy: scored.report.frames.accuracy,
        }
    }
}

/// The outcome of an epoch that all ranks must agree on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct EpochDecision {
    /// Whether the run ends after this epoch because a reporter asked for it.
    pub(crate) stop: bool,
    /// None without a validation set.
    pub(crate) val: Option<ValMetrics>,
}

impl EpochDecision {
    /// As TOML, whose reader keeps every bit of a number: all ranks write the same history.
    pub(crate) fn to_bytes(self) -> Result<Vec<u8>, String> {
        toml::to_string(&self).map(String::into_bytes).map_err(|error| error.to_string())
    }

    /// The inverse of [`Self::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_comes_back_bit_by_bit() {
        let metrics = ValMetrics {
            loss: 0.1 + 0.2,
            auc: Some(0.723_684_210_526_315_8),
            video_auc: None,
            accuracy: 1.0 / 3.0,
        };
        for val in [None, Some(metrics)] {
            for stop in [false, true] {
                let decision = EpochDecision { stop, val };
                let bytes = decision.to_bytes().unwrap();
                assert_eq!(EpochDecision::from_bytes(&bytes), Ok(decision));
            }
        }
        assert!(EpochDecision::from_bytes(b"stop = 1").is_err());
    }
}
