//! Where everything lies in a prepared dataset, and what is in it.
//!
//! A video is in the store when its record is: the record is written last, in one step. Crops and
//! maps without a record are the remains of an interrupted run, and nobody reads them.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::record::PublishedRecord;
use crate::{
    Error, FaceId, Files, Label, Result, Splits, Tree, VideoKey, VideoRecord, VideoWriter,
    preparation,
};

/// A prepared dataset on disk. See the crate's page for the layout.
///
/// Different videos may be written from several threads or processes at once; one video by one.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    tree: Tree,
    files: Files,
    preparation: Value,
}

/// The right to write to a store; see [`Store::lock`].
#[derive(Debug)]
pub struct StoreLock {
    _file: File,
}

impl Store {
    /// Starts a store at `root` with our tree, or continues one that was made with the same
    /// `preparation`.
    ///
    /// # Errors
    /// As [`Store::create_as`].
    pub fn create(root: &Path, preparation: &Value) -> Result<Self> {
        Self::create_as(root, Tree::Own, preparation)
    }

    /// Starts a store at `root`, or continues one that was made with the same `preparation`.
    ///
    /// # Errors
    /// [`Error::PreparationDiffers`] naming each setting, [`Error::Tree`], [`Error::UnknownStore`]
    /// when there are crops that nobody knows the making of, [`Error::LayoutVersion`],
    /// [`Error::Json`], or a failed read or write.
    pub fn create_as(root: &Path, tree: Tree, preparation: &Value) -> Result<Self> {
        match preparation::read(root)? {
            Some((got, _)) if got != tree => {
                return Err(Error::Tree { root: root.to_owned(), expected: tree, got });
            }
            Some((_, found)) => {
                let store = Self::new(root, tree, found)?;
                store.check_preparation(preparation)?;
                return Ok(store);
            }
            None if root.join("face_crops").exists() => {
                return Err(Error::UnknownStore { root: root.to_owned() });
            }
            None => preparation::write(root, tree, preparation)?,
        }
        Self::new(root, tree, preparation::as_read_back(preparation))
    }

    fn new(root: &Path, tree: Tree, preparation: Value) -> Result<Self> {
        let files = Files::of(&preparation).map_err(|source| {
            let expected = "a preparation with file formats of this version";
            Error::Json { path: root.to_owned(), expected, source }
        })?;
        Ok(Self { root: root.to_owned(), tree, files, preparation })
    }

