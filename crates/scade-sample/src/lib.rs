//! Face samples: from video frames and images to the crops and defocus maps that a detector sees.
//!
//! [`SampleSpec`] says how a face becomes a sample, [`SampleMaker`] does it for images, and
//! [`FaceStream`] for a whole video, or an image as a video of one frame: decoding on a thread of its
//! own, faces found, tracked, cropped and mapped. Preprocessing writes what comes out of the stream,
//! inference scores it, so that a detector sees at inference exactly what it saw in training. The
//! specification is stored with every prepared dataset ([`DatasetSpec`]) and with every trained detector.
//!
//! This crate knows no datasets on disk, no networks that classify and no metrics. It links FFmpeg only
//! with the feature `ffmpeg`.

mod batch;
mod cuts;
mod decode;
mod error;
mod image_file;
mod label;
mod maker;
mod masks;
mod queue;
mod sampling;
mod spec;
mod stream;

pub use batch::PixelBatch;
pub use error::Error;
pub use image_file::{Media, has_media_ending, read_image};
pub use label::Label;
pub use maker::{FaceSample, ImageSamples, Missed, SampleMaker};
pub use queue::{DecodeSummary, FrameQueue, FrameSource, decoding_threads};
pub use sampling::{FrameSampling, Frames, Pace};
pub use spec::{DatasetSpec, FaceSelection, SampleSpec};
pub use stream::{FaceStream, FrameFaces};

/// Width and height of the crops and maps of samples, in pixels.
pub const FACE_SIZE: usize = 256;
