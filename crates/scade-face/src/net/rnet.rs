//! R-Net, the refinement network: one 24 × 24 crop in, one prediction out.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig, PRelu, PReluConfig};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, backend::Backend};

/// The second network of the cascade.
#[derive(Module, Debug)]
pub(crate) struct RNet<B: Backend> {
    pub(super) conv1: Conv2d<B>,
    pub(super) prelu1: PRelu<B>,
    pub(super) pool1: MaxPool2d,
    pub(super) conv2: Conv2d<B>,
    pub(super) prelu2: PRelu<B>,
    pub(super) pool2: MaxPool2d,
    pub(super) conv3: Conv2d<B>,
    pub(super) prelu3: PRelu<B>,
    pub(super) dense4: Linear<B>,
    pub(super) prelu4: PRelu<B>,
    /// Face classification.
    pub(super) dense5_1: Linear<B>,
    /// Box regression.
    pub(super) dense5_2: Linear<B>,
}

/// Output of [`RNet::forward`].
#[derive(Debug)]
pub(crate) struct RNetOutput<B: Backend> {
    /// Offset of each corner coordinate from the crop's, in box sizes: x1, y1, x2, y2.
    pub(crate) regression: Tensor<B, 2>,
    /// Probabilities of no face and of a face.
    pub(crate) probability: Tensor<B, 2>,
}

impl<B: Backend> RNet<B> {
    /// Width and height of the input in pixels.
    pub(crate) const SIDE: u32 = 24;

    /// A network with random weights.
    pub(crate) fn init(device: &B::Device) -> Self {
        let conv = |from, to, kernel| Conv2dConfig::new([from, to], [kernel; 2]).init(device);
        let prelu = |channels| PReluConfig::new().with_num_parameters(channels).init(device);
        let pool = || MaxPool2dConfig::new([3, 3]).with_strides([2, 2]).with_ceil_mode(true).init();
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        Self {
            conv1: conv(3, 28, 3),
            prelu1: prelu(28),
            pool1: pool(),
            conv2: conv(28, 48, 3),
            prelu2: prelu(48),
            pool2: pool(),
            conv3: conv(48, 64, 2),
            prelu3: prelu(64),
            dense4: linear(576, 128),
            prelu4: prelu(128),
            dense5_1: linear(128, 2),
            dense5_2: linear(128, 4),
        }
    }

    /// Scores crops of proposals.
    ///
    /// # Shapes
    /// - input: `[batch, 3, 24, 24]`, RGB about −1..1
    /// - regression: `[batch, 4]`
    /// - probability: `[batch, 2]`
    pub(crate) fn forward(&self, input: Tensor<B, 4>) -> RNetOutput<B> {
        let x = self.prelu1.forward(self.conv1.forward(input));
        let x = self.pool1.forward(x);
        let x = self.prelu2.forward(self.conv2.forward(x));
        let x = self.pool2.forward(x);
        let x = self.prelu3.forward(self.conv3.forward(x));
        // The weights were trained in a framework that flattens as (width, height, channels).
        let x: Tensor<B, 2> = x.permute([0, 3, 2, 1]).flatten(1, 3); // [batch, 576]
        let x = self.prelu4.forward(self.dense4.forward(x));
        RNetOutput {
            probability: softmax(self.dense5_1.forward(x.clone()), 1),
            regression: self.dense5_2.forward(x),
        }
    }
}
