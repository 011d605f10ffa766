//! Why a set could not be made.

use std::borrow::Cow;
use std::path::PathBuf;

use scade_image::CodecError;
use scade_settings::{Hint, SettingError};

/// Why a set could not be made. A photograph that cannot be used is no error: see [`crate::Skip`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A setting is out of its range.
    #[error(transparent)]
    Settings(#[from] SettingError),

    /// A folder of photographs cannot be listed.
    #[error("cannot find photographs")]
    List(#[source] scade_fs::Error),

    /// There is no photograph.
    #[error("there are no photographs in {}", folders.iter().map(|f| f.display().to_string())
        .collect::<Vec<_>>().join(", "))]
    NoPhotos {
        /// The folders, searched at any depth.
        folders: Vec<PathBuf>,
    },

    /// No two photographs fit together.
    #[error("no two of {usable} usable photographs have a similar pose and brightness")]
    NoPairs {
        /// Number of photographs with a usable face.
        usable: usize,
    },

    /// The folder holds something else.
    #[error("{} is not empty and holds no swap set", path.display())]
    NotASet {
        /// The folder.
        path: PathBuf,
    },

    /// The folder holds a set with other settings or photographs.
    #[error("{} holds a set with other settings ({differences})", path.display())]
    OtherSettings {
        /// The folder.
        path: PathBuf,
        /// Each differing setting with the stored and the requested value.
        differences: String,
    },

    /// The settings of an existing set are damaged.
    #[error("cannot parse the settings in {}", path.display())]
    Unreadable {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },

    /// A photograph had a face and cannot be read again, or a file of the set cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// The face detector failed.
    #[error(transparent)]
    Detector(#[from] scade_face::Error),

    /// A still cannot be encoded.
    #[error("cannot encode {}", path.display())]
    Still {
        /// The image.
        path: PathBuf,
        /// Why.
        #[source]
        source: CodecError,
    },

    /// A file could not be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),

    /// A clip could not be encoded or written.
    #[error(transparent)]
    Video(#[from] scade_video::Error),
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotASet { .. } | Self::OtherSettings { .. } => {
                Some("name another folder with `output`".into())
            }
            Self::List(_) | Self::NoPhotos { .. } => {
                Some("name a folder with JPEG or PNG images with `photos`".into())
            }
            Self::NoPairs { .. } => {
                Some("name more folders with `photos`, or lower `min_eyes`".into())
            }
            Self::Unreadable { path, .. } => Some(
                format!("delete {}, or name another folder with `output`", path.display()).into(),
            ),
            Self::Write(_) => {
                Some("name a folder that can be written, with enough space, with `output`".into())
            }
            Self::Video(error) => error.hint(),
            Self::Detector(error) => Hint::hint(error),
            Self::Settings(_) | Self::Read { .. } | Self::Still { .. } => None,
        }
    }
}
