//! Clipping the gradient of a whole network by its norm.
//!
//! Burn clips each parameter by itself; SCADE-Net scales all of them together.

use burn::module::{AutodiffModule, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::tensor::backend::AutodiffBackend;

/// Keeps PyTorch's quotient finite for a gradient of zero.
const EPSILON: f32 = 1e-6;

/// The joint Euclidean norm of the gradients of `network`'s parameters, `[1]`; gradients of other
/// parameters in `gradients` do not count. Nothing is read back to the host.
pub(crate) fn norm<B: AutodiffBackend, M: AutodiffModule<B>>(
    network: &M,
    gradients: &GradientsParams,
    device: &B::Device,
) -> Tensor<B::InnerBackend, 1> {
    let mut squares = Squares::<B> { gradients, sum: Tensor::zeros([1], device) };
    network.visit(&mut squares);
    squares.sum.sqrt()
}

/// Scales the gradients of `network`'s parameters, whose [`norm`] is given, so that it is at most
/// `max_norm`; other gradients stay.
pub(crate) fn clip<B: AutodiffBackend, M: AutodiffModule<B>>(
    network: &M,
    gradients: &mut GradientsParams,
    norm: Tensor<B::InnerBackend, 1>,
    max_norm: f32,
) {
    let factor = (norm + EPSILON).recip().mul_scalar(max_norm).clamp_max(1.0);
    network.visit(&mut Scale::<B> { gradients, factor });
}

struct Squares<'a, B: AutodiffBackend> {
    gradients: &'a GradientsParams,
    sum: Tensor<B::InnerBackend, 1>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for Squares<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        if let Some(gradient) = self.gradients.get::<B::InnerBackend, D>(param.id) {
            self.sum = self.sum.clone() + gradient.powi_scalar(2).sum();
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

    /// Gradients of `scale · sum(linear(1))`.
    fn gradients(linear: &Linear<B>, scale: f32) -> GradientsParams {
        let input = Tensor::<B, 2>::ones([1, 3], &Default::default());
        let loss = linear.forward(input).sum().mul_scalar(scale);
        GradientsParams::from_grads(loss.backward(), linear)
    }

    /// The joint norm, computed the plain way.
    fn plain(linear: &Linear<B>, gradients: &GradientsParams) -> f32 {
        let weight = gradients.get::<Flex, 2>(linear.weight.id).unwrap().into_data();
        let bias = linear.bias.as_ref().unwrap();
        let bias = gradients.get::<Flex, 1>(bias.id).unwrap().into_data();
        let all = weight.iter::<f32>().chain(bias.iter::<f32>());
        all.map(|value| value * value).sum::<f32>().sqrt()
    }

    #[test]
    fn the_joint_norm_is_cut_and_small_gradients_stay() {
        let device = Default::default();
        let linear = LinearConfig::new(3, 2).init::<B>(&device);
        // Six weights and two biases, each with the gradient `scale`: the norm is scale · √8.
        for (scale, expected) in [(10.0, 1.0), (0.01, 0.01 * 8f32.sqrt())] {
            let mut gradients = gradients(&linear, scale);
            let before = norm(&linear, &gradients, &device);
            assert!((before.clone().into_scalar() - scale * 8f32.sqrt()).abs() < 1e-4);
            assert!((plain(&linear, &gradients) - scale * 8f32.sqrt()).abs() < 1e-4);
            clip(&linear, &mut gradients, before, 1.0);
            assert!((plain(&linear, &gradients) - expected).abs() < 1e-4 * expected.max(1e-2));
        }
    }
}
