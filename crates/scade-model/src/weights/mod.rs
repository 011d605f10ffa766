//! Weight files: safetensors, and published `.pth` checkpoints.
//!
//! Both use the tensor names and layout of the published PyTorch system (see [`names`]). A file must match
//! the network exactly: no tensor may be missing or unexpected, and shapes, types and values are checked.

mod error;
pub(crate) mod names;
mod pth;

pub use error::Error;
pub use pth::PthError;
pub use scade_pickle::PickleError;

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::ParamId;
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Element, TensorData};
use burn_store::{BurnToPyTorchAdapter, ModuleSnapshot, PyTorchToBurnAdapter, TensorSnapshot};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::{Architecture, Network, NetworkConfig};

/// The tensors of a file under their published names, all `f32`.
type Tensors = BTreeMap<String, TensorData>;

/// Writes the weights and running statistics as safetensors, `f32`, atomically.
///
/// # Errors
/// When the file cannot be written; an existing file at `path` is then intact.
pub fn save<B: Backend>(network: &Network<B>, path: &Path) -> Result<(), Error> {
    let tensors = published_tensors(network);
    let bytes: BTreeMap<&String, Vec<u8>> = tensors
        .iter()
        .map(|(name, data)| (name, data.iter::<f32>().flat_map(f32::to_le_bytes).collect()))
        .collect();
    let views = tensors.iter().map(|(name, data)| {
        let view = TensorView::new(Dtype::F32, data.shape.to_vec(), &bytes[name]);
        (name, view.expect("four bytes for each element"))
    });
    let file = safetensors::serialize(views, None).expect("views of matching lengths");
    Ok(scade_fs::write(path, file)?)
}

/// Creates the network of `config` with the weights in the safetensors file at `path`.
///
/// # Errors
/// When the file cannot be read, is not a safetensors file, or does not fit the network.
pub fn load<B: Backend>(
    config: &NetworkConfig,
    path: &Path,
    device: &B::Device,
) -> Result<Network<B>, Error> {
    let bytes = scade_fs::read(path)
        .map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    parse(config, &bytes, path, device)
}

/// As [`load`], from the bytes of a safetensors file; errors name it `path`.
///
/// # Errors
/// When the bytes are not a safetensors file, or do not fit the network.
pub(crate) fn parse<B: Backend>(
    config: &NetworkConfig,
    bytes: &[u8],
    path: &Path,
    device: &B::Device,
) -> Result<Network<B>, Error> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|source| Error::NotSafetensors { path: path.to_owned(), source })?;
    let mut tensors = Tensors::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(Error::wrong_type(path, name, format!("{:?}", view.dtype())));
        }
        let data = TensorData::new(floats(view.data()), view.shape().to_vec());
        tensors.insert(name.to_owned(), data);
    }
    fill(config, tensors, path, device)
}

/// Creates the network of `config` with the weights of a PyTorch checkpoint: a dictionary with the state
/// dictionary under `model`, or a bare state dictionary. Nothing in the file is executed; entries other
/// than the model's tensors (optimizer, schedule, center) are skipped.
///
/// # Errors
/// When the file cannot be read, is not a checkpoint, or does not fit the network.
pub fn import_pth<B: Backend>(
    config: &NetworkConfig,
    path: &Path,
    device: &B::Device,
) -> Result<Network<B>, Error> {
    fill(config, pth::read(path)?, path, device)
}

/// Little-endian bytes as numbers.
fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(|chunk| f32::from_le_bytes(chunk.try_into().unwrap())).collect()
}

/// The tensors of the network with PyTorch's names and layout within each layer.
fn snapshots<B: Backend>(network: &Network<B>) -> Vec<TensorSnapshot> {
    network.collect(None, Some(Box::new(BurnToPyTorchAdapter)), true)
}

/// All tensors of the network as stored in a file.
fn published_tensors<B: Backend>(network: &Network<B>) -> Tensors {
    let tensor = |snapshot: TensorSnapshot| {
        let data = snapshot.to_data().expect("the tensor is in memory");
        (network.file_name(&snapshot.full_path()), data.convert_dtype(DType::F32))
    };
    snapshots(network).into_iter().map(tensor).collect()
}

/// A network of `config` with exactly these tensors.
fn fill<B: Backend>(
    config: &NetworkConfig,
    mut tensors: Tensors,
    path: &Path,
    device: &B::Device,
) -> Result<Network<B>, Error> {
    // A counter that PyTorch stores; unused here.
    tensors.retain(|name, _| !name.ends_with(".num_batches_tracked"));
    let mut network = config.init::<B>(device);
    check(&published_tensors(&network), &tensors, path)?;
    let named = snapshots(&network).into_iter().filter_map(|snapshot| {
        let path = snapshot.full_path();
        let data = tensors.remove(&network.file_name(&path))?;
        let data = data.convert_dtype(B::FloatElem::dtype());
        let path = path.split('.').map(str::to_owned).collect();
        Some(TensorSnapshot::from_data(data, path, Vec::new(), ParamId::new()))
    });
    let named = named.collect();
    let adapter = Some(Box::new(PyTorchToBurnAdapter) as _);
    let result = network.apply(named, None, adapter, true);
    let complete = result.errors.is_empty() && result.missing.is_empty();
    assert!(complete, "names and shapes were checked, yet: {result}");
    Ok(network)
}

/// Compares names, shapes and values; `expected` gives the first two.
fn check(expected: &Tensors, got: &Tensors, path: &Path) -> Result<(), Error> {
    if let Some(name) = got.keys().find(|name| !expected.contains_key(*name)) {
        return Err(Error::UnknownTensor { path: path.to_owned(), name: name.clone() });
    }
    for (name, expected) in expected {
        let shape = expected.shape.to_vec();
        let Some(data) = got.get(name) else {
            return Err(Error::missing(path, name, shape));
        };
        if data.shape != expected.shape {
            return Err(Error::wrong_shape(path, name, shape, data.shape.to_vec()));
        }
        if !data.iter::<f32>().all(f32::is_finite) {
            return Err(Error::NotFinite { path: path.to_owned(), name: name.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
