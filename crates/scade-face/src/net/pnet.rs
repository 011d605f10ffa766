//! P-Net, the proposal network: fully convolutional, one output cell per 2 pixels.

use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{PRelu, PReluConfig};
use burn::tensor::activation::softmax;
use burn::tensor::{Tensor, backend::Backend};

/// The first network of the cascade.
#[derive(Module, Debug)]
pub(crate) struct PNet<B: Backend> {
    pub(super) conv1: Conv2d<B>,
    pub(super) prelu1: PRelu<B>,
    pub(super) pool1: MaxPool2d,
    pub(super) conv2: Conv2d<B>,
    pub(super) prelu2: PRelu<B>,
    pub(super) conv3: Conv2d<B>,
    pub(super) prelu3: PRelu<B>,
    /// Face classification.
    pub(super) conv4_1: Conv2d<B>,
    /// Box regression.
    pub(super) conv4_2: Conv2d<B>,
}

/// Output of [`PNet::forward`] per cell.
#[derive(Debug)]
pub(crate) struct PNetOutput<B: Backend> {
    /// Offset of each corner coordinate from the cell's, in box sizes: x1, y1, x2, y2.
    pub(crate) regression: Tensor<B, 4>,
    /// Probabilities of no face and of a face.
    pub(crate) probability: Tensor<B, 4>,
}

impl<B: Backend> PNet<B> {
    /// A network with random weights.
    pub(crate) fn init(device: &B::Device) -> Self {
        let conv = |from, to, kernel| Conv2dConfig::new([from, to], [kernel; 2]).init(device);
        let prelu = |channels| PReluConfig::new().with_num_parameters(channels).init(device);
        Self {
            conv1: conv(3, 10, 3),
            prelu1: prelu(10),
            pool1: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).with_ceil_mode(true).init(),
            conv2: conv(10, 16, 3),
            prelu2: prelu(16),
            conv3: conv(16, 32, 3),
            prelu3: prelu(32),
            conv4_1: conv(32, 2, 1),
            conv4_2: conv(32, 4, 1),
        }
    }

    /// Scores every 12 × 12 window at a stride of 2 pixels.
    ///
    /// # Shapes
    /// - input: `[batch, 3, height, width]`, both at least 12, RGB about −1..1
    /// - regression: `[batch, 4, rows, columns]`, `rows = ceil((height − 2) / 2) − 4`
    /// - probability: `[batch, 2, rows, columns]`
    pub(crate) fn forward(&self, input: Tensor<B, 4>) -> PNetOutput<B> {
        let x = self.prelu1.forward(self.conv1.forward(input));
        let x = self.pool1.forward(x);
        let x = self.prelu2.forward(self.conv2.forward(x));
        let x = self.prelu3.forward(self.conv3.forward(x));
        PNetOutput {
            probability: softmax(self.conv4_1.forward(x.clone()), 1),
            regression: self.conv4_2.forward(x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn pooling_rounds_up() {
        let device = Default::default();
        let net = PNet::<Flex>::init(&device);
        for (side, cells) in [(12, 1), (13, 2), (14, 2), (37, 14)] {
            let output = net.forward(Tensor::zeros([2, 3, side, side + 2], &device));
            assert_eq!(output.regression.dims(), [2, 4, cells, cells + 1]);
            assert_eq!(output.probability.dims(), [2, 2, cells, cells + 1]);
        }
    }
}
