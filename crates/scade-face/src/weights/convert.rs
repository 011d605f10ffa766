//! Three PyTorch files to one safetensors file, and the check that it is intact.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};

use super::release::hex;
use super::{Error, Release};

/// Name of the converted file.
pub(super) const FILE_NAME: &str = "mtcnn.safetensors";

/// Metadata key: hash over names, shapes and values.
const DIGEST_KEY: &str = "digest";

/// The bytes of the converted file for a folder that [`Release::check`] has accepted.
///
/// Metadata: the digest, and the SHA-256 of each original file under its name.
pub(super) fn convert(folder: &Path, release: &Release) -> Result<Vec<u8>, Error> {
    let mut tensors = BTreeMap::new();
    let mut metadata = HashMap::new();
    for file in &release.files {
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

/// Adds the tensors of one file, shape and little-endian bytes, under `stem.name`.
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

/// What tells weights apart: SHA-256 over names, shapes and values in a converted file, as it is
/// noted beside samples that were made with them.
///
/// # Errors
/// When the file cannot be read or is damaged.
pub fn digest_of(path: &Path) -> Result<String, Error> {
    Ok(read_verified(path)?.1)
}

/// The bytes of a converted file, once its digest agrees.
pub(crate) fn read_converted(path: &Path) -> Result<Vec<u8>, Error> {
    Ok(read_verified(path)?.0)
}

/// The same, with the digest.
fn read_verified(path: &Path) -> Result<(Vec<u8>, String), Error> {
    let bytes = Error::reading(path)?;
    match verify(&bytes) {
        Ok(digest) => Ok((bytes, digest)),
        Err(reason) => Err(Error::Damaged { path: path.to_owned(), reason }),
    }
}

/// The digest, if it is the one that the file itself names.
fn verify(bytes: &[u8]) -> Result<String, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| e.to_string())?;
    let expected = metadata.metadata().as_ref().and_then(|entries| entries.get(DIGEST_KEY));
    let expected = expected.ok_or_else(|| format!("it has no `{DIGEST_KEY}`"))?;
    let file = SafeTensors::deserialize(bytes).map_err(|e| e.to_string())?;
    let got = digest_of_tensors(&file);
    if got == *expected {
        Ok(got)
    } else {
        Err(format!("its digest is {got}, expected {expected}"))
    }
}

fn digest_of_tensors(file: &SafeTensors<'_>) -> String {
    let mut tensors = file.tensors();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    digest(tensors.iter().map(|(name, view)| (name.as_str(), view)))
}

/// SHA-256 over name, shape and values of every tensor, by name.
fn digest<'a>(tensors: impl Iterator<Item = (&'a str, &'a TensorView<'a>)>) -> String {
    let mut hasher = Sha256::new();
    for (name, view) in tensors {
        hasher.update(format!("{name} {:?}\n", view.shape()));
        hasher.update(view.data());
    }
    hex(&hasher.finalize())
}
