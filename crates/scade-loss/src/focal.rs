//! Focal loss: cross-entropy that down-weights easy samples.

use burn::tensor::activation::log_sigmoid;
use burn::tensor::{Tensor, backend::Backend};
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::classification::assert_same_shape;

/// `mean(-α_t·(1-p_t)^γ·log p_t)`, with `p_t` the probability given to the true class
/// ([Lin et al. 2017](https://arxiv.org/abs/1708.02002)).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Focal {
    /// Weight of the fakes, 0..=1; the reals get `1 - alpha`.
    pub alpha: f64,
    /// How strongly easy samples are down-weighted; 0 means not at all.
    pub gamma: f64,
}

impl Default for Focal {
    fn default() -> Self {
        Self { alpha: 0.25, gamma: 2.0 }
    }
}

impl Focal {
    /// Checks both numbers.
    ///
    /// # Errors
    /// If `alpha` is outside 0..=1, or `gamma` is negative or not finite.
    pub fn validate(&self) -> Result<(), SettingError> {
        let alpha = (0.0..=1.0).contains(&self.alpha);
        require(alpha, "alpha", "in 0..=1", self.alpha)?;
        let gamma = self.gamma.is_finite() && self.gamma >= 0.0;
        require(gamma, "gamma", "zero or positive", self.gamma)
    }

    /// The mean over the batch.
    ///
    /// # Shapes
    /// - `logits`: `[batch, 1]`, positive means fake
    /// - `labels`: `[batch, 1]`, exactly 0 (real) or 1 (fake)
    /// - output: `[1]`
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn forward<B: Backend>(&self, logits: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1> {
        assert_same_shape(&logits, &labels);
        // With the sign that makes correct positive: log p_t = log σ(right), log(1-p_t) = log σ(-right).
        let right = logits * (labels.clone() * 2.0 - 1.0);
        let weight = labels * (2.0 * self.alpha - 1.0) + (1.0 - self.alpha);
        // The power is computed in the logarithm: the gradient of `powf` is not finite at 0.
        let hardness = (log_sigmoid(-right.clone()) * self.gamma).exp();
        -(weight * hardness * log_sigmoid(right)).mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BinaryCrossEntropy;
    use crate::testing::{assert_close, on_logits};

    #[test]
    fn without_focus_it_is_half_the_cross_entropy() {
        let (logits, labels) = ([-2.0, 0.5, 3.0], [1.0, 1.0, 0.0]);
        let flat = Focal { alpha: 0.5, gamma: 0.0 };
        let (focal, _) = on_logits(&logits, &labels, |z, y| flat.forward(z, y));
        let plain = BinaryCrossEntropy::default();
        let (plain, _) = on_logits(&logits, &labels, |z, y| plain.forward(z, y));
        assert!((focal - plain / 2.0).abs() < 1e-6, "{focal} {plain}");
    }

    #[test]
    fn huge_logits_stay_finite() {
        let (value, gradient) =
            on_logits(&[500.0, -500.0], &[1.0, 1.0], |z, y| Focal::default().forward(z, y));
        // The wrong one costs α·500, the right one nothing.
        assert!((value - 0.25 * 500.0 / 2.0).abs() < 1e-3, "{value}");
        assert_close("gradient", &gradient, &[0.0, -0.125]);
    }
}
