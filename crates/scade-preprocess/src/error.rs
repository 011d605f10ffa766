//! Errors of preprocessing.

use std::borrow::Cow;
use std::path::PathBuf;

use scade_data::VideoKey;
use scade_settings::{Hint, SettingError};

use crate::Layout;

/// An error of preprocessing.
///
/// An error of a single video is stored in its record, and the run continues.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The dataset does not exist or has another layout.
    #[error("no videos or images found in {}: {found}; expected {}/{expected}", root.display(), root.display())]
    NoVideos {
        /// The dataset folder.
        root: PathBuf,
        /// The expected files below it.
        expected: &'static str,
        /// What was found instead.
        found: String,
    },
    /// A folder of the dataset cannot be listed.
    #[error("cannot list {}", path.display())]
    List {
        /// The folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A list or a name does not match the dataset layout.
    #[error("{}: {problem}; expected {expected}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
        /// The expected form.
        expected: String,
    },
    /// The dataset has several compressions.
    #[error("the videos exist as {there}{asked}: one of them must be chosen")]
    Compression {
        /// The existing compressions.
        there: String,
        /// The requested one, which does not exist.
        asked: String,
    },
    /// Two videos would have the same name in the prepared dataset.
    #[error("{} and {} are both {key}", paths[0].display(), paths[1].display())]
    SameName {
        /// The name.
        key: VideoKey,
        /// The files.
        paths: [PathBuf; 2],
    },
    /// Masks were requested and no video has any.
    #[error("no video of the {layout} dataset in {} has masks", root.display())]
    NoMasks {
        /// Its layout.
        layout: Layout,
        /// Its folder.
        root: PathBuf,
    },
    /// The official split was requested and the dataset has none.
    #[error("the {layout} dataset in {} has no official split", root.display())]
    NoOfficialSplit {
        /// Its layout.
        layout: Layout,
        /// Its folder.
        root: PathBuf,
    },
    /// The shards are incomplete, unfinished, or have different settings.
    #[error("cannot merge {}: {problem}", root.display())]
    Merge {
        /// The folder of the prepared dataset or of a shard.
        root: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A setting is out of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Invalid settings of samples, or failure to make them.
    #[error(transparent)]
    Sample(#[from] scade_sample::Error),
    /// Weights of the face detector that cannot be read.
    #[error(transparent)]
    Weights(#[from] scade_face::weights::Error),
    /// An image or list beside the samples that cannot be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
    /// Reading or writing the prepared dataset.
    #[error(transparent)]
    Data(#[from] scade_data::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::NoVideos { .. } => {
                "name the folder of the dataset with `dataset`, and its layout with `layout`"
            }
            Self::Form { .. } => "docs/data.md describes what each `layout` expects",
            Self::Compression { .. } => "choose one with `compression`",
            Self::NoOfficialSplit { layout: Layout::FaceForensics, .. } => {
                "name the folder with train.json, val.json and test.json with `official_split`"
            }
            Self::NoOfficialSplit { layout: Layout::CelebDf, .. } => {
                "put List_of_testing_videos.txt beside the folders of videos"
            }
            Self::NoOfficialSplit { layout: Layout::Csv, .. } => "add a column `part` to the list",
            Self::NoOfficialSplit { .. } => "set `split.rule` to identity or video",
            Self::NoMasks { layout: Layout::Csv, .. } => "add a column `mask` to the list",
            Self::NoMasks { .. } => {
                "run without `masks`; FaceForensics++ and DFD can have masks/videos"
            }
            Self::Write(_) => "name a writable folder with enough space with `output`",
            Self::Sample(error) => return error.hint(),
            Self::Weights(error) => return error.hint(),
            Self::Data(error) => return error.hint(),
            _ => return None,
        };
        Some(hint.into())
    }
}
