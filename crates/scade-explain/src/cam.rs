//! Grad-CAM: the regions that raise or lower the score, from the gradients at one block.

use burn::backend::Autodiff;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use scade_image::Plane;

use crate::layers::Layers;
use crate::upsample::upsample;
use crate::{Class, Error};

/// A heat map.
#[derive(Debug, Clone, PartialEq)]
pub struct Cam {
    /// 0..1, of the size of the network's input; 1 is the largest value of this map, so that maps of two faces,
    /// or of two classes, cannot be compared by it. All 0 where nothing supports the class.
    pub map: Plane,
    /// The largest value before scaling, in logits per pixel of the block: comparable between maps of one
    /// block of one network.
    pub peak: f32,
}

/// Heat maps for both classes at one block.
#[derive(Debug, Clone, PartialEq)]
pub struct GradCam {
    /// The block, from 1.
    pub block: usize,
    /// What raises the logit.
    pub fake: Cam,
    /// What lowers it.
    pub real: Cam,
}

impl GradCam {
    /// The map of a class.
    #[must_use]
    pub fn of(&self, class: Class) -> &Cam {
        match class {
            Class::Fake => &self.fake,
            Class::Real => &self.real,
        }
    }
}

/// The sum over the channels of activation times mean gradient, before the ReLU: above 0 where it raises
/// the logit. One plane per image, as large as the block's convolution, whose output (before the activation
/// function) is the target.
///
/// One backward pass serves both classes, because the gradients of -logit are those of the logit with another
/// sign. Autodiff computes it and not a formula of ours: it covers every form of block, on every
/// backend, and only what follows the block is recorded.
pub(crate) fn contributions<B: Backend>(
    layers: &Layers<B>,
    images: Tensor<B, 4>,
    block: usize,
) -> Vec<Plane> {
    let (before, target) = (&layers.blocks[..block - 1], &layers.blocks[block - 1]);
    let input = before.iter().fold(images, |input, block| block.finish(block.convolve(input)));
    let activations = target.convolve(input);
    let tail = layers.differentiable_from(block - 1);
    let watched = Tensor::<Autodiff<B>, 4>::from_inner(activations.clone()).require_grad();
    // The images of a batch do not depend on each other: the gradient of the sum is that of each.
    let gradients = tail.logits_from_convolved(watched.clone()).sum().backward();
    let gradient = watched.grad(&gradients).unwrap_or_else(|| activations.zeros_like());
    let weights = gradient.mean_dim(3).mean_dim(2);
    let sums = (activations * weights).sum_dim(1);
    let [_, _, height, width] = sums.dims();
    let values: Vec<f32> = sums.into_data().iter::<f32>().collect();
    let plane = |values: &[f32]| Plane::from_vec(width, height, values.to_vec());
    values.chunks_exact(height * width).filter_map(plane).collect()
}

/// The heat maps of one image from its [`contributions`], `side` pixels wide and high.
pub(crate) fn grad_cam(sums: &Plane, block: usize, side: usize) -> Result<GradCam, Error> {
    if sums.data().iter().any(|value| !value.is_finite()) {
        return Err(Error::NotFinite { block });
    }
    Ok(GradCam { block, fake: cam(sums, 1.0, side), real: cam(sums, -1.0, side) })
}

/// ReLU, scaled to 0..1, then enlarged, in the order of the reference implementation.
fn cam(sums: &Plane, sign: f32, side: usize) -> Cam {
    let mut map = sums.clone();
    let (mut least, mut peak) = (f32::INFINITY, 0.0f32);
    for value in map.data_mut() {
        *value = (sign * *value).max(0.0);
        (least, peak) = (least.min(*value), peak.max(*value));
    }
    let range = peak - least;
    for value in map.data_mut() {
        *value = if range > 0.0 { (*value - least) / range } else { 0.0 };
    }
    Cam { map: upsample(&map, side, side), peak }
}
