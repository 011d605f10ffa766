//! How the imbalance between real and fake samples is corrected: by exactly one mechanism.

use scade_loss::{BinaryCrossEntropy, ClassificationLoss};
use scade_settings::SettingError;
use serde::{Deserialize, Serialize};

use crate::Error;

/// One mechanism at a time: weighting the loss and sampling evenly together would correct twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Fakes have the weight `real samples / fake samples` in the binary cross-entropy, as in SCADE-Net.
    #[default]
    PosWeight,
    /// Samples with replacement, both classes equally often.
    Sampler,
    /// No correction, or one of the loss itself.
    None,
}

impl Balance {
    /// The loss with the class weight of this mechanism.
    ///
    /// # Errors
    /// [`Error::Setting`] when the loss cannot have the weight, or has one of its own.
    pub(crate) fn weighted(
        self,
        loss: ClassificationLoss,
        n_real: usize,
        n_fake: usize,
    ) -> Result<ClassificationLoss, Error> {
        let refused = |expected: &'static str, got: &str| {
            Err(SettingError::new("balance", expected, got).into())
        };
        // Without a catch-all: a further loss or mechanism must state here what it does.
        match (loss, self) {
            (loss, Self::None) => Ok(loss),
            (
                ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight: Some(_) }),
                Self::PosWeight | Self::Sampler,
            ) => refused(
                "`none` beside an explicit loss.classification.pos_weight",
                "another mechanism",
            ),
            (
                ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight: None }),
                Self::PosWeight,
            ) => {
                let pos_weight = Some(n_real as f64 / n_fake.max(1) as f64);
                Ok(ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight }))
            }
            (ClassificationLoss::Focal(_), Self::PosWeight) => refused(
                "`sampler` or `none` with the focal loss, whose alpha weights the classes",
                "`pos-weight`",
            ),
            (
                loss @ (ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy {
                    pos_weight: None,
                })
                | ClassificationLoss::Focal(_)),
                Self::Sampler,
            ) => Ok(loss),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_loss::Focal;

    #[test]
    fn the_weight_is_the_ratio_of_the_classes() {
        let loss = Balance::PosWeight.weighted(ClassificationLoss::default(), 30, 120).unwrap();
        let expected = BinaryCrossEntropy { pos_weight: Some(0.25) };
        assert_eq!(loss, ClassificationLoss::BinaryCrossEntropy(expected));
    }

    #[test]
    fn two_mechanisms_at_once_are_refused() {
        let explicit =
            ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight: Some(0.1) });
        assert!(Balance::Sampler.weighted(explicit, 1, 1).is_err());
        assert!(Balance::PosWeight.weighted(explicit, 1, 1).is_err());
        assert_eq!(Balance::None.weighted(explicit, 1, 1).unwrap(), explicit);
        assert!(
            Balance::PosWeight.weighted(ClassificationLoss::Focal(Focal::default()), 1, 1).is_err()
        );
    }

    /// Defect: a combination that was not thought of dropped the weight silently.
    #[test]
    fn every_mechanism_either_weights_a_loss_leaves_it_or_is_refused() {
        let bce = ClassificationLoss::default();
        let explicit =
            ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight: Some(0.1) });
        let focal = ClassificationLoss::Focal(Focal::default());
        let weighted =
            ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight: Some(0.5) });
        for (loss, mechanism, expected) in [
            (bce, Balance::PosWeight, Some(weighted)),
            (bce, Balance::Sampler, Some(bce)),
            (bce, Balance::None, Some(bce)),
            (explicit, Balance::PosWeight, None),
            (explicit, Balance::Sampler, None),
            (explicit, Balance::None, Some(explicit)),
            (focal, Balance::PosWeight, None),
            (focal, Balance::Sampler, Some(focal)),
            (focal, Balance::None, Some(focal)),
        ] {
            let got = mechanism.weighted(loss, 10, 20).ok();
            assert_eq!(got, expected, "{mechanism:?} with {loss:?}");
        }
    }
}
