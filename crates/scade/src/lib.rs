//! Forgery detection for other programs: load a trained detector, score images and videos.
//!
//! A detector comes with this crate ([`Detector::builtin`]); another is the folder of a training run
//! ([`Detector::load`]). It consists of the weights, the network's settings and the specification by which
//! the training samples were made, so that a face is scored exactly as the faces in training were.
//!
//! ```no_run
//! use scade::{Cpu, Detector, DetectorOptions, VideoOptions};
//!
//! let device = Default::default();
//! let detector = Detector::<Cpu>::builtin(&DetectorOptions::default(), &device)?;
//! let prediction = detector.score_video("clip.mp4", &VideoOptions::default())?;
//! println!("{}: score {:.3} of {} faces", prediction.call, prediction.score, prediction.faces.len());
//!
//! let image = scade::read_image("portrait.jpg")?;
//! let prediction = detector.score_image(&image)?;
//! println!("{} at {:?}", prediction.call, prediction.face.bbox);
//! # Ok::<(), scade::Error>(())
//! ```
//!
//! This crate parses no arguments, serves no requests and prints nothing; `scade-infer` and others do,
//! and use nothing else of the workspace.

mod builtin;
mod call;
mod detector;
mod error;
mod prediction;
mod segments;

pub use builtin::BuiltinDetector;
/// The tensor library, in the version that this crate is generic over.
pub use burn;
pub use call::{Call, Gate, Reason};
pub use detector::{Detector, DetectorOptions, ExplainOptions, FaceExplanation, VideoOptions};
pub use error::Error;
pub use prediction::{
    FaceEvidence, FacePrediction, ImagePrediction, TrackPrediction, VideoPrediction,
};
pub use scade_explain::{Class, Explainer, Explanation, Faithfulness, FaithfulnessOptions};
pub use scade_face::{Fallback, FoundBy};
pub use scade_image::{
    FaceBox, IMAGE_EXTENSIONS, Landmarks, Plane, Quality, RgbImage, decode_image, encode_png,
};
pub use scade_kernels::Kernels;
pub use scade_metrics::Pooling;
pub use scade_sample::{
    FaceSample, FaceSelection, Label, Media, Pace, has_media_ending, read_image,
};
pub use scade_settings::{NoProgress, Progress};
pub use scade_video::VIDEO_EXTENSIONS;
pub use segments::Segment;

/// The backend for CPUs, with the kernels of `scade-kernels`: [`Detector<Cpu>`] is the detector without a GPU.
pub type Cpu = burn::backend::Flex;

/// The README's example is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ReadmeExamples;

/// So are those of the page on new parts.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/extending.md")]
struct ExtendingExamples;
