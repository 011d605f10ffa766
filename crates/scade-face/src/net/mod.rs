//! The three networks and their weights. What is done with their outputs is the cascade's affair.

mod onet;
mod pnet;
mod rnet;

pub(crate) use onet::ONet;
pub(crate) use pnet::PNet;
pub(crate) use rnet::RNet;

use std::path::Path;

use burn::module::Module;
use burn::tensor::backend::Backend;
use burn_store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};

use crate::weights;

/// From 0..255 to the range the networks were trained on: `(x − MEAN)·SCALE`, about −1..1.
pub(crate) const PIXEL_MEAN: f32 = 127.5;
/// See [`PIXEL_MEAN`].
pub(crate) const PIXEL_SCALE: f32 = 1.0 / 128.0;

/// All weights of the detector: 495,850 parameters.
#[derive(Module, Debug)]
pub(crate) struct Networks<B: Backend> {
    /// Proposes boxes everywhere in a picture.
    pub(crate) pnet: PNet<B>,
    /// Refines and rejects proposals.
    pub(crate) rnet: RNet<B>,
    /// Has the last word and places the landmarks.
    pub(crate) onet: ONet<B>,
}

impl<B: Backend> Networks<B> {
    /// Networks with random weights, to be loaded into.
    pub(crate) fn init(device: &B::Device) -> Self {
        Self { pnet: PNet::init(device), rnet: RNet::init(device), onet: ONet::init(device) }
    }

    /// Reads a file made by [`crate::weights`]; every tensor must be there, be of the right shape
    /// and be used.
    pub(crate) fn load(path: &Path, device: &B::Device) -> Result<Self, weights::Error> {
        let bytes = weights::read_converted(path)?;
        let mut store = SafetensorsStore::from_bytes(Some(bytes))
            // Linear weights are stored as PyTorch has them, [out, in]; Burn wants [in, out].
            .with_from_adapter(PyTorchToBurnAdapter)
            // PyTorch calls the slopes of a PReLU `weight`, Burn calls them `alpha`.
            .with_key_remapping(r"(prelu\d)\.weight$", "${1}.alpha");
        let mut networks = Self::init(device);
        let mismatch = |source: Box<dyn std::error::Error + Send + Sync>| {
            weights::Error::Mismatch { path: path.to_owned(), source }
        };
        let result = networks.load_from(&mut store).map_err(|e| mismatch(e.into()))?;
        if !result.unused.is_empty() {
            return Err(mismatch(format!("unknown tensors {:?}", result.unused).into()));
        }
        Ok(networks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;
    use burn::tensor::{Tensor, TensorData, Tolerance};
    use safetensors::SafeTensors;

    /// Inputs and outputs of facenet-pytorch 2.6.0 on PyTorch 2.4, one or two of the three samples:
    /// ```python
    /// g = torch.Generator().manual_seed(2)
    /// for name, net, size in [("pnet", PNet(), 37), ("rnet", RNet(), 24), ("onet", ONet(), 48)]:
    ///     x = torch.rand(3, 3, size, size, generator=g) * 2 - 1
    ///     ys = net.eval()(x)
    ///     out[f"{name}.input"] = x
    ///     out |= {f"{name}.out{i}": y.contiguous() for i, y in enumerate(ys)}
    /// ```
    const GOLDEN: &[u8] = include_bytes!("../../fixtures/mtcnn_nets.safetensors");

    fn golden<const D: usize>(name: &str) -> Tensor<Flex, D> {
        let file = SafeTensors::deserialize(GOLDEN).unwrap();
        let view = file.tensor(name).unwrap();
        let values: Vec<f32> = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
            .collect();
        Tensor::from_data(TensorData::new(values, view.shape().to_vec()), &Default::default())
    }

    fn check<const D: usize>(got: Tensor<Flex, D>, name: &str) {
        let expected = golden::<D>(name).into_data();
        got.into_data().assert_approx_eq::<f32>(&expected, Tolerance::absolute(2e-6));
    }

    #[test]
    fn each_network_agrees_with_pytorch() {
        let Some(path) = weights::locate_or_say_skipped() else { return };
        let networks = Networks::<Flex>::load(&path, &Default::default()).unwrap();
        assert_eq!(networks.num_params(), 495_850);

        let output = networks.pnet.forward(golden("pnet.input"));
        check(output.regression, "pnet.out0");
        check(output.probability, "pnet.out1");

        let output = networks.rnet.forward(golden("rnet.input"));
        check(output.regression, "rnet.out0");
        check(output.probability, "rnet.out1");

        let output = networks.onet.forward(golden("onet.input"));
        check(output.regression, "onet.out0");
        check(output.landmarks, "onet.out1");
        check(output.probability, "onet.out2");
    }
}
