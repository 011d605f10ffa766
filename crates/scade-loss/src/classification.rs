//! The enum of losses on the logit, as in a configuration file.

use burn::tensor::{Tensor, backend::Backend};
use scade_settings::SettingError;
use serde::{Deserialize, Serialize};

use crate::{BinaryCrossEntropy, Focal};

/// The loss on the logit: `{ name = "binary-cross-entropy" }` or `{ name = "focal" }`, each with its own
/// settings beside the name.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum ClassificationLoss {
    /// See [`BinaryCrossEntropy`].
    BinaryCrossEntropy(BinaryCrossEntropy),
    /// See [`Focal`].
    Focal(Focal),
}

impl Default for ClassificationLoss {
    fn default() -> Self {
        Self::BinaryCrossEntropy(BinaryCrossEntropy::default())
    }
}

impl ClassificationLoss {
    /// Checks the settings.
    ///
    /// # Errors
    /// For the first setting out of range.
    pub fn validate(&self) -> Result<(), SettingError> {
        match self {
            Self::BinaryCrossEntropy(loss) => loss.validate(),
            Self::Focal(loss) => loss.validate(),
        }
    }

    /// The mean loss of a batch.
    ///
    /// # Shapes
    /// - `logits`: `[batch, 1]`, positive means fake
    /// - `labels`: `[batch, 1]`, 0 real, 1 fake
    /// - output: `[1]`
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward<B: Backend>(&self, logits: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1> {
        match self {
            Self::BinaryCrossEntropy(loss) => loss.forward(logits, labels),
            Self::Focal(loss) => loss.forward(logits, labels),
        }
    }
}

/// Both losses need one logit per label.
pub(crate) fn assert_same_shape<B: Backend>(logits: &Tensor<B, 2>, labels: &Tensor<B, 2>) {
    let (logits, labels) = (logits.dims(), labels.dims());
    assert_eq!(logits, labels, "logits {logits:?} and labels {labels:?} must have the same shape");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Cpu;

    fn parse(json: &str) -> Result<ClassificationLoss, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_file_needs_the_loss_and_non_default_settings_only() {
        let focal = parse(r#"{"name": "focal", "gamma": 1.5}"#).unwrap();
        assert_eq!(focal, ClassificationLoss::Focal(Focal { alpha: 0.25, gamma: 1.5 }));
        let weighted = parse(r#"{"name": "binary-cross-entropy", "pos_weight": 0.118}"#).unwrap();
        let expected = BinaryCrossEntropy { pos_weight: Some(0.118) };
        assert_eq!(weighted, ClassificationLoss::BinaryCrossEntropy(expected));
    }

    #[test]
    fn unknown_keys_and_names_are_rejected() {
        let error = parse(r#"{"name": "focal", "gama": 2}"#).unwrap_err().to_string();
        assert!(error.contains("gama"), "{error}");
        assert!(parse(r#"{"name": "hinge"}"#).is_err());
        assert!(parse(r#"{"name": "binary-cross-entropy", "gamma": 2}"#).is_err());
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let loss = ClassificationLoss::Focal(Focal { alpha: 1.5, gamma: 2.0 });
        let message = loss.validate().unwrap_err().to_string();
        assert_eq!(message, "alpha must be in 0..=1, got 1.5");
        let loss = BinaryCrossEntropy { pos_weight: Some(f64::NAN) };
        assert!(ClassificationLoss::BinaryCrossEntropy(loss).validate().is_err());
        assert!(ClassificationLoss::default().validate().is_ok());
    }

    #[test]
    #[should_panic(expected = "must have the same shape")]
    fn labels_of_another_shape_panic() {
        let device = Default::default();
        let logits = Tensor::<Cpu, 2>::zeros([4, 1], &device);
        let labels = Tensor::<Cpu, 2>::zeros([1, 4], &device);
        ClassificationLoss::default().forward(logits, labels);
    }
}
