//! The one error type of the façade.

use std::borrow::Cow;
use std::path::PathBuf;

use scade_settings::Hint;

/// Why there is no prediction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder holds no detector, or one that does not load.
    #[error(transparent)]
    Model(#[from] scade_model::BundleError),
    /// The training run of the folder has not ended, so that there is no threshold yet.
    #[error("the training run in {} has not finished: its detector has no threshold", folder.display())]
    Unfinished {
        /// The folder of the detector.
        folder: PathBuf,
    },
    /// The weights were loaded and cannot be read again for their digest.
    #[error("cannot read {}", path.display())]
    Digest {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The bytes of a video could not be written to a temporary file.
    #[error("cannot write a temporary file")]
    TemporaryFile {
        /// Why.
        source: std::io::Error,
    },
    /// The network and the samples do not match.
    #[error(
        "the network in {} takes {expected} channels, its samples have {got}",
        folder.display()
    )]
    Channels {
        /// The folder of the detector.
        folder: PathBuf,
        /// Channels of the network.
        expected: usize,
        /// Channels of a sample.
        got: usize,
    },
    /// The weights of the face detector could not be obtained.
    #[error(transparent)]
    Weights(#[from] scade_face::weights::Error),
    /// An image or video that cannot be read, or a failure to find or crop its faces.
    #[error(transparent)]
    Sample(#[from] scade_sample::Error),
    /// A score that cannot be explained as asked.
    #[error(transparent)]
    Explain(#[from] scade_explain::Error),
    /// A crop that the network cannot take.
    #[error(
        "expected a crop of 256 × 256 {} a defocus map of that size, got {} × {} with {}",
        if *takes_maps { "with" } else { "without" },
        crop[0], crop[1],
        map.map_or("none".to_owned(), |[width, height]| format!("one of {width} × {height}"))
    )]
    Crop {
        /// Width and height of the crop in pixels.
        crop: [u32; 2],
        /// Width and height of the map, if there is one.
        map: Option<[u32; 2]>,
        /// Whether the detector takes a map.
        takes_maps: bool,
    },
    /// There is nothing to score.
    #[error("no face found in {frames} {}", if *frames == 1 { "frame" } else { "frames" })]
    NoFace {
        /// Frames that were looked at.
        frames: usize,
    },
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Model(_) | Self::Digest { .. } | Self::Channels { .. } => {
                "name the folder that scade-train printed as `detector` with `model`"
            }
            Self::Unfinished { folder } => {
                let resume = format!("scade-train --resume {}", folder.display());
                return Some(format!("finish it with {resume}, or give a `threshold`").into());
            }
            Self::Weights(error) => return error.hint(),
            Self::Sample(error) => return error.hint(),
            Self::Explain(_)
            | Self::Crop { .. }
            | Self::NoFace { .. }
            | Self::TemporaryFile { .. } => return None,
        };
        Some(hint.into())
    }
}
