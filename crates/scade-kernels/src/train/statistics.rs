//! Attention and batch normalization from the moments of each image and channel, in double precision.
//!
//! With `a` the activated values of an image's channel, `g` its gate and `u = g·a`, the output is
//! `y = s·(u - μ) + β` with `s = γ/σ`, and μ and σ² the mean and variance of `u` over the batch.

use super::Block;
use super::slope_row::Coefficients;
use crate::eca;

/// Statistics for batch normalization; `[batch, channels]` is in row-major order.
#[derive(Debug)]
pub(super) struct Statistics {
    /// Values in a channel of an image.
    pixels: f64,
    /// Mean of `a`, and the sum of squared distances from it, `[batch, channels]`.
    moments: Vec<Moments>,
    /// `g`, `[batch, channels]`; 1 without attention.
    gates: Vec<f64>,
    /// μ and σ², `[channels]`.
    pub(super) mean: Vec<f64>,
    pub(super) variance: Vec<f64>,
}

/// Mean and sum of squared distances from it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moments {
    mean: f64,
    spread: f64,
}

/// The sums over an image's channel of the output's gradient, and of its product with `a`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Products {
    pub(super) gradient: f64,
    pub(super) with_value: f64,
}

/// Gradients of the small parameters, and coefficients for those of the large tensors.
#[derive(Debug)]
pub(super) struct Backward {
    /// `[batch, channels]`.
    pub(super) coefficients: Vec<Coefficients>,
    pub(super) gamma: Vec<f64>,
    pub(super) beta: Vec<f64>,
    pub(super) attention: Option<Vec<f64>>,
}

impl Moments {
    /// From the sums of distances from `center` and of their squares.
    pub(super) fn about(center: f32, [sum, squares]: [f64; 2], pixels: f64) -> Self {
        Self {
            mean: f64::from(center) + sum / pixels,
            spread: (squares - sum * sum / pixels).max(0.0),
        }
    }
}

impl Statistics {
    pub(super) fn new(block: &Block, moments: Vec<Moments>, pixels: f64) -> Self {
        let channels = block.channels[1];
        let means: Vec<f64> = moments.iter().map(|moments| moments.mean).collect();
        let gates: Vec<f64> = match &block.attention {
            Some(weights) => {
                means.chunks(channels).flat_map(|means| eca::gates(means, weights)).collect()
            }
            None => vec![1.0; means.len()],
        };
        let batch = (means.len() / channels) as f64;
        let mut mean = vec![0.0; channels];
        for (i, (gate, moments)) in gates.iter().zip(&moments).enumerate() {
            mean[i % channels] += gate * moments.mean / batch;
        }
        let mut variance = vec![0.0; channels];
        for (i, (gate, moments)) in gates.iter().zip(&moments).enumerate() {
            let distance = gate * moments.mean - mean[i % channels];
            let spread = gate * gate * moments.spread + pixels * distance * distance;
            variance[i % channels] += spread / (batch * pixels);
        }
        Self { pixels, moments, gates, mean, variance }
    }

    /// Scale and shift from `a` to the output, `[batch, channels]`.
    pub(super) fn affine(&self, block: &Block) -> Vec<[f32; 2]> {
        let channels = block.channels[1];
        let affine = |(i, gate): (usize, &f64)| {
            let scale = self.scale(block, i % channels);
            let shift = f64::from(block.beta[i % channels]) - scale * self.mean[i % channels];
            [(gate * scale) as f32, shift as f32]
        };
        self.gates.iter().enumerate().map(affine).collect()
    }

    /// `s` of a channel.
    fn scale(&self, block: &Block, channel: usize) -> f64 {
        f64::from(block.gamma[channel]) / self.deviation(block, channel)
    }

    fn deviation(&self, block: &Block, channel: usize) -> f64 {
        (self.variance[channel] + block.epsilon).sqrt()
    }

    /// Propagates the gradient of the output through normalization and attention.
    ///
    /// With `N` values in a channel of the batch, `û = (u - μ)/σ`, and sums over them:
    /// `dβ = Σdy`, `dγ = Σdy·û`, `du = s·(dy - dβ/N - û·dγ/N)`; for the gate, `dg = Σdu·a`, which
    /// propagates through the sigmoid to the weights and to the means `m`; so
    /// `da = g·du + dm/pixels`, linear in `dy` and in `a`.
    pub(super) fn backward(&self, block: &Block, products: &[Products]) -> Backward {
        let channels = block.channels[1];
        let total = self.pixels * (self.gates.len() / channels) as f64;
        let (mut gamma, mut beta) = (vec![0.0; channels], vec![0.0; channels]);
        for (i, (gate, sums)) in self.gates.iter().zip(products).enumerate() {
            let c = i % channels;
            let along = gate * sums.with_value - self.mean[c] * sums.gradient;
            gamma[c] += along / self.deviation(block, c);
            beta[c] += sums.gradient;
        }
        let by_gate = |i: usize| {
            let (c, gate, Moments { mean, spread }) =
                (i % channels, self.gates[i], self.moments[i]);
            let (sum, squares) = (self.pixels * mean, spread + self.pixels * mean * mean);
            let normal = (gate * squares - self.mean[c] * sum) / self.deviation(block, c);
            let even = (beta[c] * sum + gamma[c] * normal) / total;
            self.scale(block, c) * (products[i].with_value - even)
        };
        let attention = block.attention.as_ref().map(|weights| {
            let by_gates: Vec<f64> = (0..self.gates.len()).map(by_gate).collect();
            self.attention_backward(channels, weights, &by_gates)
        });
        let centers = block.centers();
        let coefficients = (0..self.gates.len()).map(|i| {
            let (c, gate) = (i % channels, self.gates[i]);
            let (scale, deviation) = (gate * self.scale(block, c), self.deviation(block, c));
            let slope = -gate * scale * gamma[c] / (deviation * total);
            // At a = center, where û = (g·center - μ)/σ.
            let center = f64::from(centers[c]);
            let normal = (gate * center - self.mean[c]) / deviation;
            let even = -scale * (beta[c] + normal * gamma[c]) / total;
            let by_mean = attention.as_ref().map_or(0.0, |(by_means, _)| by_means[i]);
            Coefficients {
                scale: scale as f32,
                offset: (even + by_mean / self.pixels) as f32,
                slope: slope as f32,
                center: centers[c],
            }
        });
        Backward {
            coefficients: coefficients.collect(),
            attention: attention.map(|(_, by_weights)| by_weights),
            gamma,
            beta,
        }
    }

    /// Gradients of the means, `[batch, channels]`, and of the weights.
    fn attention_backward(
        &self,
        channels: usize,
        weights: &[f32],
        by_gates: &[f64],
    ) -> (Vec<f64>, Vec<f64>) {
        let margin = weights.len() / 2;
        let (mut by_means, mut by_weights) = (vec![0.0; by_gates.len()], vec![0.0; weights.len()]);
        for (i, (by_gate, gate)) in by_gates.iter().zip(&self.gates).enumerate() {
            let mixed = by_gate * gate * (1.0 - gate);
            for (position, weight) in weights.iter().enumerate() {
                let neighbor = (i % channels + position).wrapping_sub(margin);
                if neighbor < channels {
                    let place = i - i % channels + neighbor;
                    by_means[place] += mixed * f64::from(*weight);
                    by_weights[position] += mixed * self.moments[place].mean;
                }
            }
        }
        (by_means, by_weights)
    }
}
