//! The parts of the program.

pub(crate) mod args;
#[cfg(feature = "detector")]
pub(crate) mod calibrate;
#[cfg(feature = "detector")]
pub(crate) mod datasets;
#[cfg(feature = "detector")]
pub(crate) mod models;
pub(crate) mod output;
pub(crate) mod scores;
#[cfg(feature = "detector")]
pub(crate) mod seen;

/// What the header of a video says; `None` where it cannot be read.
#[cfg(feature = "detector")]
pub(crate) fn video_facts(path: &std::path::Path) -> Option<scade_eval::VideoFacts> {
    let video = scade_video::Video::open(path, &scade_video::OpenOptions::default()).ok()?;
    let info = video.info();
    Some(scade_eval::VideoFacts {
        width: info.width,
        height: info.height,
        duration: info.duration,
        frame_rate: info.fps,
        frames: info.frames,
        codec: info.codec.clone(),
    })
}

/// Without a decoder a video is its size and kind.
#[cfg(not(feature = "detector"))]
pub(crate) fn video_facts(_: &std::path::Path) -> Option<scade_eval::VideoFacts> {
    None
}
