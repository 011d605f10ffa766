//! Where everything lies in a prepared dataset, and what is in it.
//!
//! A video is in the store when its record is: the record is written last, in one step. Crops and
//! maps without a record are the remains of an interrupted run, and nobody reads them.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::record::PublishedRecord;
use crate::{
    DatasetSpec, Error, FaceId, FileFormats, Label, Result, Splits, Tree, VideoKey, VideoRecord,
    VideoWriter, preparation,
};
use crate::preparation::Written;

/// A prepared dataset on disk. See the crate's page for the layout.
///
/// Different videos may be written from several threads or processes at once; one video by one.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    tree: Tree,
    written: Written,
}

/// The right to write to a store; see [`Store::lock`].
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl Store {
    /// Starts a store at `root` with our tree, or continues one that was made by the same
    /// specification.
    ///
    /// # Errors
    /// As [`Store::create_as`].
    pub fn create(root: &Path, spec: &DatasetSpec) -> Result<Self> {
        Self::create_as(root, Tree::Own, spec)
    }

    /// Starts a store at `root`, or continues one that was made by the same specification.
    ///
    /// # Errors
    /// [`Error::PreparationDiffers`] naming each setting, [`Error::Tree`], [`Error::UnknownStore`]
    /// when there are crops that nobody knows the making of, [`Error::LayoutVersion`],
    /// [`Error::Json`], or a failed read or write.
    pub fn create_as(root: &Path, tree: Tree, spec: &DatasetSpec) -> Result<Self> {
        match preparation::read(root)? {
            Some((got, _)) if got != tree => {
                return Err(Error::Tree { root: root.to_owned(), expected: tree, got });
            }
            Some(_) => {}
            None if root.join("face_crops").exists() => {
                return Err(Error::UnknownStore { root: root.to_owned() });
            }
            None => preparation::write(root, tree, spec)?,
        }
        let store = Self::open(root)?;
        store.check_spec(spec)?;
        Ok(store)
    }

    fn new(root: &Path, tree: Tree, written: Written) -> Self {
        Self { root: root.to_owned(), tree, written }
    }

    /// Checks that the samples were made by these settings.
    ///
    /// # Errors
    /// [`Error::PreparationDiffers`] naming each setting.
    pub fn check_spec(&self, expected: &DatasetSpec) -> Result<()> {
        let differences = preparation::differences(expected, self.spec());
        if differences.is_empty() {
            return Ok(());
        }
        Err(Error::PreparationDiffers { root: self.root.clone(), differences })
    }

    /// Opens an existing store.
    ///
    /// # Errors
    /// [`Error::NoStore`] saying which layout was looked for, [`Error::UnknownStore`],
    /// [`Error::LayoutVersion`], [`Error::Json`], or a failed read.
    pub fn open(root: &Path) -> Result<Self> {
        match preparation::read(root)? {
            Some((tree, written)) => Ok(Self::new(root, tree, written)),
            None if root.join("face_crops").exists() => {
                Err(Error::UnknownStore { root: root.to_owned() })
            }
            None => Err(Error::NoStore { root: root.to_owned() }),
        }
    }

    /// Takes the store for one writer, until the result is dropped or its process ends in whatever way.
    /// Readers need no lock. What killed writers have left of single files is removed.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process has it; [`Error::Io`] when the lock cannot be made. On a
    /// file system without locks it goes on without one, with a warning.
    pub fn lock(&self) -> Result<StoreLock> {
        let path = self.metadata_dir().join(".lock");
        let file = File::create(&path).map_err(Error::io("create", &path))?;
        match file.try_lock() {
            Ok(()) => self.sweep()?,
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { root: self.root.clone() }),
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                tracing::warn!("{} cannot be locked: nobody else may write there", path.display());
            }
            Err(TryLockError::Error(error)) => return Err(Error::io("lock", path)(error)),
        }
        Ok(StoreLock { _file: file })
    }

    fn sweep(&self) -> Result<()> {
        let records = Label::ALL.map(|label| self.records_of(label));
        for folder in [self.root.clone(), self.metadata_dir()].iter().chain(&records) {
            scade_fs::sweep(folder)?;
        }
        Ok(())
    }

    /// The folder that holds crops, maps and lists.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Which files it holds.
    #[must_use]
    pub fn tree(&self) -> Tree {
        self.tree
    }

    /// The folder that holds everything else.
    #[must_use]
    pub fn metadata_dir(&self) -> PathBuf {
        self.tree.metadata_dir(&self.root)
    }

    /// The formats of crops and maps.
    #[must_use]
    pub fn files(&self) -> FileFormats {
        self.spec().sample.files
    }

    /// How the samples were made.
    #[must_use]
    pub fn spec(&self) -> &DatasetSpec {
        &self.written.spec
    }

    /// How the samples were made, as its file has it: the same for as long as the dataset exists, whichever
    /// version reads it.
    #[must_use]
    pub fn written_spec(&self) -> &serde_json::Value {
        &self.written.json
    }

    /// Where the crop of a face lies.
    #[must_use]
    pub fn crop_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.crops_of(key).join(format!("{}.{}", face.into(), self.files().crops.extension()))
    }

    /// Where the defocus map of a face lies.
    #[must_use]
    pub fn map_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.maps_of(key).join(format!("{}.{}", face.into(), self.files().maps.extension()))
    }

    /// Where the dataset's mask of a face lies, if there is one: white where it is forged.
    #[must_use]
    pub fn mask_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.masks_of(key).join(format!("{}.png", face.into()))
    }

    /// The record of a finished video; `None` while it is not finished.
    ///
    /// # Errors
    /// [`Error::Json`] for a file that is no record, [`Error::Record`] for one of another video.
    pub fn record(&self, key: &VideoKey) -> Result<Option<VideoRecord>> {
        let read: Option<VideoRecord> = read_json(&self.record_path(key), "the record of a video")?;
        match read {
            Some(record) if (record.label, &*record.video) != (key.label(), key.name()) => {
                let problem = format!("it is about {}/{}", record.label, record.video);
                Err(Error::Record { key: key.clone(), problem })
            }
            record => Ok(record),
        }
    }

    /// All records, real before fake, by name.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub fn records(&self) -> Result<Vec<VideoRecord>> {
        let mut records = Vec::new();
        for key in self.keys()? {
            records.extend(self.record(&key)?);
        }
        Ok(records)
    }

    /// Starts writing a video, anew if it was there before; the old one stays until the new one is
    /// finished.
    ///
    /// # Errors
    /// When the folders cannot be made.
    pub fn begin_video(&self, key: &VideoKey) -> Result<VideoWriter<'_>> {
        VideoWriter::begin(self, key)
    }

    /// Removes a video and its record; nothing where it is not there. For those who [lock](Store::lock) the store.
    ///
    /// # Errors
    /// When a file or folder cannot be removed.
    pub fn remove_video(&self, key: &VideoKey) -> Result<()> {
        crate::video_writer::remove(self, key)
    }

    /// Replaces the record of a finished video; for what is known from elsewhere than its frames.
    ///
    /// # Errors
    /// [`Error::VideoName`], or a failed write.
    pub fn write_record(&self, record: &VideoRecord) -> Result<()> {
        write_json(&self.record_path(&record.key()?), record)
    }

    /// Rebuilds `metadata.json` from the records; in the published tree with the published fields
    /// alone.
    ///
    /// # Errors
    /// As [`Store::records`], or a failed write.
    pub fn write_metadata(&self) -> Result<()> {
        let (path, records) = (self.root.join("metadata.json"), self.records()?);
        match self.tree {
            Tree::Own => write_json(&path, &records),
            Tree::Published => {
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

    /// Removes `splits.json` and `audit.json`, which no longer hold.
    ///
    /// # Errors
    /// When one that is there cannot be removed.
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

    /// Where the audit of the split lies.
    #[must_use]
    pub fn audit_path(&self) -> PathBuf {
        self.metadata_dir().join("audit.json")
    }

    /// Writes `audit.json`: what leaks between the parts of the split.
    ///
    /// # Errors
    /// A failed write.
    pub fn write_audit(&self, audit: &impl Serialize) -> Result<()> {
        write_json(&self.audit_path(), audit)
    }

    /// Reads `splits.json`; `None` when the dataset has not been split yet.
    ///
    /// # Errors
    /// [`Error::Json`] for a file of another form, or a failed read.
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
    /// A folder that cannot be listed, a name that no video can have.
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

/// `None` when there is no such file.
fn read_json<T: DeserializeOwned>(path: &Path, expected: &'static str) -> Result<Option<T>> {
    let bytes = match scade_fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|source| Error::Json { path: path.to_owned(), expected, source })
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let failed = |source| Error::Json { path: path.to_owned(), expected: "writable", source };
    let mut text = serde_json::to_string_pretty(value).map_err(failed)?;
    text.push('\n');
    Ok(scade_fs::write(path, text)?)
}

#[cfg(test)]
mod tests;
