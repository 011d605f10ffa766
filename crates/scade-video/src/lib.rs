//! Frames with time stamps out of a media file, and the small MP4 writer.
//!
//! A file is decoded once, in order, on the calling thread; only wanted frames are converted to
//! pictures. The file is never trusted: odd, broken and hostile files give a typed [`Error`] or
//! the frames that can still be had, never a panic, a hang or a silent gap.
//! This crate knows no faces, labels or folders of videos; what to sample is the caller's matter.
//!
//! FFmpeg is linked only with the feature `ffmpeg`. Without it everything here compiles, and
//! [`Video::open`] and [`Writer::create`] return [`Error::NotBuilt`].
//!
//! ```no_run
//! use std::path::Path;
//! use scade_video::{OpenOptions, Selection, Video};
//!
//! let path = Path::new("clip.mp4");
//! // 16 frames spread over the whole clip; the header's count is only a hint.
//! let mut video = Video::open(path, &OpenOptions::default())?;
//! let every = video.count_frames()?.div_ceil(16);
//! let mut frames = video.frames(Selection { every, max: Some(16) });
//! for frame in &mut frames {
//!     let frame = frame?;
//!     println!("frame {} at {:?} s: {:?}", frame.index, frame.time, frame.picture.dimensions());
//! }
//! println!("{} packets were damaged", frames.stats().bad_packets);
//! # Ok::<(), scade_video::Error>(())
//! ```
//!
//! Decoding many videos: one thread per video with [`OpenOptions::threads`] at 1 uses the cores
//! better than several threads for one video. [`Video`], [`Frames`] and [`Writer`] are [`Send`].

#[cfg(not(feature = "ffmpeg"))]
mod disabled;
mod error;
#[cfg(feature = "ffmpeg")]
mod ffmpeg;
mod reading;
#[cfg(all(test, feature = "ffmpeg"))]
mod tests;
mod writing;

#[cfg(not(feature = "ffmpeg"))]
pub use disabled::{Frames, Video, Writer};
pub use error::{Cause, Error};
#[cfg(feature = "ffmpeg")]
pub use ffmpeg::{Frames, Video, Writer};
pub use reading::{Colour, Frame, Info, OpenOptions, Selection, Stats};
pub use writing::{Codec, WriterOptions};
