//! PyTorch checkpoints: a zip archive of one pickle and one file per storage.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use burn::tensor::TensorData;
use scade_pickle::{PickleError, TensorView};
use zip::ZipArchive;

use super::{Error, Tensors, floats};

/// Size above which a pickle is rejected as implausible, bytes; a checkpoint has about 10,000.
const MAX_PICKLE: u64 = 1 << 20;
/// Elements above which a storage or tensor is rejected as implausible; the networks have 16,384.
const MAX_ELEMENTS: usize = 1 << 20;

/// A checkpoint is invalid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PthError {
    /// Not a zip archive, as `torch.save` writes since PyTorch 1.6.
    #[error("not a readable zip archive; files of PyTorch before 1.6 must be saved again")]
    NotZip(#[from] zip::result::ZipError),
    /// The archive contains no pickle.
    #[error("no `data.pkl` in the archive")]
    NoPickle,
    /// The numbers are in big-endian byte order.
    #[error("the numbers are big-endian")]
    BigEndian,
    /// The pickle cannot be parsed.
    #[error(transparent)]
    Pickle(#[from] PickleError),
    /// A file of the archive is missing, corrupt or of another length.
    #[error("`{name}` in the archive must have {expected} bytes, got {got}")]
    Entry {
        /// The file in the archive.
        name: String,
        /// Its length, bytes.
        expected: u64,
        /// The length found, bytes.
        got: u64,
    },
    /// A file of the archive cannot be read.
    #[error("cannot read `{name}` in the archive")]
    Damaged {
        /// The file in the archive.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A tensor extends beyond its storage or is implausibly large.
    #[error("`{name}` extends beyond its storage")]
    OutOfStorage {
        /// The tensor.
        name: String,
    },
}

/// The tensors of the model in the checkpoint at `path`.
pub(super) fn read(path: &Path) -> Result<Tensors, Error> {
    let file =
        File::open(path).map_err(|source| Error::Unreadable { path: path.to_owned(), source })?;
    let not_pth = |source| Error::NotPth { path: path.to_owned(), source };
    let mut archive = Archive::open(file).map_err(not_pth)?;
    let mut tensors = Tensors::new();
    for (name, view) in archive.model().map_err(not_pth)? {
        if name.ends_with(".num_batches_tracked") {
            continue;
        }
        if view.storage_type != "FloatStorage" {
            return Err(Error::wrong_type(path, &name, view.storage_type));
        }
        let data = archive.tensor(&name, &view).map_err(not_pth)?;
        tensors.insert(name, data);
    }
    Ok(tensors)
}

struct Archive {
    zip: ZipArchive<File>,
    /// The root folder in the archive, with its slash.
    root: String,
    /// Storages read so far, by key.
    storages: HashMap<String, Vec<f32>>,
}

impl Archive {
    fn open(file: File) -> Result<Self, PthError> {
        let zip = ZipArchive::new(file)?;
        let mut roots = zip.file_names().filter_map(|name| name.strip_suffix("data.pkl"));
        let root = roots.next().ok_or(PthError::NoPickle)?.to_owned();
        drop(roots);
        Ok(Self { zip, root, storages: HashMap::new() })
    }

    fn model(&mut self) -> Result<Vec<(String, TensorView)>, PthError> {
        if self.entry("byteorder", 16).is_ok_and(|order| order.starts_with(b"big")) {
            return Err(PthError::BigEndian);
        }
        let bytes = self.entry("data.pkl", MAX_PICKLE)?;
        Ok(scade_pickle::model_tensors(&bytes)?)
    }

    /// Reads a file of the archive of at most `most` bytes.
    fn entry(&mut self, name: &str, most: u64) -> Result<Vec<u8>, PthError> {
        let name = format!("{}{name}", self.root);
        let mut entry = self.zip.by_name(&name)?;
        let mut bytes = Vec::new();
        let read = (&mut entry).take(most + 1).read_to_end(&mut bytes);
        read.map_err(|source| PthError::Damaged { name: name.clone(), source })?;
        let got = bytes.len() as u64;
        if got > most { Err(PthError::Entry { name, expected: most, got }) } else { Ok(bytes) }
    }

    fn storage(&mut self, view: &TensorView) -> Result<&[f32], PthError> {
        if !self.storages.contains_key(&view.storage) {
            let name = format!("data/{}", view.storage);
            let expected = view.storage_len.min(MAX_ELEMENTS) as u64 * 4;
            let bytes = self.entry(&name, expected)?;
            let got = bytes.len() as u64;
            if got != expected {
                return Err(PthError::Entry { name, expected, got });
            }
            self.storages.insert(view.storage.clone(), floats(&bytes));
        }
        Ok(&self.storages[&view.storage])
    }

    fn tensor(&mut self, name: &str, view: &TensorView) -> Result<TensorData, PthError> {
        let out_of_storage = || PthError::OutOfStorage { name: name.to_owned() };
        let indices = view.indices().ok_or_else(out_of_storage)?;
        let storage = self.storage(view)?;
        let values: Option<Vec<f32>> =
            indices.into_iter().map(|index| storage.get(index).copied()).collect();
        Ok(TensorData::new(values.ok_or_else(out_of_storage)?, view.shape.clone()))
    }
}
