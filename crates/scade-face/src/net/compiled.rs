//! The networks as kernels of the CPU, for backends whose tensors lie in its memory anyway.

use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::{Linear, PRelu};
use burn::tensor::{Tensor, backend::Backend};
use scade_image::{PixelRect, RgbImage};
use scade_kernels::infer::ShapeError;
use scade_kernels::mtcnn::{
    Cell, LayerWeights, ONet, ONetWeights, PNet, PNetWeights, Part, Picture, RNet, RNetWeights,
    Verdict,
};

use super::Networks;
use crate::cascade::Level;

/// All three, ready to run.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pnet: PNet,
    rnet: RNet,
    onet: ONet,
}

impl Compiled {
    /// The same networks.
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

    /// P-Net's cells from `threshold` up, per picture and level.
    pub(crate) fn cells(
        &self,
        pictures: &[RgbImage],
        levels: &[Level],
        threshold: f32,
    ) -> Vec<Vec<Vec<Cell>>> {
        let sizes: Vec<_> = levels.iter().map(|l| [l.height as usize, l.width as usize]).collect();
        self.pnet.cells(&views(pictures), &sizes, threshold)
    }

    /// R-Net's verdict on each part of a picture.
    pub(crate) fn refine(
        &self,
        pictures: &[RgbImage],
        parts: &[(usize, PixelRect)],
    ) -> Vec<Verdict> {
        self.rnet.judge(&views(pictures), &rectangles(parts))
    }

    /// O-Net's verdict on each part of a picture.
    pub(crate) fn finish(
        &self,
        pictures: &[RgbImage],
        parts: &[(usize, PixelRect)],
    ) -> Vec<Verdict> {
        self.onet.judge(&views(pictures), &rectangles(parts))
    }
}

fn views(pictures: &[RgbImage]) -> Vec<Picture<'_>> {
    pictures.iter().map(view).collect()
}

fn view(picture: &RgbImage) -> Picture<'_> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    // A picture may own more bytes than it has pixels for.
    Picture::new(&picture.as_raw()[..3 * width * height], width, height)
}

fn rectangles(parts: &[(usize, PixelRect)]) -> Vec<(usize, Part)> {
    let rectangle = |&(picture, PixelRect { x, y, width, height }): &(usize, PixelRect)| {
        let [x, y, width, height] = [x, y, width, height].map(|value| value as usize);
        (picture, Part { x, y, width, height })
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
