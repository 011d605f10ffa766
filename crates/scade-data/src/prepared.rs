//! Paths and content of a prepared dataset.
//!
//! A video is in the dataset when its record is: the record is written last, atomically. Crops and
//! maps without a record are the remains of an interrupted run, and are never read.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::json::{read_json, write_json};
use crate::preparation::Written;
use crate::record::PublishedRecord;
use crate::{
    DatasetSpec, Error, FaceId, FileFormats, FileLayout, Label, Result, Splits, VideoKey,
    VideoRecord, preparation,
};

/// A prepared dataset on disk. The crate's documentation has its layout.
///
/// Several threads or processes may write different videos at the same time, but not the same video.
#[derive(Debug, Clone)]
pub struct PreparedDataset {
    root: PathBuf,
    tree: FileLayout,
    written: Written,
}

/// The right to write to a dataset; see [`PreparedDataset::lock`].
#[derive(Debug)]
pub struct DatasetLock {
    _file: File,
}

impl PreparedDataset {
    /// Creates a dataset at `root` with our file layout, or continues one with the same specification.
    ///
    /// # Errors
    /// As [`PreparedDataset::create_as`].
    pub fn create(root: &Path, spec: &DatasetSpec) -> Result<Self> {
        Self::create_as(root, FileLayout::Own, spec)
    }

    /// Creates a dataset at `root`, or continues one with the same specification.
    ///
    /// # Errors
    /// [`Error::PreparationDiffers`] with each setting, [`Error::FileLayout`], [`Error::UnknownOrigin`] for crops
    /// without a specification, [`Error::LayoutVersion`], [`Error::Json`], or a failed read or write.
    pub fn create_as(root: &Path, tree: FileLayout, spec: &DatasetSpec) -> Result<Self> {
        match preparation::read(root)? {
            Some((got, _)) if got != tree => {
                return Err(Error::FileLayout { root: root.to_owned(), expected: tree, got });
            }
            Some(_) => {}
            None if root.join("face_crops").exists() => {
                return Err(Error::UnknownOrigin { root: root.to_owned() });
            }
            None => preparation::write(root, tree, spec)?,
        }
        let store = Self::open(root)?;
        store.check_spec(spec)?;
        Ok(store)
    }

    fn new(root: &Path, tree: FileLayout, written: Written) -> Self {
        Self { root: root.to_owned(), tree, written }
    }

