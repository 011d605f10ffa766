//! How the imbalance between real and fake samples is met: by exactly one mechanism.

use scade_loss::{BinaryCrossEntropy, ClassificationLoss};
use serde::{Deserialize, Serialize};

use crate::Error;

/// One way at a time: weighting the loss and drawing evenly together would correct twice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Balance {
    /// Fakes weigh `real samples / fake samples` in the binary cross-entropy, as published.
    #[default]
    PosWeight,
    /// Samples are drawn with replacement, both classes equally often.
    Sampler,
    /// Nothing is done, or the loss does it itself.
    None,
}

impl Balance {
    /// The loss with the weight that this mechanism gives it.
    ///
    /// # Errors
    /// [`Error::Setting`] when the loss cannot carry the weight, or carries one of its own.
    pub(crate) fn weigh(
        self,
        loss: ClassificationLoss,
        n_real: usize,
        n_fake: usize,
    ) -> Result<ClassificationLoss, Error> {
        let refused = |expected, got: &str| {
            Err(Error::Setting { setting: "balance", expected, got: got.to_owned() })
        };
        match (self, loss) {
            (Self::PosWeight, ClassificationLoss::Focal(_)) => refused(
                "`sampler` or `none` with the focal loss, whose alpha weighs the classes",
                "`pos-weight`",
            ),
            (
                _,
                ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight: Some(_) }),
            ) if self != Self::None => refused(
                "`none` beside an explicit loss.classification.pos_weight",
                "another mechanism",
            ),
            (Self::PosWeight, ClassificationLoss::BinaryCrossEntropy(_)) => {
                let pos_weight = Some(n_real as f64 / n_fake.max(1) as f64);
                Ok(ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight }))
            }
            _ => Ok(loss),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_loss::Focal;

    #[test]
    fn the_weight_is_the_ratio_of_the_classes() {
        let loss = Balance::PosWeight.weigh(ClassificationLoss::default(), 30, 120).unwrap();
        let expected = BinaryCrossEntropy { pos_weight: Some(0.25) };
        assert_eq!(loss, ClassificationLoss::BinaryCrossEntropy(expected));
    }

    #[test]
    fn two_mechanisms_at_once_are_refused() {
        let explicit =
            ClassificationLoss::BinaryCrossEntropy(BinaryCrossEntropy { pos_weight: Some(0.1) });
        assert!(Balance::Sampler.weigh(explicit, 1, 1).is_err());
        assert!(Balance::PosWeight.weigh(explicit, 1, 1).is_err());
        assert_eq!(Balance::None.weigh(explicit, 1, 1).unwrap(), explicit);
        assert!(
            Balance::PosWeight.weigh(ClassificationLoss::Focal(Focal::default()), 1, 1).is_err()
        );
    }
}
