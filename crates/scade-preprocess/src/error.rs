//! What can go wrong between a media file and a face sample.

use std::borrow::Cow;
use std::path::PathBuf;

use scade_data::VideoKey;
use scade_settings::{Hint, SettingError};

use crate::Layout;

/// A failure of preparation.
///
/// Those of a single video end up in its record; the run goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The dataset folder is not there or not laid out as expected.
    #[error("no videos to prepare: looked for {}/{expected} and {found}", root.display())]
    NoVideos {
        /// The dataset folder.
        root: PathBuf,
        /// What its layout has below it.
        expected: &'static str,
        /// What stands there instead.
        found: String,
    },
    /// A folder of the dataset cannot be listed.
    #[error("cannot list {}", path.display())]
    List {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A list or a name is not of the form that the dataset's layout promises.
    #[error("{}: {problem}; expected {expected}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        problem: String,
        /// The form.
        expected: String,
    },
    /// The dataset is there in several compressions.
    #[error("the videos are there as {there}{asked}: one of them must be chosen")]
    Compression {
        /// What there is.
        there: String,
        /// What was asked for and is not there.
        asked: String,
    },
    /// Two videos would have one name in the store.
    #[error("{} and {} are both {key}", paths[0].display(), paths[1].display())]
    SameName {
        /// The name.
        key: VideoKey,
        /// The files.
        paths: [PathBuf; 2],
    },
    /// Masks were asked for and no video has any.
    #[error("no video of the {layout} dataset in {} has masks", root.display())]
    NoMasks {
        /// Its layout.
        layout: Layout,
        /// Its folder.
        root: PathBuf,
    },
    /// The official split was asked for and the dataset comes without.
    #[error("the {layout} dataset in {} has no official split", root.display())]
    NoOfficialSplit {
        /// Its layout.
        layout: Layout,
        /// Its folder.
        root: PathBuf,
    },
    /// The shards of a store are not all there, not finished, or not of one making.
    #[error("cannot merge {}: {problem}", root.display())]
    Merge {
        /// The folder of the store or of a shard.
        root: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A setting is out of its range.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Settings of samples, or making them.
    #[error(transparent)]
    Sample(#[from] scade_sample::Error),
    /// Weights of the face detector that cannot be read.
    #[error(transparent)]
    Weights(#[from] scade_face::weights::Error),
    /// A picture or list beside the samples that cannot be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
    /// Reading or writing the store.
    #[error(transparent)]
    Data(#[from] scade_data::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::NoVideos { .. } => {
                "name the folder of the dataset with `dataset`, and its layout with `layout`"
            }
            Self::Form { .. } => "docs/data.md shows what each `layout` expects",
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
