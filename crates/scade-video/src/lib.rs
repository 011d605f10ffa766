//! Frames with time stamps out of a media file, and the small MP4 writer.
//!
//! A file is decoded on the calling thread, in order; only wanted frames are converted to images.
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
//!     println!("frame {} at {:?} s: {:?}", frame.index, frame.time, frame.image.dimensions());
//! }
//! println!("{} packets were damaged", frames.stats().bad_packets);
//! # Ok::<(), scade_video::Error>(())
//! ```
//!
//! Decoding many videos: one thread per video with [`OpenOptions::threads`] at 1 uses the cores
//! better than several threads for one video. [`Video`], [`Frames`] and [`Writer`] are [`Send`].
//!
//! # What is guaranteed
//!
//! - *The file is never trusted.* Odd, broken and hostile files give a typed [`Error`] or the frames
//!   that can still be had, never a panic or a silent gap: what was lost is in [`Stats`]. Only
//!   regular files are opened, FFmpeg never sees their names, and no file can make it open another.
//!   `cargo run -p scade-video --features ffmpeg --example mutate` tries damaged files of 21 kinds.
//! - *Nothing hangs.* [`OpenOptions::time_limit`] ends every wait for the next frame.
//! - *Memory is bounded*, by [`OpenOptions::max_pixels`].
//! - *Pixels are OpenCV's.* With [`Color::Cv2Compatible`] they are those of OpenCV 4.10, to the
//!   bit, with FFmpeg 5 on x86-64 (tests keep OpenCV's digests of 23 clips). On purpose it is
//!   otherwise where OpenCV errs: mirrored images are mirrored, frames of another size keep it,
//!   the last rows of ten-bit video are there, and damaged files give more frames.
//! - *Leaving out changes nothing.* After [`Video::count_frames`] packets are left out that no
//!   wanted frame needs. The frames are those of decoding everything, to the bit, as long as each
//!   packet left out is sound and holds one frame, which only decoding could tell. Where
//!   anything that is decoded differs from the plan, the file is decoded again as a whole.

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
pub use reading::{Color, Frame, Info, OpenOptions, Selection, Stats, VIDEO_EXTENSIONS};
pub use writing::{Codec, WriterOptions};
