//! Conversion of the three PyTorch files to one safetensors file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::converted::{DIGEST_KEY, digest};
use super::{Error, Release};

/// The bytes of the converted file for a folder that [`Release::check`] has accepted.
///
/// Metadata: the digest, and the SHA-256 of each original file under its name.
pub(super) fn convert(folder: &Path, release: &Release) -> Result<Vec<u8>, Error> {
    let mut tensors = BTreeMap::new();
    let mut metadata = HashMap::new();
    for file in release.files {
        let path = folder.join(file.name);
        read_pickle(&path, &mut tensors)
            .map_err(|source| Error::Convert { path: path.clone(), source })?;
        metadata.insert(file.name.to_owned(), file.sha256.to_owned());
    }
    let failed = |source| Error::Convert { path: folder.to_owned(), source };
    let views: Vec<(&String, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, (shape, bytes))| {
            TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view))
        })
        .collect::<Result<_, _>>()
        .map_err(|e| failed(e.into()))?;
    let digest = digest(views.iter().map(|(name, view)| (name.as_str(), view)));
    metadata.insert(DIGEST_KEY.to_owned(), digest);
    safetensors::serialize(views, Some(metadata)).map_err(|e| failed(e.into()))
}

/// Adds the tensors of one file, as shape and little-endian bytes, under `stem.name`.
fn read_pickle(
    path: &Path,
    tensors: &mut BTreeMap<String, (Vec<usize>, Vec<u8>)>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let network = path.file_stem().unwrap_or_default().to_string_lossy();
    for (name, tensor) in scade_pickle::legacy_tensors(&std::fs::read(path)?)? {
        let bytes = tensor.values.into_iter().flat_map(f32::to_le_bytes).collect();
        tensors.insert(format!("{network}.{name}"), (tensor.shape, bytes));
    }
    Ok(())
}
