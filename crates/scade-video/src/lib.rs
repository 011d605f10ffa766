//! Reads frames with time stamps from video files, and writes small MP4 files.
//!
//! A file is decoded on the calling thread, in order; only selected frames are converted to images.
//! This crate does not depend on faces, labels or datasets; the caller chooses the frames.
//!
//! FFmpeg is linked only with the feature `ffmpeg`. Without it the crate compiles, and
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
//! # Guarantees
//!
//! - *Files are not trusted.* Unusual, broken and hostile files give a typed [`Error`] or the frames
//!   that can still be decoded, never a panic or a silent gap: losses are counted in [`Stats`]. Only
//!   regular files are opened, FFmpeg never sees their names, and no file can make it open another.
//!   Files of other kinds are named for what they are: an HTML page, a HEIC image, encrypted.
//!   `cargo run -p scade-video --features ffmpeg --example mutate_clips` tests damaged files of 27 kinds.
//! - *Nothing hangs.* [`OpenOptions::time_limit`] ends every wait for the next frame.
//! - *Memory is bounded*, by [`OpenOptions::max_pixels`].
//! - *The right stream is read*: of several video streams the one with the most frames, then the
//!   largest. Cover images, still images and thumbnails are no streams. A file with several is read
//!   to its end once more when it is opened.
//! - *Frames are counted, not packets.* [`Video::count_frames`] gives the number of frames that
//!   decoding gives, of every undamaged file: two fields are one frame, hidden frames are none.
//! - *Pixels equal OpenCV's.* With [`Color::Cv2Compatible`] and [`PixelAspect::Stored`] they are
//!   bit-identical to OpenCV 4.10's, with FFmpeg 5 on x86-64 (tests compare digests of 23 clips). Known
//!   errors of OpenCV are not reproduced: mirrored video is mirrored, an orientation in the stream is
//!   obeyed where the container has none, frames that change size keep their own, the last rows of
//!   ten-bit video are decoded, and damaged files give more frames.
//! - *Skipping changes nothing.* After [`Video::count_frames`], packets that no selected frame needs
//!   are skipped: frames without dependents in H.264, HEVC and MPEG-4 part 2, and everything up to a
//!   key frame in these, VP9 and AV1, open groups included. The frames are bit-identical to those of a
//!   full decode, as long as each skipped packet is undamaged, and streams keep the promises of their
//!   headers: that a recovery point of H.264 is exact, for example. Nothing is skipped where time
//!   stamps are missing, repeated or not in display order. If anything that is decoded differs from
//!   the plan, the whole file is decoded again. `--example seek` measures it.

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
pub use reading::{
    Color, Frame, Info, OpenOptions, PixelAspect, Selection, Stats, VIDEO_EXTENSIONS,
};
pub use writing::{Codec, WriterOptions};
