//! Everything that can go wrong with a dataset on disk.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use scade_settings::{Hint, SettingError};

use crate::{Difference, FaceId, Label, Tree, VideoKey};

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and what was expected instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that is no single visible path component.
    #[error("cannot use `{name}` as the name of a video: {problem}")]
    VideoName {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A file or folder could not be read or removed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// "read", "list", "remove" ….
        action: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
    /// A JSON file is not what its name promises.
    #[error("{} is not {expected}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// Where it differs.
        #[source]
        source: serde_json::Error,
    },
    /// The folder holds no store.
    #[error(
        "no prepared dataset in {}: expected preparation.json beside \
         face_crops/{{real,fake}}/<video>/frame_NNNNNN.jpg",
        root.display()
    )]
    NoStore {
        /// The folder looked at.
        root: PathBuf,
    },
    /// The folder holds crops of unknown making.
    #[error(
        "{} holds face crops but no preparation.json, so how they were made is unknown",
        root.display()
    )]
    UnknownStore {
        /// The folder looked at.
        root: PathBuf,
    },
    /// Another process writes to the store.
    #[error("another run is writing to {}", root.display())]
    Busy {
        /// The store.
        root: PathBuf,
    },
    /// The store was written in another layout.
    #[error("{}: expected layout version {expected}, got {got}", path.display())]
    LayoutVersion {
        /// The file that says so.
        path: PathBuf,
        /// The version this crate reads and writes.
        expected: u64,
        /// The version found.
        got: u64,
    },
    /// The store's files lie in the other tree.
    #[error("{}: expected {expected}, got {got}", root.display())]
    Tree {
        /// The store.
        root: PathBuf,
        /// The tree asked for.
        expected: Tree,
        /// The tree found.
        got: Tree,
    },
    /// The store was made with other settings.
    #[error(
        "{} was prepared with other settings: {}",
        root.display(),
        list(differences)
    )]
    PreparationDiffers {
        /// The store.
        root: PathBuf,
        /// Each setting that differs.
        differences: Vec<Difference>,
    },
    /// A store lacks a video that was to be taken from it.
    #[error("{key} is not prepared in {}", root.display())]
    NotPrepared {
        /// The video.
        key: VideoKey,
        /// The store.
        root: PathBuf,
    },
    /// A record cannot be true of its video.
    #[error("the record of {key} is wrong: {problem}")]
    Record {
        /// The video.
        key: VideoKey,
        /// What is wrong.
        problem: String,
    },
    /// A face was added twice, or with a map while others have none.
    #[error("{face} of {key}: {problem}")]
    Frame {
        /// The video.
        key: VideoKey,
        /// The face.
        face: FaceId,
        /// What is wrong.
        problem: &'static str,
    },
    /// Bytes that are not a face crop, or an image that cannot become one.
    #[error(transparent)]
    Codec(#[from] scade_image::CodecError),
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A picture file that cannot be decoded.
    #[error("cannot decode {} as a picture", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: scade_image::CodecError,
    },
    /// A crop or map of the wrong size.
    #[error("{}: expected the shape {expected:?}, got {got:?}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// `[height, width, channels]`.
        expected: [usize; 3],
        /// The shape found, in the same order.
        got: Vec<usize>,
    },
    /// A defocus map is not there; it is never replaced by zeros.
    #[error(
        "no defocus map at {}",
        path.display()
    )]
    MissingMap {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file that is no defocus map.
    #[error("{} is not {expected}", path.display())]
    MapFormat {
        /// The file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A value of a defocus map is not a number between 0 and 1.
    #[error("{}: expected values in 0..1, got {got} at x = {x}, y = {y}", path.display())]
    MapValue {
        /// The file.
        path: PathBuf,
        /// Column.
        x: usize,
        /// Row.
        y: usize,
        /// The value.
        got: f32,
    },
    /// No defocus map could be made of a crop.
    #[error("cannot make a defocus map of {}", path.display())]
    OnTheFlyMap {
        /// The crop.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A class has too few videos to be split.
    #[error("cannot split {found} {label} videos with faces: at least {needed} are needed")]
    TooFewVideos {
        /// The class.
        label: Label,
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// No split keeps identities apart and both classes everywhere.
    #[error(
        "cannot split {videos} videos of {identities} identities so that no identity is in two \
         parts and both classes are in each"
    )]
    TooFewIdentities {
        /// Videos with faces.
        videos: usize,
        /// Identities seen in them.
        identities: usize,
    },
    /// No video was given a part by its dataset.
    #[error("none of {videos} videos with faces is in an official part")]
    NoOfficialSplit {
        /// Videos with faces.
        videos: usize,
    },
    /// A split names a video that the store does not have.
    #[error("the split names {key}, which {} does not have", root.display())]
    NotInStore {
        /// The video.
        key: VideoKey,
        /// The store.
        root: PathBuf,
    },
    /// There is nothing to load.
    #[error("the list of samples is empty")]
    NoItems,
    /// Not one sample of an epoch could be read.
    #[error("none of {items} samples could be read; the first: {first}")]
    NothingReadable {
        /// How many were tried.
        items: usize,
        /// Why the first failed.
        first: String,
    },
    /// A loader thread could not be started.
    #[error("cannot start a loader thread")]
    Thread(#[source] io::Error),
    /// A loader thread panicked: an error of this program.
    #[error("a loader thread panicked: {message}")]
    WorkerPanicked {
        /// What it said.
        message: String,
    },
}

impl Error {
    /// For `map_err` on file operations.
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::UnknownStore { .. } => "choose an empty folder with `output`",
            Self::PreparationDiffers { .. } => {
                "use the settings of the dataset, or name another folder with `output`"
            }
            Self::Tree { .. } => {
                "use the `layout_version` of the dataset, or name another folder with `output`"
            }
            Self::Busy { .. } => "wait for the other run, or share the work between runs with `shard`",
            Self::MissingMap { .. } => {
                "preprocess the dataset with defocus maps, or train on 3 channels"
            }
            Self::TooFewIdentities { .. } => "add identities, or set `split.rule` to video",
            Self::NotInStore { .. } => "split the dataset again",
            Self::Write(_) | Self::Io { .. } => {
                "name a writable folder with enough space with `output`"
            }
            _ => return None,
        };
        Some(hint.into())
    }
}

fn list(differences: &[Difference]) -> String {
    differences.iter().map(Difference::to_string).collect::<Vec<_>>().join("; ")
}
