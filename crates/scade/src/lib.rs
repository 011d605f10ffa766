//! Forgery detection for other programs: load a trained detector, score images and videos.
//!
//! A detector comes with this crate ([`Detector::builtin`]); another is the folder of a training run
//! ([`Detector::load`]). It consists of the weights, the network's settings and the specification by which
//! the training samples were made, so that a face is scored exactly as the faces in training were.
//!
//! ```no_run
//! use scade::{Detector, DetectorOptions, VideoOptions};
//!
//! type Cpu = scade::burn::backend::Flex;
//!
//! let device = Default::default();
//! let detector = Detector::<Cpu>::builtin(&DetectorOptions::default(), &device)?;
//! let prediction = detector.score_video("clip.mp4", &VideoOptions::default())?;
//! println!("fake with probability {:.3}, from {} faces", prediction.score, prediction.faces.len());
//!
//! let image = scade::read_image("portrait.jpg")?;
//! let prediction = detector.score_image(&image)?;
//! println!("{} at {:?}", prediction.label, prediction.face.bbox);
//! # Ok::<(), scade::Error>(())
//! ```
//!
//! This crate parses no arguments, serves no requests and prints nothing; `scade-infer` and others do,
//! and use nothing else of the workspace.

mod builtin;
mod crops;
mod detector;
mod error;
mod prediction;

/// The tensor library, in the version that this crate is generic over.
pub use builtin::BuiltinDetector;
pub use burn;
pub use detector::{Detector, DetectorOptions, VideoOptions};
pub use error::Error;
pub use prediction::{
    FaceEvidence, FacePrediction, ImagePrediction, TrackPrediction, VideoPrediction,
};
pub use scade_face::{Fallback, FoundBy};
pub use scade_image::{FaceBox, IMAGE_EXTENSIONS, Landmarks, RgbImage, decode_image};
pub use scade_kernels::Kernels;
pub use scade_metrics::Pooling;
pub use scade_sample::{FaceSelection, Label, Media, SampleSpec, has_media_ending, read_image};
pub use scade_video::VIDEO_EXTENSIONS;

/// The README's example is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ReadmeExamples;

/// So are those of the page on new parts.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/extending.md")]
struct ExtendingExamples;
