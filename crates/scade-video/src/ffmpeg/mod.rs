//! The real thing: everything that calls FFmpeg.

mod boxes;
mod frames;
mod orientation;
mod part;
mod plan;
mod scaler;
mod scan;
mod source;
mod video;
mod watch;
mod writer;

pub use frames::Frames;
pub use video::Video;
pub use writer::Writer;

use std::sync::Once;

use crate::Cause;

/// Fills FFmpeg's table of error texts and silences its own messages on stderr, once. What it
/// would print comes back as errors and counts.
fn init() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It only fills tables and has no way to fail.
        let _ = ffmpeg_next::init();
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    });
}

fn cause(error: ffmpeg_next::Error) -> Cause {
    Box::new(error)
}

/// A video from something that is not a file; for tests of disks that fail.
#[cfg(test)]
pub(crate) fn from_stream(
    path: &std::path::Path,
    io: impl std::io::Read + std::io::Seek + Send + 'static,
    options: &crate::OpenOptions,
) -> Result<Video, crate::Error> {
    Video::from_source(source::Source::demux(path, io, options.time_limit)?, options)
}
