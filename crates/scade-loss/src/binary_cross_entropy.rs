//! Binary cross-entropy on the logit.

use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Tensor, backend::Backend};
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::classification::assert_same_shape;

/// `mean(-(w·y·log σ(z) + (1-y)·log(1-σ(z))))`, with `w` the weight of the fakes.
///
/// Computed from `log σ(z)` and `log σ(-z)`, so that logits of any size give finite values and
/// gradients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BinaryCrossEntropy {
    /// Weight of fakes relative to reals, 1 by default; `n_real / n_fake` balances a training set.
    /// Together with a balanced sampler it corrects the imbalance twice.
    pub pos_weight: Option<f64>,
}

impl BinaryCrossEntropy {
    /// Checks the weight.
    ///
    /// # Errors
    /// If `pos_weight` is not a positive number.
    pub fn validate(&self) -> Result<(), SettingError> {
        let weight = self.pos_weight.unwrap_or(1.0);
        let holds = weight.is_finite() && weight > 0.0;
        require(holds, "pos_weight", "positive", weight)
    }

    /// The mean over the batch.
    ///
    /// # Shapes
    /// - `logits`: `[batch, 1]`, positive means fake
    /// - `labels`: `[batch, 1]`, 0 real, 1 fake; values between are allowed
    /// - output: `[1]`
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward<B: Backend>(&self, logits: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1> {
        assert_same_shape(&logits, &labels);
        let fake = log_sigmoid(logits.clone()) * labels.clone();
        let real = log_sigmoid(-logits) * (-labels + 1.0);
        let fake = match self.pos_weight {
            Some(weight) => fake * weight,
            None => fake,
        };
        -(fake + real).mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, on_logits};

    #[test]
    fn huge_logits_stay_finite() {
        let (value, gradient) = on_logits(&[500.0, -500.0], &[1.0, 1.0], |z, y| {
            BinaryCrossEntropy::default().forward(z, y)
        });
        assert!((value - 250.0).abs() < 1e-3, "{value}");
        assert_close("gradient", &gradient, &[0.0, -0.5]);
    }

    /// A new network outputs exactly 0, where a softplus built from `max` and `abs` has no gradient.
    #[test]
    fn a_zero_logit_has_a_gradient_for_both_classes() {
        let (value, gradient) =
            on_logits(&[0.0, 0.0], &[0.0, 1.0], |z, y| BinaryCrossEntropy::default().forward(z, y));
        assert!((value - std::f32::consts::LN_2).abs() < 1e-6, "{value}");
        assert_close("gradient", &gradient, &[0.25, -0.25]);
    }
}
