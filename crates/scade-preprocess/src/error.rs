//! What can go wrong between a media file and a face sample.

use std::path::PathBuf;

/// A failure of preparation.
///
/// Those of a single video end up in its record; the run goes on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The dataset folder is not there or not laid out as expected.
    #[error(
        "no videos to prepare: looked for {}/{{real,fake}}/**/*.{{mp4,avi,mov,mkv,webm}} and {found}",
        root.display()
    )]
    NoVideos {
        /// The dataset folder.
        root: PathBuf,
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
    /// A setting is out of its range.
    #[error("{setting} must be {expected}, got {got}")]
    Setting {
        /// The setting, as a configuration file names it.
        setting: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The value it has.
        got: String,
    },
    /// Settings of the face detector.
    #[error(transparent)]
    Detector(#[from] scade_face::ConfigError),
    /// Weights of the face detector, or the detection itself.
    #[error(transparent)]
    Face(#[from] scade_face::Error),
    /// A face that cannot be cropped.
    #[error(transparent)]
    Crop(#[from] scade_face::CropError),
    /// Settings of the defocus map.
    #[error(transparent)]
    Defocus(#[from] scade_defocus::Error),
    /// A video that cannot be decoded.
    #[error(transparent)]
    Video(#[from] scade_video::Error),
    /// Reading or writing the store.
    #[error(transparent)]
    Data(#[from] scade_data::Error),
}
