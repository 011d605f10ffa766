//! The regression: a very small network, the same for every pixel.

use std::borrow::Cow;

use pulp::NullaryFnOnce;
use scade_image::{Plane, on_wide_vectors};
use scade_settings::SettingError;
use serde::{Deserialize, Serialize};

use super::features::COUNT;
use crate::Error;

/// Pixels processed together, so that the compiler can vectorize.
const BLOCK: usize = 16;

/// Maximum number of units of a layer.
const WIDEST: usize = 16;

/// One layer: `weights · input + bias`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    /// One row per unit, one column per input, row by row.
    pub weights: Cow<'static, [f32]>,
    /// One per unit.
    pub bias: Cow<'static, [f32]>,
}

/// Layers with ReLU between them: from five features to a blur σ in pixels, and to the logarithm of the
/// scale of its error (Laplace).
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    layers: Cow<'static, [Layer]>,
}

impl Network {
    /// Layers of matching sizes.
    pub(super) const fn shipped(layers: &'static [Layer]) -> Self {
        Self { layers: Cow::Borrowed(layers) }
    }

    /// A network with other constants.
    ///
    /// # Errors
    /// [`Error::Setting`] unless the layers lead from 5 features to 2 numbers and none is wider than
    /// 16 units.
    pub fn new(layers: Vec<Layer>) -> Result<Self, Error> {
        let mut inputs = COUNT;
        for layer in &layers {
            let units = layer.bias.len();
            if units > WIDEST || layer.weights.len() != inputs * units {
                let got = format!("{} weights from {inputs} to {units}", layer.weights.len());
                let expected = "layers of up to 16 units and matching sizes";
                return Err(SettingError::new("network", expected, got).into());
            }
            inputs = units;
        }
        if inputs != 2 {
            return Err(SettingError::new("network", "a last layer of 2 units", inputs).into());
        }
        Ok(Self { layers: layers.into() })
    }

    /// The layers, first to last.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Number of constants.
    #[must_use]
    pub fn len(&self) -> usize {
        self.layers.iter().map(|layer| layer.weights.len() + layer.bias.len()).sum()
    }

    /// Whether there are no constants; always false for networks from [`Self::new`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Both outputs at every pixel of the features.
    pub(super) fn apply(&self, features: &[Plane; COUNT]) -> [Plane; 2] {
        on_wide_vectors(Pass { network: self, features })
    }

    #[inline(always)]
    fn apply_to_blocks(&self, features: &[Plane; COUNT]) -> [Plane; 2] {
        let mut out = [&features[0]; 2].map(|like| Plane::new(like.width(), like.height()));
        let mut at = 0;
        while at < features[0].data().len() {
            let mut values = [[0.0; BLOCK]; WIDEST];
            for (values, feature) in values.iter_mut().zip(features) {
                let rest = &feature.data()[at..];
                let count = rest.len().min(BLOCK);
                values[..count].copy_from_slice(&rest[..count]);
            }
            self.apply_to_block(&mut values);
            for (out, values) in out.iter_mut().zip(&values) {
                let rest = &mut out.data_mut()[at..];
                let count = rest.len().min(BLOCK);
                rest[..count].copy_from_slice(&values[..count]);
            }
            at += BLOCK;
        }
        out
    }

    /// `values`: one row per feature on input, per output on return.
    #[inline(always)]
    fn apply_to_block(&self, values: &mut [[f32; BLOCK]; WIDEST]) {
        let last = self.layers.len() - 1;
        for (number, layer) in self.layers.iter().enumerate() {
            let mut next = [[0.0; BLOCK]; WIDEST];
            let inputs = layer.weights.len() / layer.bias.len();
            let units = layer.weights.chunks_exact(inputs).zip(layer.bias.iter());
            for (out, (weights, &bias)) in next.iter_mut().zip(units) {
                let mut sums = [bias; BLOCK];
                for (&weight, input) in weights.iter().zip(&*values) {
                    for i in 0..BLOCK {
                        sums[i] += weight * input[i];
                    }
                }
                *out = if number < last { sums.map(|sum| sum.max(0.0)) } else { sums };
            }
            *values = next;
        }
    }
}

/// The computation of [`Network::apply`].
struct Pass<'a> {
    network: &'a Network,
    features: &'a [Plane; COUNT],
}

impl NullaryFnOnce for Pass<'_> {
    type Output = [Plane; 2];

    #[inline(always)]
    fn call(self) -> Self::Output {
        self.network.apply_to_blocks(self.features)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::testing;

    fn sampled(sizes: &[usize], seed: u64) -> Vec<Layer> {
        let mut rng = testing::rng(seed);
        let mut numbers = |count: usize| -> Cow<'static, [f32]> {
            (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
        };
        sizes
            .windows(2)
            .map(|pair| Layer { weights: numbers(pair[0] * pair[1]), bias: numbers(pair[1]) })
            .collect()
    }

    /// One pixel, one unit, one weight at a time, in double precision.
    fn slow(layers: &[Layer], features: Vec<f64>) -> Vec<f64> {
        let mut values = features;
        for (number, layer) in layers.iter().enumerate() {
            let unit = |unit: usize| {
                let mut sum = f64::from(layer.bias[unit]);
                for (input, value) in values.iter().enumerate() {
                    sum += f64::from(layer.weights[unit * values.len() + input]) * value;
                }
                if number + 1 < layers.len() { sum.max(0.0) } else { sum }
            };
            values = (0..layer.bias.len()).map(unit).collect();
        }
        values
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(31);
        for sizes in [[5, 8, 2].as_slice(), &[5, 16, 16, 2], &[5, 2]] {
            let layers = sampled(sizes, 32);
            let network = Network::new(layers.clone()).unwrap();
            let (width, height) = testing::size(&mut rng);
            let features = std::array::from_fn(|_| testing::plane(&mut rng, width, height));
            let outputs = network.apply(&features);
            for pixel in 0..width * height {
                let inputs = features.iter().map(|plane| plane.data()[pixel].into()).collect();
                for (output, expected) in outputs.iter().zip(slow(&layers, inputs)) {
                    let error = (f64::from(output.data()[pixel]) - expected).abs();
                    assert!(error < 1e-5 * (1000.0 + expected.abs()), "{sizes:?}: {error}");
                }
            }
        }
    }

    #[test]
    fn layers_of_mismatched_sizes_are_refused() {
        for sizes in [[4, 2].as_slice(), &[5, 3], &[5, 17, 2], &[5]] {
            assert!(Network::new(sampled(sizes, 33)).is_err(), "{sizes:?}");
        }
        let mut layers = sampled(&[5, 8, 2], 34);
        layers.swap(0, 1);
        assert!(Network::new(layers).is_err());
    }
}
