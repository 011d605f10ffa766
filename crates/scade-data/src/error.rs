//! Errors of a prepared dataset on disk.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use scade_settings::{Hint, SettingError};

use crate::{Difference, FaceId, FileLayout, Label, VideoKey};

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error, with its place and the expected value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name that is not a single visible path component.
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
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
    /// A JSON file has other content than expected.
    #[error("{} is not {expected}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// The expected content.
        expected: &'static str,
        /// The cause, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The folder holds no prepared dataset.
    #[error(
        "no prepared dataset in {}: expected preparation.json beside \
         face_crops/{{real,fake}}/<video>/frame_NNNNNN.jpg",
        root.display()
    )]
    NoDataset {
        /// The folder.
        root: PathBuf,
    },
    /// The folder holds crops with unknown settings.
    #[error(
        "{} has face crops but no preparation.json, so their settings are unknown",
        root.display()
    )]
    UnknownOrigin {
        /// The folder.
        root: PathBuf,
    },
    /// Another process writes to the dataset.
    #[error("another run is writing to {}", root.display())]
    Busy {
        /// The store.
        root: PathBuf,
    },
    /// The dataset has another layout version.
    #[error("{}: expected layout version {expected}, got {got}", path.display())]
    LayoutVersion {
        /// The file with the version.
        path: PathBuf,
        /// The version that this crate reads and writes.
        expected: u64,
        /// The version found.
        got: u64,
    },
    /// The dataset has the other file layout.
    #[error("{}: expected {expected}, got {got}", root.display())]
    FileLayout {
        /// The store.
        root: PathBuf,
        /// The requested layout.
        expected: FileLayout,
        /// The layout found.
        got: FileLayout,
    },
    /// The dataset was preprocessed with other settings.
    #[error(
        "{} was preprocessed with other settings: {}",
        root.display(),
        list(differences)
    )]
    PreparationDiffers {
        /// The store.
        root: PathBuf,
        /// Each setting that differs.
        differences: Vec<Difference>,
    },
    /// A dataset lacks a video that was to be moved out of it.
    #[error("{key} is not in the prepared dataset {}", root.display())]
    NotPrepared {
        /// The video.
        key: VideoKey,
        /// The store.
        root: PathBuf,
    },
    /// A record contradicts its video.
    #[error("the record of {key} is invalid: {problem}")]
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
    /// Bytes that are not a face crop, or an image that cannot be encoded as one.
    #[error(transparent)]
    Codec(#[from] scade_image::CodecError),
    /// A setting outside its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// An image file that cannot be decoded.
    #[error("cannot decode {} as an image", path.display())]
    Image {
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
    /// A defocus map does not exist; it is never replaced by zeros.
    #[error(
        "no defocus map at {}",
        path.display()
    )]
    MissingMap {
        /// Its expected path.
        path: PathBuf,
    },
    /// A file that is not a defocus map.
    #[error("{} is not {expected}", path.display())]
    MapFormat {
        /// The file.
        path: PathBuf,
        /// The expected format.
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
    /// The defocus map of a crop could not be computed.
    #[error("cannot compute the defocus map of {}", path.display())]
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
        /// Their number.
        found: usize,
        /// The smallest possible number.
        needed: usize,
    },
    /// No split separates the identities and has every class in every subset.
    #[error(
        "cannot split {videos} videos of {identities} identities so that no identity is in two \
        subsets and every class is in each"
    )]
    TooFewIdentities {
        /// Videos with faces.
        videos: usize,
        /// Identities seen in them.
        identities: usize,
    },
    /// The official split lists none of the videos.
    #[error("none of {videos} videos with faces is in the official split")]
    NoOfficialSplit {
        /// Videos with faces.
        videos: usize,
    },
    /// A split lists a video that the dataset does not have.
    #[error("the split lists {key}, which is not in {}", root.display())]
    NotInDataset {
        /// The video.
        key: VideoKey,
        /// The store.
        root: PathBuf,
    },
    /// There is nothing to load.
    #[error("the list of samples is empty")]
    NoItems,
    /// Self-blended pairs are made of real samples, and there is none.
    #[error("the list of samples has no real one, of which self-blended pairs are made")]
    NoRealItems,
    /// A sample without the landmarks that self-blending needs.
    #[error("{} has no landmarks, which self-blended pairs need", path.display())]
    NoLandmarks {
        /// Its crop.
        path: PathBuf,
    },
    /// A sample whose landmarks coincide.
    #[error("the landmarks of {} determine no pose", path.display())]
    NoPose {
        /// Its crop.
        path: PathBuf,
    },
    /// No sample of an epoch could be read.
    #[error("none of {items} samples could be read; the first: {first}")]
    NothingReadable {
        /// Number of samples tried.
        items: usize,
        /// The error of the first.
        first: String,
    },
    /// A loader thread could not be started.
    #[error("cannot start a loader thread")]
    Thread(#[source] io::Error),
    /// A loader thread panicked; this is a bug.
    #[error("a loader thread panicked: {message}")]
    WorkerPanicked {
        /// The message of the panic.
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
            Self::UnknownOrigin { .. } => "choose an empty folder with `output`",
            Self::PreparationDiffers { .. } => {
                "use the settings of the dataset, or name another folder with `output`"
            }
            Self::FileLayout { .. } => {
                "use the `layout_version` of the dataset, or name another folder with `output`"
            }
            Self::Busy { .. } => {
                "wait for the other run, or split the work between runs with `shard`"
            }
            Self::MissingMap { .. } => {
                "preprocess the dataset with defocus maps, or train on 3 channels"
            }
            Self::NoLandmarks { .. } => {
                "preprocess the dataset again with MTCNN: older ones and OpenCV's cascade have no landmarks"
            }
            Self::TooFewIdentities { .. } => "add identities, or set `split.rule` to video",
            Self::NotInDataset { .. } => "split the dataset again",
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
