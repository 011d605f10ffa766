//! Clipping the gradient of a whole network by its norm.
//!
//! Burn clips each parameter by itself; the published recipe scales all of them together.

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

/// Keeps PyTorch's quotient finite for a gradient of zero.
const EPSILON: f32 = 1e-6;

/// Scales the gradients of `network`'s parameters so that their joint Euclidean norm is at most
/// `max_norm`; gradients of other parameters in `gradients` stay. Nothing is read back to the host.
pub(crate) fn clip_norm<B: AutodiffBackend, M: AutodiffModule<B>>(
    network: &M,
    gradients: &mut GradientsParams,
    max_norm: f32,
) {
    let mut squares = Squares::<B> { gradients, sum: None };
    network.visit(&mut squares);
    let Some(sum) = squares.sum else { return };
    let factor = (sum.sqrt() + EPSILON).recip().mul_scalar(max_norm).clamp_max(1.0);
    network.visit(&mut Scale::<B> { gradients, factor });
}

struct Squares<'a, B: AutodiffBackend> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<B::InnerBackend, 1>>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Squares<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.get::<B::InnerBackend, D>(param.id) {
            let square = gradient.powi_scalar(2).sum();
            self.sum = Some(self.sum.take().map_or(square.clone(), |sum| sum + square));
        }
    }
}

struct Scale<'a, B: AutodiffBackend> {
    gradients: &'a mut GradientsParams,
    factor: Tensor<B::InnerBackend, 1>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Scale<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.remove::<B::InnerBackend, D>(param.id) {
            let factor = self.factor.clone().reshape([1; D]);
            self.gradients.register::<B::InnerBackend, D>(param.id, gradient * factor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::{Autodiff, Flex};
    use burn::nn::{Linear, LinearConfig};

    type B = Autodiff<Flex>;

    /// Gradients of `scale · sum(linear(1))` and their joint norm, computed the plain way.
    fn gradients(linear: &Linear<B>, scale: f32) -> (GradientsParams, f32) {
        let input = Tensor::<B, 2>::ones([1, 3], &Default::default());
        let loss = linear.forward(input).sum().mul_scalar(scale);
        let gradients = GradientsParams::from_grads(loss.backward(), linear);
        let norm = norm(linear, &gradients);
        (gradients, norm)
    }

    fn norm(linear: &Linear<B>, gradients: &GradientsParams) -> f32 {
        let weight = gradients.get::<Flex, 2>(linear.weight.id).unwrap().into_data();
        let bias = linear.bias.as_ref().unwrap();
        let bias = gradients.get::<Flex, 1>(bias.id).unwrap().into_data();
        let all = weight.iter::<f32>().chain(bias.iter::<f32>());
        all.map(|value| value * value).sum::<f32>().sqrt()
    }

    #[test]
    fn the_joint_norm_is_cut_and_small_gradients_stay() {
        let linear = LinearConfig::new(3, 2).init::<B>(&Default::default());
        // Six weights and two biases, each with the gradient `scale`: the norm is scale · √8.
        let (mut large, before) = gradients(&linear, 10.0);
        assert!((before - 10.0 * 8f32.sqrt()).abs() < 1e-4);
        clip_norm(&linear, &mut large, 1.0);
        assert!((norm(&linear, &large) - 1.0).abs() < 1e-4);

        let (mut small, before) = gradients(&linear, 0.01);
        clip_norm(&linear, &mut small, 1.0);
        assert!((norm(&linear, &small) - before).abs() < 1e-7);
    }
}
