//! The three networks and their weights. The cascade processes their outputs.

mod compiled;
mod engine;
mod input;
mod onet;
mod pnet;
mod rnet;
mod tensors;

pub(crate) use compiled::Compiled;
pub(crate) use engine::Engine;
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
    /// Proposes boxes all over an image.
    pub(crate) pnet: PNet<B>,
    /// Refines and rejects proposals.
    pub(crate) rnet: RNet<B>,
    /// Makes the final prediction and locates the landmarks.
    pub(crate) onet: ONet<B>,
}

impl<B: Backend> Networks<B> {
    /// Networks with random weights.
    pub(crate) fn init(device: &B::Device) -> Self {
        Self { pnet: PNet::init(device), rnet: RNet::init(device), onet: ONet::init(device) }
    }

    /// Reads a file made by [`crate::weights`]; tensors must match the networks exactly in name and shape.
    pub(crate) fn load(path: &Path, device: &B::Device) -> Result<Self, weights::Error> {
        let bytes = weights::read_converted(path)?;
        let mut store = SafetensorsStore::from_bytes(Some(bytes))
            // Linear weights are stored in PyTorch's layout, [out, in]; Burn uses [in, out].
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
