//! One video into the store.

use burn::tensor::backend::Backend;
use scade_data::{Status, Store, VideoRecord, VideoWriter};
use scade_image::RgbImage;
use scade_video::{OpenOptions, Selection, Video};

use crate::{Error, Frames, Missed, Preparer, Source};

/// Frames that are decoded before faces are looked for in all of them together: enough to keep the
/// detector's batches full, few enough that even 4K frames stay below 200 MB.
const CHUNK: usize = 8;

/// Prepares one video and records how it went.
///
/// A video that cannot be decoded becomes a record with the reason, not an error.
///
/// # Errors
/// Only what would meet every other video too: a store that cannot be written, a failing detector.
pub(crate) fn prepare_video<B: Backend>(
    preparer: &Preparer<B>,
    store: &Store,
    source: &Source,
    frames: &Frames,
) -> Result<VideoRecord, Error> {
    let mut record = VideoRecord::new(&source.key);
    source.describe(&mut record);
    let mut writer = store.begin_video(&source.key)?;
    match fill(preparer, source, frames, &mut record, &mut writer) {
        Ok(()) => {
            if (record.sampled_frames as u64) < frames.min {
                record.status = Status::Skipped;
                let (got, min) = (record.sampled_frames, frames.min);
                record.reason = Some(format!("{got} sampled frames, at least {min} are needed"));
            }
        }
        Err(Error::Video(error)) => {
            record.status = Status::Error;
            record.reason = Some(chain(&error));
        }
        Err(other) => return Err(other),
    }
    Ok(writer.finish(record)?)
}

/// Decodes the wanted frames and adds their faces.
fn fill<B: Backend>(
    preparer: &Preparer<B>,
    source: &Source,
    frames: &Frames,
    record: &mut VideoRecord,
    writer: &mut VideoWriter<'_>,
) -> Result<(), Error> {
    let mut video = Video::open(&source.path, &OpenOptions::default())?;
    record.fps = video.info().fps.unwrap_or(0.0);
    record.total_frames = video.count_frames()? as usize;
    let mut decoded = video.frames(Selection { every: frames.every, max: Some(frames.max) });
    loop {
        let mut indices = Vec::with_capacity(CHUNK);
        let mut pictures: Vec<RgbImage> = Vec::with_capacity(CHUNK);
        for frame in decoded.by_ref().take(CHUNK) {
            let frame = frame?;
            indices.push(frame.index as usize);
            pictures.push(frame.picture);
        }
        if pictures.is_empty() {
            break;
        }
        record.sampled_frames += pictures.len();
        for (index, face) in indices.iter().zip(preparer.prepare(&pictures)?) {
            match face {
                Ok(face) => {
                    record.tiny_faces += usize::from(face.is_tiny());
                    writer.add_frame(*index, &face.jpeg, face.defocus.as_ref())?;
                }
                Err(Missed::NoFace) => record.missed.no_face += 1,
                Err(Missed::Outside) => record.missed.outside += 1,
            }
            record.failed_detections = record.missed.no_face + record.missed.outside;
        }
    }
    record.damage = decoded.stats().damage();
    if let Some(damage) = &record.damage {
        tracing::warn!("{}: {damage}; what could be read is used", source.path.display());
    }
    Ok(())
}

/// An error with all its causes, for a record.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
