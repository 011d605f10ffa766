//! The converted weights file and its integrity check.

use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use scade_fs::hex;
use sha2::{Digest, Sha256};

use super::Error;

/// Name of the converted file.
pub(super) const FILE_NAME: &str = "mtcnn.safetensors";

/// Metadata key: hash over names, shapes and values.
pub(super) const DIGEST_KEY: &str = "digest";

/// Identifies the weights: SHA-256 over names, shapes and values in a converted file. It is stored with
/// the samples made with them.
///
/// # Errors
/// When the file cannot be read or is corrupt.
pub fn digest_of(path: &Path) -> Result<String, Error> {
    Ok(read_verified(path)?.1)
}

/// The bytes of a converted file, after its digest was verified.
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

/// The digest, if it equals the one stored in the file.
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
pub(super) fn digest<'a>(tensors: impl Iterator<Item = (&'a str, &'a TensorView<'a>)>) -> String {
    let mut hasher = Sha256::new();
    for (name, view) in tensors {
        hasher.update(format!("{name} {:?}\n", view.shape()));
        hasher.update(view.data());
    }
    hex(&hasher.finalize())
}
