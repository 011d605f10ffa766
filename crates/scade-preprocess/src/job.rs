//! One video into the store.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use scade_data::{FaceId, Status, Store, VideoRecord, VideoWriter};
use scade_face::{Kernels, Tracker};
use scade_image::RgbImage;
use scade_video::{Frame, OpenOptions, Selection, Video};

use crate::masks::{self, Masks};
use crate::{Config, Error, Frames, Missed, Preparer, Source};

/// Most frames that are handed on together. The first chunks are smaller, so that there is soon something to
/// look at.
const CHUNK: usize = 16;
const FIRST_CHUNK: usize = 1;

/// Bytes of pictures in a chunk that is not a single picture.
const CHUNK_BYTES: usize = 8 << 20;

/// Chunks that wait to be looked at. All that wait are taken at once, so that at most twice as many and two
/// are in memory: one is being filled.
const WAITING: usize = 3;

/// Prepares one video of the dataset that `config` names, decoded on `threads`, and records how it went.
///
/// A video that cannot be decoded becomes a record with the reason, not an error. `preparer` is asked for
/// when there is a frame to look at; where there is none, nothing is recorded.
///
/// # Errors
/// Only what would meet every other video too: a store that cannot be written, a failing detector.
pub(crate) fn prepare_video<'a, B: Kernels>(
    preparer: &impl Fn() -> Option<&'a Preparer<B>>,
    store: &Store,
    source: &Source,
    config: &Config,
    threads: usize,
) -> Result<Option<VideoRecord>, Error> {
    let mut record = VideoRecord::new(&source.key);
    source.describe(&config.dataset, &mut record);
    let mut writer = store.begin_video(&source.key)?;
    match fill(preparer, source, config, threads, &mut record, &mut writer) {
        Ok(None) => return Ok(None),
        Ok(Some(())) => {
            if (record.sampled_frames as u64) < config.frames.min {
                record.status = Status::Skipped;
                let (got, min) = (record.sampled_frames, config.frames.min);
                record.reason = Some(format!("{got} sampled frames, at least {min} are needed"));
            }
        }
        Err(Error::Video(error)) => {
            record.status = Status::Error;
            record.reason = Some(chain(&error));
        }
        Err(other) => return Err(other),
    }
    Ok(Some(writer.finish(record)?))
}

/// Decodes the wanted frames on threads of their own, and adds their faces. `None` without a preparer.
fn fill<'a, B: Kernels>(
    preparer: &impl Fn() -> Option<&'a Preparer<B>>,
    source: &Source,
    config: &Config,
    threads: usize,
    record: &mut VideoRecord,
    writer: &mut VideoWriter<'_>,
) -> Result<Option<()>, Error> {
    let masks = source.mask.as_deref().filter(|_| config.masks);
    let colour = config.preparation.colour;
    let options = OpenOptions { colour, threads, ..OpenOptions::default() };
    let ended = std::thread::scope(|scope| {
        let (sender, chunks) = sync_channel(WAITING);
        // Memory that was written once is faster to write again than new memory.
        let (used, spare) = channel();
        let decoder = scope.spawn(move || {
            let mut decoded = Decoded::default();
            let taker = Taker { chunks: sender, spare };
            let end = decode(source, &options, &config.frames, masks, &taker, &mut decoded);
            (decoded, end)
        });
        let mut tracker = Tracker::new();
        // Together, because faces of several pictures are cut out by several threads; few when they come
        // slowly, and then nothing waits.
        while let Ok(mut chunk) = chunks.recv() {
            chunks.try_iter().take(WAITING).for_each(|next| chunk.append(next));
            let Some(preparer) = preparer() else { return Ok(None) };
            add_faces(preparer, &chunk, &mut tracker, record, writer)?;
            // The decoder may have ended already.
            let _ = used.send(chunk.pictures);
        }
        let ended = decoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        Ok::<_, Error>(Some(ended))
    })?;
    let Some((decoded, end)) = ended else { return Ok(None) };
    record.fps = decoded.fps;
    record.total_frames = decoded.total_frames;
    record.damage = decoded.damage;
    if let Some(damage) = &record.damage {
        tracing::warn!("{}: {damage}; what could be read is used", source.path.display());
    }
    Ok(Some(end?))
}

/// Wanted frames with their numbers and, where the video has them, their masks.
#[derive(Default)]
struct Chunk {
    indices: Vec<usize>,
    pictures: Vec<RgbImage>,
    masks: Vec<Option<RgbImage>>,
}

