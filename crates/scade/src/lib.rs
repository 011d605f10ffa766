//! Forgery detection for other programs: load a trained detector, score pictures and videos.
//!
//! A detector is the folder of a training run. It holds the weights, the network's settings and the
//! preparation by which the training samples were made, so that a face is scored exactly as the
//! faces in training were.
//!
//! ```no_run
//! use scade::{Detector, DetectorOptions, VideoOptions};
//!
//! type Cpu = burn::backend::Flex;
//!
//! let device = Default::default();
//! let detector = Detector::<Cpu>::load("outputs/run-1", &DetectorOptions::default(), &device)?;
//! let verdict = detector.score_video("clip.mp4", &VideoOptions::default())?;
//! println!("fake with probability {:.3}, from {} faces", verdict.score, verdict.faces.len());
//!
//! let picture = scade::read_picture("portrait.jpg")?;
//! let verdict = detector.score_picture(&picture)?;
//! println!("{} at {:?}", verdict.label, verdict.face.bbox);
//! # Ok::<(), scade::Error>(())
//! ```
//!
//! This crate parses no arguments and serves no requests; `scade-infer` and others do, and use
//! nothing else of the workspace.

mod detector;
mod error;
mod picture;
mod verdict;

pub use detector::{Detector, DetectorOptions, VideoOptions};
pub use error::Error;
pub use picture::{PICTURE_EXTENSIONS, read_picture};
pub use scade_data::Label;
pub use scade_image::{FaceBox, Landmarks, RgbImage};
pub use scade_kernels::Kernels;
pub use scade_preprocess::{Choice, VIDEO_EXTENSIONS};
pub use verdict::{FaceEvidence, FaceVerdict, TrackVerdict, VideoVerdict};

/// The README's example is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ReadmeExamples;

/// So are those of the page on new parts.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/extending.md")]
struct ExtendingExamples;
