//! O-Net, the output network: one 48 × 48 crop in, a prediction and five landmarks out.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{Linear, LinearConfig, PRelu, PReluConfig};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, backend::Backend};

/// The third network of the cascade.
#[derive(Module, Debug)]
pub(crate) struct ONet<B: Backend> {
    pub(super) conv1: Conv2d<B>,
    pub(super) prelu1: PRelu<B>,
    pub(super) pool1: MaxPool2d,
    pub(super) conv2: Conv2d<B>,
    pub(super) prelu2: PRelu<B>,
    pub(super) pool2: MaxPool2d,
    pub(super) conv3: Conv2d<B>,
    pub(super) prelu3: PRelu<B>,
    pub(super) pool3: MaxPool2d,
    pub(super) conv4: Conv2d<B>,
    pub(super) prelu4: PRelu<B>,
    pub(super) dense5: Linear<B>,
    pub(super) prelu5: PRelu<B>,
    /// Face classification.
    pub(super) dense6_1: Linear<B>,
    /// Box regression.
    pub(super) dense6_2: Linear<B>,
    /// Landmarks.
    pub(super) dense6_3: Linear<B>,
}

/// Output of [`ONet::forward`].
#[derive(Debug)]
pub(crate) struct ONetOutput<B: Backend> {
    /// Offset of each corner coordinate from the crop's, in box sizes: x1, y1, x2, y2.
    pub(crate) regression: Tensor<B, 2>,
    /// Five x, then five y, in box sizes from the box's corner.
    pub(crate) landmarks: Tensor<B, 2>,
    /// Probabilities of no face and of a face.
    pub(crate) probability: Tensor<B, 2>,
}

impl<B: Backend> ONet<B> {
    /// Width and height of the input in pixels.
    pub(crate) const SIDE: u32 = 48;

    /// A network with random weights.
    pub(crate) fn init(device: &B::Device) -> Self {
        let conv = |from, to, kernel| Conv2dConfig::new([from, to], [kernel; 2]).init(device);
        let prelu = |channels| PReluConfig::new().with_num_parameters(channels).init(device);
        let pool = |kernel| {
            MaxPool2dConfig::new([kernel; 2]).with_strides([2, 2]).with_ceil_mode(true).init()
        };
        let linear = |from, to| LinearConfig::new(from, to).init(device);
        Self {
            conv1: conv(3, 32, 3),
            prelu1: prelu(32),
            pool1: pool(3),
            conv2: conv(32, 64, 3),
            prelu2: prelu(64),
            pool2: pool(3),
            conv3: conv(64, 64, 3),
            prelu3: prelu(64),
            pool3: pool(2),
            conv4: conv(64, 128, 2),
            prelu4: prelu(128),
            dense5: linear(1152, 256),
            prelu5: prelu(256),
            dense6_1: linear(256, 2),
            dense6_2: linear(256, 4),
            dense6_3: linear(256, 10),
        }
    }

    /// Scores crops of refined proposals and locates their landmarks.
    ///
    /// # Shapes
    /// - input: `[batch, 3, 48, 48]`, RGB about −1..1
    /// - regression: `[batch, 4]`
    /// - landmarks: `[batch, 10]`
    /// - probability: `[batch, 2]`
    pub(crate) fn forward(&self, input: Tensor<B, 4>) -> ONetOutput<B> {
        let x = self.prelu1.forward(self.conv1.forward(input));
        let x = self.pool1.forward(x);
        let x = self.prelu2.forward(self.conv2.forward(x));
        let x = self.pool2.forward(x);
        let x = self.prelu3.forward(self.conv3.forward(x));
        let x = self.pool3.forward(x);
        let x = self.prelu4.forward(self.conv4.forward(x));
        // The weights were trained in a framework that flattens as (width, height, channels).
        let x: Tensor<B, 2> = x.permute([0, 3, 2, 1]).flatten(1, 3); // [batch, 1152]
        let x = self.prelu5.forward(self.dense5.forward(x));
        ONetOutput {
            probability: softmax(self.dense6_1.forward(x.clone()), 1),
            regression: self.dense6_2.forward(x.clone()),
            landmarks: self.dense6_3.forward(x),
        }
    }
}