    /// Checks that the samples were made by these settings.
    ///
    /// # Errors
    /// [`Error::PreparationDiffers`] naming each setting.
    pub fn check_preparation(&self, asked: &Value) -> Result<()> {
        let asked = preparation::as_read_back(asked);
        let differences = preparation::differences(&asked, &self.preparation);
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
            Some((tree, preparation)) => Self::new(root, tree, preparation),
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
        let path = self.notes().join(".lock");
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
        for folder in [self.root.clone(), self.notes()].iter().chain(&records) {
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
    pub fn notes(&self) -> PathBuf {
        self.tree.notes(&self.root)
    }

    /// The formats of crops and maps.
    #[must_use]
    pub fn files(&self) -> Files {
        self.files
    }

    /// The settings by which the samples were made.
    #[must_use]
    pub fn preparation(&self) -> &Value {
        &self.preparation
    }

    /// Where the crop of a face lies.
    #[must_use]
    pub fn crop_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.crops_of(key).join(format!("{}.{}", face.into(), self.files.crops.extension()))
    }

    /// Where the defocus map of a face lies.
    #[must_use]
    pub fn map_path(&self, key: &VideoKey, face: impl Into<FaceId>) -> PathBuf {
        self.maps_of(key).join(format!("{}.{}", face.into(), self.files.maps.extension()))
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
        self.notes().join("audit.json")
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
        self.notes().join("records").join(label.name())
    }

    fn splits_path(&self) -> PathBuf {
        self.root.join("splits.json")
    }

    /// The videos that have a record, in order. Hidden files are unfinished writes.
    fn keys(&self) -> Result<Vec<VideoKey>> {
        let mut keys = Vec::new();
        for label in Label::ALL {
            for name in file_names(&self.records_of(label))? {
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
mod tests {
    use super::*;
    use crate::testing::{add_video, drawn_face, drawn_map, empty_store};
    use crate::{CropFormat, SplitPart};
    use serde_json::json;
    use std::collections::BTreeSet;

    #[test]
    fn the_published_files_lie_where_they_are_expected() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Fake, "000_003", 2, true);
        store.write_metadata().unwrap();
        let part = |fake: &[&str]| SplitPart {
            real: Vec::new(),
            fake: fake.iter().map(ToString::to_string).collect(),
        };
        let splits = Splits { train: part(&["000_003"]), val: part(&[]), test: part(&[]) };
        store.write_splits(&splits).unwrap();
        for path in [
            "face_crops/fake/000_003/frame_000010.jpg",
            "defocus_maps/fake/000_003/frame_000010.npy",
            "records/fake/000_003.json",
        ] {
            assert!(store.root().join(path).is_file(), "{path}");
        }
        let read = |name: &str| -> Value {
            serde_json::from_slice(&std::fs::read(store.root().join(name)).unwrap()).unwrap()
        };
        assert_eq!(read("metadata.json")[0]["saved_frames"], 2);
        assert_eq!(read("splits.json")["train"], json!({"real": [], "fake": ["000_003"]}));
        assert_eq!(store.splits().unwrap(), Some(splits));
    }

    /// Nothing but the published files, and training finds the rest.
    #[test]
    fn the_published_tree_is_exact_and_can_be_opened() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("data");
        let store = Store::create_as(&root, Tree::Published, &json!({"margin": 0.3})).unwrap();
        add_video(&store, Label::Fake, "000_003", 1, true);
        store.write_metadata().unwrap();
        let _lock = store.lock().unwrap();
        let names = file_names(&root).unwrap();
        assert_eq!(
            BTreeSet::from_iter(names),
            ["defocus_maps", "face_crops", "metadata.json"].map(String::from).into()
        );
        let text = std::fs::read(root.join("metadata.json")).unwrap();
        let read: Value = serde_json::from_slice(&text).unwrap();
        let fields: BTreeSet<_> = read[0].as_object().unwrap().keys().map(|key| &**key).collect();
        let expected = "detection_rate failed_detections fps label sampled_frames saved_frames \
                        status total_frames video";
        assert_eq!(fields, expected.split(' ').collect());
        let opened = Store::open(&root).unwrap();
        assert_eq!((opened.tree(), opened.records().unwrap().len()), (Tree::Published, 1));
        let error = Store::create(&root, &json!({"margin": 0.3})).unwrap_err();
        assert!(error.to_string().contains("expected layout version 1, got the pub"), "{error}");
    }

    #[test]
    fn formats_decide_the_names_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let settings = json!({"sample": {"files": {"crops": "webp", "maps": "png"}}});
        let store = Store::create(folder.path(), &settings).unwrap();
        let key = VideoKey::new(Label::Real, "a").unwrap();
        let mut writer = store.begin_video(&key).unwrap();
        let crop = CropFormat::Webp.encode(&drawn_face(1), 0).unwrap();
        writer.add_face(7, &crop, Some(&drawn_map(1))).unwrap();
        writer.finish(VideoRecord { sampled_frames: 1, ..VideoRecord::new(&key) }).unwrap();
        for path in ["face_crops/real/a/frame_000007.webp", "defocus_maps/real/a/frame_000007.png"]
        {
            assert!(store.root().join(path).is_file(), "{path}");
        }
        let part = SplitPart { real: vec!["a".into()], fake: Vec::new() };
        let item = crate::items(&store, &part, true, None).unwrap().remove(0);
        let sample = crate::load(&item).unwrap();
        assert_eq!(sample.rgb, drawn_face(1));
        assert_eq!(sample.defocus, Some(store.files().maps.as_read_back(drawn_map(1))));
    }

    #[test]
    fn a_store_has_one_writer_at_a_time() {
        let (_folder, store) = empty_store();
        let litter = store.root().join("records/real/.partial-w38zMo");
        std::fs::create_dir_all(litter.parent().unwrap()).unwrap();
        std::fs::write(&litter, "half a rec").unwrap();
        let lock = store.lock().unwrap();
        assert!(!litter.exists());
        let error = Store::open(store.root()).unwrap().lock().unwrap_err();
        assert!(matches!(error, Error::Busy { ref root } if root == store.root()), "{error}");
        drop(lock);
        store.lock().unwrap();
    }

    #[test]
    fn other_settings_are_refused_by_name() {
        let (_folder, store) = empty_store();
        assert!(Store::create(store.root(), &json!({"margin": 0.3})).is_ok());
        let error = Store::create(store.root(), &json!({"margin": 0.4})).unwrap_err();
        assert!(error.to_string().contains("`margin`: expected 0.4, got 0.3"), "{error}");
        assert_eq!(Store::open(store.root()).unwrap().preparation(), &json!({"margin": 0.3}));
    }

    #[test]
    fn what_is_no_store_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = Store::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("face_crops/{real,fake}/<video>"), "{error}");
        std::fs::create_dir(folder.path().join("face_crops")).unwrap();
        assert!(matches!(Store::open(folder.path()), Err(Error::UnknownStore { .. })));
        let created = Store::create(folder.path(), &Value::Null);
        assert!(matches!(created, Err(Error::UnknownStore { .. })));
    }

    /// Published defect: a name in both classes was read twice as real.
    #[test]
    fn a_name_in_both_classes_is_two_videos() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Fake, "clip", 1, false);
        add_video(&store, Label::Real, "clip", 2, false);
        let saved: Vec<_> =
            store.records().unwrap().iter().map(|r| (r.label, r.saved_frames)).collect();
        assert_eq!(saved, [(Label::Real, 2), (Label::Fake, 1)]);
    }

    #[test]
    fn damaged_and_misplaced_records_are_errors() {
        let (_folder, store) = empty_store();
        add_video(&store, Label::Fake, "a", 1, false);
        let [a, b] = ["a", "b"].map(|name| VideoKey::new(Label::Fake, name).unwrap());
        assert_eq!(store.record(&b).unwrap(), None);
        std::fs::copy(store.record_path(&a), store.record_path(&b)).unwrap();
        assert!(matches!(store.record(&b), Err(Error::Record { .. })));
        std::fs::write(store.record_path(&b), "{\"video\": \"b\"").unwrap();
        assert!(matches!(store.records(), Err(Error::Json { .. })));
        std::fs::remove_file(store.record_path(&b)).unwrap();
        std::fs::write(store.root().join("records/fake/.partial-x.json"), "half").unwrap();
        assert_eq!(store.records().unwrap().len(), 1);
    }
}
