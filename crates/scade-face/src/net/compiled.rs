//! The networks as CPU kernels, for backends whose tensors are in host memory.

use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{Linear, PRelu};
use burn::tensor::{Tensor, backend::Backend};
use scade_image::{PixelRect, RgbImage};
use scade_kernels::infer::ShapeError;
use scade_kernels::mtcnn::{
    Cell, ImageView, LayerWeights, ONet, ONetWeights, PNet, PNetWeights, Part, Prediction, RNet,
    RNetWeights,
};

use super::Networks;
use crate::cascade::Level;

/// All three networks, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pnet: PNet,
    rnet: RNet,
    onet: ONet,
}

impl Compiled {
    /// Compiles the networks.
    pub(crate) fn new<B: Backend>(networks: &Networks<B>) -> Result<Self, ShapeError> {
        let Networks { pnet, rnet, onet } = networks;
        Ok(Self {
            pnet: PNet::new(&PNetWeights {
                conv1: conv(&pnet.conv1, Some(&pnet.prelu1)),
                conv2: conv(&pnet.conv2, Some(&pnet.prelu2)),
                conv3: conv(&pnet.conv3, Some(&pnet.prelu3)),
                face: conv(&pnet.conv4_1, None),
                regression: conv(&pnet.conv4_2, None),
            })?,
            rnet: RNet::new(&RNetWeights {
                conv1: conv(&rnet.conv1, Some(&rnet.prelu1)),
                conv2: conv(&rnet.conv2, Some(&rnet.prelu2)),
                conv3: conv(&rnet.conv3, Some(&rnet.prelu3)),
                dense4: dense(&rnet.dense4, Some(&rnet.prelu4)),
                face: dense(&rnet.dense5_1, None),
                regression: dense(&rnet.dense5_2, None),
            })?,
            onet: ONet::new(&ONetWeights {
                conv1: conv(&onet.conv1, Some(&onet.prelu1)),
                conv2: conv(&onet.conv2, Some(&onet.prelu2)),
                conv3: conv(&onet.conv3, Some(&onet.prelu3)),
                conv4: conv(&onet.conv4, Some(&onet.prelu4)),
                dense5: dense(&onet.dense5, Some(&onet.prelu5)),
                face: dense(&onet.dense6_1, None),
                regression: dense(&onet.dense6_2, None),
                landmarks: dense(&onet.dense6_3, None),
            })?,
        })
    }

    /// P-Net's cells with a score of at least `threshold`, per image and level.
    pub(crate) fn cells(
        &self,
        images: &[RgbImage],
        levels: &[Level],
        threshold: f32,
    ) -> Vec<Vec<Vec<Cell>>> {
        let sizes: Vec<_> = levels.iter().map(|l| [l.height as usize, l.width as usize]).collect();
        self.pnet.cells(&views(images), &sizes, threshold)
    }

    /// R-Net's prediction on each part of an image.
    pub(crate) fn refine(
        &self,
        images: &[RgbImage],
        parts: &[(usize, PixelRect)],
    ) -> Vec<Prediction> {
        self.rnet.predict(&views(images), &rectangles(parts))
    }

    /// O-Net's prediction on each part of an image.
    pub(crate) fn finish(
        &self,
        images: &[RgbImage],
        parts: &[(usize, PixelRect)],
    ) -> Vec<Prediction> {
        self.onet.predict(&views(images), &rectangles(parts))
    }
}

fn views(images: &[RgbImage]) -> Vec<ImageView<'_>> {
    images.iter().map(view).collect()
}

fn view(image: &RgbImage) -> ImageView<'_> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    // An image's buffer may be longer than its pixels.
    ImageView::new(&image.as_raw()[..3 * width * height], width, height)
}

fn rectangles(parts: &[(usize, PixelRect)]) -> Vec<(usize, Part)> {
    let rectangle = |&(index, PixelRect { x, y, width, height }): &(usize, PixelRect)| {
        let [x, y, width, height] = [x, y, width, height].map(|value| value as usize);
        (index, Part { x, y, width, height })
    };
    parts.iter().map(rectangle).collect()
}

fn conv<B: Backend>(conv: &Conv2d<B>, prelu: Option<&PRelu<B>>) -> LayerWeights {
    LayerWeights {
        kernel: floats(conv.weight.val()),
        bias: bias(conv.bias.as_ref()),
        slopes: prelu.map(|prelu| floats(prelu.alpha.val())),
    }
}

fn dense<B: Backend>(linear: &Linear<B>, prelu: Option<&PRelu<B>>) -> LayerWeights {
    LayerWeights {
        // Burn has [inputs, outputs].
        kernel: floats(linear.weight.val().transpose()),
        bias: bias(linear.bias.as_ref()),
        slopes: prelu.map(|prelu| floats(prelu.alpha.val())),
    }
}

fn bias<B: Backend>(bias: Option<&Param<Tensor<B, 1>>>) -> Vec<f32> {
    bias.map_or_else(Vec::new, |bias| floats(bias.val()))
}

fn floats<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Vec<f32> {
    tensor.into_data().iter::<f32>().collect()
}