impl Chunk {
    fn append(&mut self, mut next: Self) {
        self.indices.append(&mut next.indices);
        self.pictures.append(&mut next.pictures);
        self.masks.append(&mut next.masks);
    }
}

/// What is known of a video beside its frames.
#[derive(Default)]
struct Decoded {
    fps: f64,
    total_frames: usize,
    damage: Option<String>,
}

/// Where frames go, and where the pictures come from that are no longer needed.
struct Taker {
    chunks: SyncSender<Chunk>,
    spare: Receiver<Vec<RgbImage>>,
}

/// Sends the wanted frames to whoever takes them, until nobody does.
fn decode(
    source: &Source,
    options: &OpenOptions,
    frames: &Frames,
    masks: Option<&Path>,
    taker: &Taker,
    decoded: &mut Decoded,
) -> Result<(), scade_video::Error> {
    let mut video = Video::open(&source.path, options)?;
    decoded.fps = video.info().fps.unwrap_or(0.0);
    decoded.total_frames = video.count_frames()? as usize;
    let selection = Selection { every: frames.every, max: Some(frames.max) };
    let mut masks = masks.map(|path| Masks::open(path, selection)).transpose()?;
    let mut wanted = video.frames(selection);
    let mut chunk = Chunk::default();
    let mut most = FIRST_CHUNK;
    while let Some(frame) = wanted.next() {
        let Frame { index, picture, .. } = frame?;
        let mask = masks.as_mut().and_then(|masks| masks.at(index, picture.dimensions()));
        let bytes = picture.as_raw().len() + mask.as_ref().map_or(0, |mask| mask.as_raw().len());
        chunk.indices.push(index as usize);
        chunk.masks.push(mask);
        chunk.pictures.push(picture);
        let count = chunk.pictures.len();
        if count == most || (count + 1) * bytes > CHUNK_BYTES {
            most = CHUNK.min(2 * most);
            if taker.chunks.send(std::mem::take(&mut chunk)).is_err() {
                return Ok(());
            }
            taker.spare.try_iter().flatten().for_each(|picture| wanted.reuse(picture));
        }
    }
    decoded.damage = wanted.stats().damage();
    if let Some(error) = masks.and_then(|masks| masks.end) {
        tracing::warn!("the masks of {} end early: {error}", source.path.display());
    }
    // An error says that nobody takes it any more.
    let _ = if chunk.pictures.is_empty() { Ok(()) } else { taker.chunks.send(chunk) };
    Ok(())
}

fn add_faces<B: Kernels>(
    preparer: &Preparer<B>,
    chunk: &Chunk,
    tracker: &mut Tracker,
    record: &mut VideoRecord,
    writer: &mut VideoWriter<'_>,
) -> Result<(), Error> {
    record.sampled_frames += chunk.pictures.len();
    let is_forged = |place: usize, face: &_| {
        chunk.masks[place].as_ref().is_none_or(|mask| masks::marks(mask, face))
    };
    let prepared = preparer.prepare_where(&chunk.pictures, is_forged)?;
    for (place, prepared) in prepared.iter().enumerate() {
        match prepared.missed {
            None => {}
            Some(Missed::NoFace) => record.missed.no_face += 1,
            Some(Missed::Outside) => record.missed.outside += 1,
            Some(Missed::Unforged) => record.missed.unforged += 1,
        }
        let size = chunk.pictures[place].dimensions();
        let boxes: Vec<_> = prepared.faces.iter().map(|face| face.face.bbox).collect();
        let tracks = preparer.preparation().faces.follow(tracker, &boxes);
        for (face, track) in prepared.faces.iter().zip(tracks) {
            record.tiny_faces += usize::from(face.is_tiny());
            record.blurred_faces += usize::from(face.is_blurred());
            record.border_faces += usize::from(face.is_at_border(size));
            let id = FaceId { frame: chunk.indices[place], track };
            writer.add_face(id, &face.file, face.defocus.as_ref())?;
            let mask = chunk.masks[place].as_ref();
            if let Some(cut) =
                mask.map(|mask| preparer.cut(mask, &face.face)).transpose()?.flatten()
            {
                writer.add_mask(id, &masks::png(&cut).map_err(scade_data::Error::Crop)?)?;
            }
        }
    }
    record.failed_detections = record.missed.total();
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