    /// Checks that the samples were made with this specification.
    ///
    /// # Errors
    /// [`Error::PreparationDiffers`] with each setting.
    pub fn check_spec(&self, expected: &DatasetSpec) -> Result<()> {
        let differences = preparation::differences(expected, self.spec());
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::PreparationDiffers { root: self.root.clone(), differences })
    }

    /// Opens an existing dataset.
    ///
    /// # Errors
    /// [`Error::NoDataset`] with the expected layout, [`Error::UnknownOrigin`],
    /// [`Error::LayoutVersion`], [`Error::Json`], or a failed read.
    pub fn open(root: &Path) -> Result<Self> {
        match preparation::read(root)? {
            Some((tree, written)) => Ok(Self::new(root, tree, written)),
            None if root.join("face_crops").exists() => {
                Err(Error::UnknownOrigin { root: root.to_owned() })
            }
            None => Err(Error::NoDataset { root: root.to_owned() }),
        }
    }

    /// Locks the dataset for one writer, until the result is dropped or its process ends. Readers need no
    /// lock. Partially written files of killed writers are removed.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process has the lock; [`Error::Io`] when it cannot be created. On a
    /// file system without locks it continues without one, with a warning.
    pub fn lock(&self) -> Result<DatasetLock> {
        let path = self.metadata_dir().join(".lock");
        let file = File::create(&path).map_err(Error::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => self.sweep()?,
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { root: self.root.clone() }),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                tracing::warn!("{} cannot be locked: no other run may write there", path.display());
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
        Ok(DatasetLock { _file: file })
    }

    fn sweep(&self) -> Result<()> {
        let records = Label::ALL.map(|label| self.records_of(label));
        for folder in [self.root.clone(), self.metadata_dir()].iter().chain(&records) {
            scade_fs::sweep(folder)?;
        }
        Ok(())
    }

    /// The folder of crops, maps and lists.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The file layout.
    #[must_use]
    pub fn tree(&self) -> FileLayout {
        self.tree
    }

    /// The folder of all other files.
    #[must_use]
    pub fn metadata_dir(&self) -> PathBuf {
        self.tree.metadata_dir(&self.root)
    }

    /// The formats of crops and maps.
    #[must_use]
    pub fn files(&self) -> FileFormats {
        self.spec().sample.files
    }

    /// The specification of the samples.
    #[must_use]
    pub fn spec(&self) -> &DatasetSpec {
        &self.written.spec
    }

    /// The specification of the samples as stored: it never changes, whichever version reads it.
    #[must_use]
    pub fn written_spec(&self) -> &serde_json::Value {
        &self.written.json
    }

    /// Path of the crop of a face.
    #[must_use]
    pub fn crop_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.crops_of(key).join(format!("{}.{}", face.into(), self.files().crops.extension()))
    }

    /// Path of the defocus map of a face.
    #[must_use]
    pub fn map_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.maps_of(key).join(format!("{}.{}", face.into(), self.files().maps.extension()))
    }

    /// Path of the mask of a face, if there is one: white where the face is forged.
    #[must_use]
    pub fn mask_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.masks_of(key).join(format!("{}.png", face.into()))
    }

    /// The record of a finished video; `None` while it is not finished.
    ///
    /// # Errors
    /// [`Error::Json`] for a file that is not a record, [`Error::Record`] for one of another video.
    pub fn record(&self, key: &VideoKey) -> Result<Option<VideoRecord>> {
        let read: Option<VideoRecord> = read_json(&self.record_path(key), "the record of a video")?;
        match read {
            Some(record) if (record.label, &*record.video) != (key.label(), key.name()) => {
                let problem = format!("it is of {}/{}", record.label, record.video);
                Err(Error::Record { key: key.clone(), problem })
            }
            record => Ok(record),
        }
    }

    /// All records, real before fake, by name.
    ///
    /// # Errors
    /// As [`PreparedDataset::record`].
    pub fn records(&self) -> Result<Vec<VideoRecord>> {
        let mut records = Vec::new();
        for key in self.keys()? {
            records.extend(self.record(&key)?);
        }
        Ok(records)
    }

    /// Replaces the record of a finished video, for information that is not from its frames.
    ///
    /// # Errors
    /// [`Error::VideoName`], or a failed write.
    pub fn write_record(&self, record: &VideoRecord) -> Result<()> {
        write_json(&self.record_path(&record.key()?), record)
    }

    /// Rebuilds `metadata.json` from the records; in the published layout with SCADE-Net's fields only.
    ///
    /// # Errors
    /// As [`PreparedDataset::records`], or a failed write.
    pub fn write_metadata(&self) -> Result<()> {
        let (path, records) = (self.root.join("metadata.json"), self.records()?);
        match self.tree {
            FileLayout::Own => write_json(&path, &records),
            FileLayout::Published => {
                let published: Vec<_> = records.iter().map(PublishedRecord::of).collect();
                write_json(&path, &published)
            }
        }
    }

    /// Writes `splits.json`.
    ///
    /// # Errors
    /// A failed write.
    pub fn write_splits(&self, splits: &Splits) -> Result<()> {
        write_json(&self.splits_path(), splits)
    }

    /// Removes `splits.json` and `audit.json`, which are outdated.
    ///
    /// # Errors
    /// When an existing file cannot be removed.
    pub fn remove_splits(&self) -> Result<()> {
        for path in [self.splits_path(), self.audit_path()] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::io("remove", path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Path of the audit of the split.
    #[must_use]
    pub fn audit_path(&self) -> PathBuf {
        self.metadata_dir().join("audit.json")
    }

    /// Writes `audit.json`: leaks between the subsets of the split.
    ///
    /// # Errors
    /// A failed write.
    pub fn write_audit(&self, audit: &impl Serialize) -> Result<()> {
        write_json(&self.audit_path(), audit)
    }

    /// Reads `splits.json`; `None` when the dataset has not been split yet.
    ///
    /// # Errors
    /// [`Error::Json`] for a file with other content, or a failed read.
    pub fn splits(&self) -> Result<Option<Splits>> {
        read_json(&self.splits_path(), "a split {train, val, test} of {real, fake}")
    }

    pub(crate) fn crops_of(&self, key: &VideoKey) -> PathBuf {
        self.root.join("face_crops").join(key.label().name()).join(key.name())
    }

    pub(crate) fn maps_of(&self, key: &VideoKey) -> PathBuf {
        self.root.join("defocus_maps").join(key.label().name()).join(key.name())
    }

    pub(crate) fn masks_of(&self, key: &VideoKey) -> PathBuf {
        self.root.join("masks").join(key.label().name()).join(key.name())
    }

    pub(crate) fn record_path(&self, key: &VideoKey) -> PathBuf {
        self.records_of(key.label()).join(format!("{}.json", key.name()))
    }

    fn records_of(&self, label: Label) -> PathBuf {
        self.metadata_dir().join("records").join(label.name())
    }

    fn splits_path(&self) -> PathBuf {
        self.root.join("splits.json")
    }

    /// The videos that have a record, in order.
    ///
    /// # Errors
    /// A folder that cannot be listed, an invalid name.
    pub fn keys(&self) -> Result<Vec<VideoKey>> {
        let mut keys = Vec::new();
        for label in Label::ALL {
            for name in file_names(&self.records_of(label))? {
                // Hidden files are unfinished writes.
                if let Some(name) = name.strip_suffix(".json").filter(|name| !name.starts_with('.'))
                {
                    keys.push(VideoKey::new(label, name)?);
                }
            }
        }
        keys.sort();
        Ok(keys)
    }
}

/// Names in a folder; none when it does not exist.
fn file_names(folder: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", folder)(error)),
    };
    let name = |entry: std::io::Result<std::fs::DirEntry>| match entry {
        Ok(entry) => Ok(entry.file_name().to_string_lossy().into_owned()),
        Err(error) => Err(Error::io("list", folder)(error)),
    };
    entries.map(name).collect()
}

#[cfg(test)]
mod tests;
