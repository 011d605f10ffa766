//! Three PyTorch files to one safetensors file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use burn::tensor::DType;
use burn_store::pytorch::PytorchReader;
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
    let reader = PytorchReader::new(path).map_err(|e| e.to_string())?;
    for (name, snapshot) in reader.tensors() {
        let data = snapshot.to_data().map_err(|e| format!("{name}: {e:?}"))?;
        if data.dtype != DType::F32 {
            return Err(format!("{name} is {:?}, expected F32", data.dtype).into());
        }
        let shape = data.shape.to_vec();
        let values = rows_first(&shape, &data.iter::<f32>().collect::<Vec<_>>());
        let bytes = values.into_iter().flat_map(f32::to_le_bytes).collect();
        tensors.insert(format!("{network}.{name}"), (shape, bytes));
    }
    Ok(())
}

/// Values in the usual order, last axis fastest, from values with the first axis fastest.
///
/// The published files hold every tensor first axis fastest and say so in its strides, which
/// burn-store 0.21 ignores: it hands over the values as they lie in the file.
fn rows_first(shape: &[usize], values: &[f32]) -> Vec<f32> {
    let mut index = vec![0; shape.len()];
    let mut ordered = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        let place = index.iter().zip(shape).rev().fold(0, |place, (i, length)| place * length + i);
        ordered.push(values[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.arange(24).reshape(2, 3, 4)` and its bytes as `tobytes(order="F")` has them.
    #[test]
    fn the_first_axis_fastest_becomes_the_last_axis_fastest() {
        let stored =
            [0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23];
        let ordered: Vec<f32> = (0..24).map(|i| i as f32).collect();
        assert_eq!(rows_first(&[2, 3, 4], &stored.map(|i| i as f32)), ordered);
        assert_eq!(rows_first(&[2], &[5.0, 6.0]), [5.0, 6.0]);
    }
}
