//! The one error type of the façade.

use std::path::PathBuf;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder holds no detector, or one that does not load.
    #[error(transparent)]
    Model(#[from] scade_model::ArtefactError),
    /// The detector was trained on samples that this version cannot make.
    #[error("the preparation of the detector in {} is not understood", folder.display())]
    Preparation {
        /// The folder of the detector.
        folder: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The training that the folder stems from has not ended, so that there is no threshold yet.
    #[error("the training in {} has not ended: its detector has no threshold", folder.display())]
    Unfinished {
        /// The folder of the detector.
        folder: PathBuf,
    },
    /// The network and the preparation do not belong together.
    #[error(
        "the network in {} takes {expected} channels, its preparation makes {got}",
        folder.display()
    )]
    Channels {
        /// The folder of the detector.
        folder: PathBuf,
        /// Channels of the network.
        expected: usize,
        /// Channels of a prepared face.
        got: usize,
    },
    /// The weights of the face detector cannot be had.
    #[error(transparent)]
    Weights(#[from] scade_face::weights::Error),
    /// The face detector has other weights than when the training samples were made.
    #[error(
        "the training samples were made with other weights of the face detector than {}: \
         expected the digest {expected}, got {got}",
        path.display()
    )]
    FaceWeights {
        /// The weights in use.
        path: PathBuf,
        /// Digest noted in the detector.
        expected: String,
        /// Their digest.
        got: String,
    },
    /// A picture file that cannot be read.
    #[error("cannot read the picture {}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: image::ImageError,
    },
    /// A video file that cannot be decoded.
    #[error(transparent)]
    Video(#[from] scade_video::Error),
    /// Finding or cutting out faces failed.
    #[error(transparent)]
    Prepare(#[from] scade_preprocess::Error),
    /// There is nothing to judge.
    #[error("no face was found in {frames} {}", if *frames == 1 { "frame" } else { "frames" })]
    NoFace {
        /// Pictures looked at.
        frames: usize,
    },
}
