//! The implementation with FFmpeg.

mod aspect;
mod boxes;
mod choice;
mod decoding;
mod frames;
mod images;
mod needed;
mod orientation;
mod part;
mod plan;
mod reason;
mod scaler;
mod scan;
mod source;
mod video;
mod watch;
mod writer;

pub use frames::Frames;
pub use video::Video;
pub use writer::Writer;

use std::sync::{Mutex, Once, PoisonError};

use crate::Cause;

/// Reading ends after this many errors in a row: at least four seconds of video, because a decoder that
/// lost its key frame may fail until the next one.
pub(super) const MAX_BAD_IN_A_ROW: u32 = 1000;

/// Fills FFmpeg's table of error texts and silences its messages on stderr, once. They are reported as
/// errors and counts instead.
fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It only fills tables and cannot fail.
        let _ = ffmpeg_next::init();
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    });
}

/// Bounds each memory block of FFmpeg, in the whole process, to planes of `pixels` at four bytes; the
/// largest number so far counts.
///
/// When FFmpeg opens a file it decodes some frames before their size can be checked: three frames of
/// 16000 × 16000 in a file of 750 kB took 1.1 GB.
fn allow_pixels(pixels: u64) {
    /// For tables and packets.
    const OTHER: u64 = 16 << 20;
    static ALLOWED: Mutex<u64> = Mutex::new(0);
    let mut allowed = ALLOWED.lock().unwrap_or_else(PoisonError::into_inner);
    *allowed = pixels.max(*allowed);
    let bytes = allowed.saturating_mul(4).saturating_add(OTHER);
    // SAFETY: it sets one number, for later allocations.
    unsafe { ffmpeg_next::ffi::av_max_alloc(usize::try_from(bytes).unwrap_or(usize::MAX)) };
}

fn cause(error: ffmpeg_next::Error) -> Cause {
    Box::new(error)
}

/// A video from any reader; for tests of failing disks.
#[cfg(test)]
pub(crate) fn from_stream(
    path: &std::path::Path,
    io: impl std::io::Read + std::io::Seek + Send + 'static,
    options: &crate::OpenOptions,
) -> Result<Video, crate::Error> {
    Video::from_source(
        source::Source::demux(path, io, options.time_limit, source::Probe::Full)?,
        options,
    )
}
