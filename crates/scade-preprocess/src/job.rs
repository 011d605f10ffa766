//! One video into the store.

use std::sync::mpsc::{SyncSender, sync_channel};

use burn::tensor::backend::Backend;
use scade_data::{Status, Store, VideoRecord, VideoWriter};
use scade_image::RgbImage;
use scade_video::{Frame, OpenOptions, Selection, Video};

use crate::{Error, Frames, Missed, Preparer, Source};

/// Most frames in which faces are looked for together: enough to keep the detector's batches full. The
/// first chunks are smaller, so that there is soon something to look at.
const CHUNK: usize = 8;
const FIRST_CHUNK: usize = 2;

/// Bytes of pictures in a chunk that is not a single picture. Two chunks are in memory, one being
/// decoded, one being looked at.
const CHUNK_BYTES: usize = 64 << 20;

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

/// Decodes the wanted frames on a thread of its own, and adds their faces.
fn fill<B: Backend>(
    preparer: &Preparer<B>,
    source: &Source,
    frames: &Frames,
    record: &mut VideoRecord,
    writer: &mut VideoWriter<'_>,
) -> Result<(), Error> {
    let options = OpenOptions { colour: preparer.preparation().colour, ..OpenOptions::default() };
    let (decoded, end) = std::thread::scope(|scope| {
        // Without room in between: the next chunk is decoded while this one is looked at.
        let (sender, chunks) = sync_channel(0);
        let decoder = scope.spawn(move || {
            let mut decoded = Decoded::default();
            let end = decode(source, &options, frames, &sender, &mut decoded);
            (decoded, end)
        });
        for chunk in chunks {
            add_faces(preparer, &chunk, record, writer)?;
        }
        Ok::<_, Error>(decoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })?;
    record.fps = decoded.fps;
    record.total_frames = decoded.total_frames;
    record.damage = decoded.damage;
    if let Some(damage) = &record.damage {
        tracing::warn!("{}: {damage}; what could be read is used", source.path.display());
    }
    Ok(end?)
}

/// Wanted frames with their numbers.
#[derive(Default)]
struct Chunk {
    indices: Vec<usize>,
    pictures: Vec<RgbImage>,
}

/// What is known of a video beside its frames.
#[derive(Default)]
struct Decoded {
    fps: f64,
    total_frames: usize,
    damage: Option<String>,
}

/// Sends the wanted frames to whoever takes them, until nobody does.
fn decode(
    source: &Source,
    options: &OpenOptions,
    frames: &Frames,
    taker: &SyncSender<Chunk>,
    decoded: &mut Decoded,
) -> Result<(), scade_video::Error> {
    let mut video = Video::open(&source.path, options)?;
    decoded.fps = video.info().fps.unwrap_or(0.0);
    decoded.total_frames = video.count_frames()? as usize;
    let mut wanted = video.frames(Selection { every: frames.every, max: Some(frames.max) });
    let mut chunk = Chunk::default();
    let mut most = FIRST_CHUNK;
    for frame in wanted.by_ref() {
        let Frame { index, picture, .. } = frame?;
        let bytes = picture.as_raw().len();
        chunk.indices.push(index as usize);
        chunk.pictures.push(picture);
        let count = chunk.pictures.len();
        if count == most || (count + 1) * bytes > CHUNK_BYTES {
            most = CHUNK.min(2 * most);
            if taker.send(std::mem::take(&mut chunk)).is_err() {
                return Ok(());
            }
        }
    }
    decoded.damage = wanted.stats().damage();
    // An error says that nobody takes it any more.
    let _ = if chunk.pictures.is_empty() { Ok(()) } else { taker.send(chunk) };
    Ok(())
}

fn add_faces<B: Backend>(
    preparer: &Preparer<B>,
    chunk: &Chunk,
    record: &mut VideoRecord,
    writer: &mut VideoWriter<'_>,
) -> Result<(), Error> {
    record.sampled_frames += chunk.pictures.len();
    for (index, face) in chunk.indices.iter().zip(preparer.prepare(&chunk.pictures)?) {
        match face {
            Ok(face) => {
                record.tiny_faces += usize::from(face.is_tiny());
                writer.add_frame(*index, &face.jpeg, face.defocus.as_ref())?;
            }
            Err(Missed::NoFace) => record.missed.no_face += 1,
            Err(Missed::Outside) => record.missed.outside += 1,
        }
    }
    record.failed_detections = record.missed.no_face + record.missed.outside;
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
