//! From the feature vector to the logit.

use pulp::{Simd, WithSimd};

use crate::lanes::multiply_add;
use crate::{Activation, Level};

/// Two linear layers with an activation between them.
#[derive(Debug, Clone)]
pub struct HeadWeights {
    /// First layer, on the features.
    pub hidden: Linear,
    /// Applied after the first layer.
    pub activation: HiddenActivation,
    /// Second layer, to the logit.
    pub last: Linear,
}

/// A linear layer.
#[derive(Debug, Clone)]
pub struct Linear {
    /// `[outputs, inputs]`.
    pub weights: Vec<f32>,
    /// `[outputs]`.
    pub bias: Vec<f32>,
}

/// Activation between the two layers of the head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HiddenActivation {
    /// The activation of the blocks.
    Same(Activation),
    /// Leaky ReLU: `x`, multiplied by this slope below 0.
    Leaky(f32),
}

impl HiddenActivation {
    fn value(self, x: f32) -> f32 {
        match self {
            Self::Same(activation) => activation.exact(f64::from(x)) as f32,
            Self::Leaky(slope) => {
                if x < 0.0 {
                    slope * x
                } else {
                    x
                }
            }
        }
    }
}

impl Linear {
    /// One value per output.
    fn apply(&self, level: Level, input: &[f32]) -> impl Iterator<Item = f32> {
        let rows = self.weights.chunks_exact(input.len());
        rows.zip(&self.bias).map(move |(row, bias)| bias + level.run(Dot(row, input)))
    }
}

impl HeadWeights {
    pub(crate) fn logit(&self, level: Level, features: &[f32]) -> f32 {
        let hidden = self.hidden.apply(level, features);
        let active = hidden.map(|x| self.activation.value(x));
        active.zip(&self.last.weights).fold(self.last.bias[0], |sum, (x, weight)| sum + x * weight)
    }
}

/// The inner product of two slices of one length.
struct Dot<'a>(&'a [f32], &'a [f32]);

impl WithSimd for Dot<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f32 {
        let (a, a_rest) = S::as_simd_f32s(self.0);
        let (b, b_rest) = S::as_simd_f32s(self.1);
        // Four sums hide the latency of an addition.
        let mut sums = [simd.splat_f32s(0.0); 4];
        for (i, (a, b)) in a.iter().zip(b).enumerate() {
            sums[i % 4] = multiply_add(simd, *a, *b, sums[i % 4]);
        }
        let [s0, s1, s2, s3] = sums;
        let sum = simd.add_f32s(simd.add_f32s(s0, s1), simd.add_f32s(s2, s3));
        let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
        simd.reduce_sum_f32s(sum) + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, numbers};

    #[test]
    fn an_inner_product_agrees_with_a_plain_loop() {
        let (a, b) = (numbers(1, 1027), numbers(2, 1027));
        let expected = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        for level in Level::available() {
            assert_close(level.name(), &[level.run(Dot(&a, &b))], &[expected], 1e-5);
        }
    }
}
