//! The synthetic clip, which needs FFmpeg.

use std::path::Path;

use scade_video::{Codec, Writer, WriterOptions};

use crate::Sample;
use crate::samples::{CLIP_FPS, CLIP_FRAMES, clip_frame, scenes};

/// Renders a sample into a file; see [`RenderSample`](crate::RenderSample).
///
/// # Errors
/// When the file cannot be written, or this build has no FFmpeg.
pub fn render(sample: Sample, path: &Path) -> Result<(), String> {
    if !sample.is_video() {
        return sample.render_image(path);
    }
    // The writer takes the format from the ending, and the name of an upload has none.
    let named = path.with_extension("mp4");
    write(&named).map_err(|error| scade_settings::error_chain(&error))?;
    std::fs::rename(&named, path).map_err(|error| error.to_string())
}

fn write(path: &Path) -> Result<(), scade_video::Error> {
    let scenes = scenes(CLIP_FRAMES);
    let first = clip_frame(&scenes, 0);
    let options = WriterOptions {
        fps: CLIP_FPS,
        codec: Codec::Mpeg4,
        quality: 2,
        ..WriterOptions::new(first.width(), first.height())
    };
    let mut writer = Writer::create(path, &options)?;
    writer.write(&first)?;
    for number in 1..CLIP_FRAMES {
        writer.write(&clip_frame(&scenes, number))?;
    }
    writer.finish()
}
