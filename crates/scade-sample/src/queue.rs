//! A video decoded on a thread of its own: chunks of wanted frames, ahead of whoever takes them.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use scade_fs::FileKind;
use scade_image::{RgbImage, webp_frames};
use scade_video::{Color, Frame, OpenOptions, PixelAspect, Selection, Video};

use crate::masks::Masks;
use crate::{Error, Frames};

/// Maximum number of frames in a chunk. The first chunks are smaller, so that there is soon something to
/// work on.
const CHUNK: usize = 16;
const FIRST_CHUNK: usize = 1;

/// Bytes of images in a chunk that holds more than one.
const CHUNK_BYTES: usize = 8 << 20;

/// Chunks that wait to be taken. All that wait are taken at once, so that at most twice as many and two
/// are in memory: one is being filled.
const WAITING: usize = 3;

/// Maximum number of threads that decode one video: as many as FFmpeg takes by itself. Frames wait for those
/// they refer to.
const MAX_DECODING_THREADS: usize = 16;

/// Threads that decode each of `videos` videos on `cores` cores. One each keeps the cores busiest as long
/// as there are enough videos; where cores are left, one more than those, so that none is idle while the
/// thread that feeds the decoder converts a frame. The number changes no pixel.
#[must_use]
pub fn decoding_threads(cores: usize, videos: usize) -> usize {
    match cores / videos.max(1) {
        0 | 1 => 1,
        cores => cores.saturating_add(1).min(MAX_DECODING_THREADS),
    }
}

/// A video and how it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct FrameSource {
    /// The file.
    pub path: PathBuf,
    /// Which frames are wanted.
    pub frames: Frames,
    /// Which matrix turns them into red, green and blue.
    pub color: Color,
    /// What becomes of pixels that are not square.
    pub aspect: PixelAspect,
    /// Decoding threads; 0 is one per core.
    pub threads: usize,
    /// A video of the same frames that is white where this one is forged.
    pub masks: Option<PathBuf>,
}

/// What is known of a video once it is decoded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecodeSummary {
    /// Average frames per second; 0 where the file does not say.
    pub fps: f64,
    /// Number of frames in the file.
    pub total_frames: usize,
    /// What is wrong with the file, in words: the frames are those that could be decoded.
    pub damage: Option<String>,
    /// Why the masks end before the frames do, if they do.
    pub masks_end: Option<String>,
}

/// The wanted frames of a video, decoded ahead on a thread of its own with bounded memory. Dropping it
/// ends the thread.
#[derive(Debug)]
pub struct FrameQueue {
    /// A chunk that was waited for and not taken yet.
    next: Option<Chunk>,
    chunks: Option<Receiver<Chunk>>,
    used: Sender<Vec<RgbImage>>,
    decoder: Option<JoinHandle<Ended>>,
}

/// What the decoding thread leaves.
type Ended = (DecodeSummary, Result<(), Error>);

/// Wanted frames and, where the video has them, their masks.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Number and time of each frame.
    pub(crate) places: Vec<(u64, Option<f64>)>,
    pub(crate) images: Vec<RgbImage>,
    pub(crate) masks: Vec<Option<RgbImage>>,
}

impl Chunk {
    fn append(&mut self, mut next: Self) {
        self.places.append(&mut next.places);
        self.images.append(&mut next.images);
        self.masks.append(&mut next.masks);
    }
}

impl FrameQueue {
    /// Starts to decode. A file that cannot be opened is an error of the stream, not of this call.
    ///
    /// # Errors
    /// [`Error::Thread`].
    pub fn open(source: FrameSource) -> Result<Self, Error> {
        let (sender, chunks) = sync_channel(WAITING);
        // Memory that was written before is faster to write than new memory.
        let (used, spare) = channel();
        let work = move || {
            let mut summary = DecodeSummary::default();
            let end = decode(&source, &FrameSink { chunks: sender, spare }, &mut summary);
            (summary, end)
        };
        let decoder = std::thread::Builder::new().name("decoder".into()).spawn(work);
        let decoder = Some(decoder.map_err(Error::Thread)?);
        Ok(Self { next: None, chunks: Some(chunks), used, decoder })
    }

    /// Waits for the first frame that is not taken yet. False when there is none.
    pub fn wait(&mut self) -> bool {
        if self.next.is_none() {
            self.next = self.chunks.as_ref().and_then(|chunks| chunks.recv().ok());
        }
        self.next.is_some()
    }

    /// All frames that wait, at least one; `None` at the end.
    pub(crate) fn take(&mut self) -> Option<Chunk> {
        self.wait();
        let mut chunk = self.next.take()?;
        let waiting = self.chunks.iter().flat_map(Receiver::try_iter);
        waiting.take(WAITING).for_each(|next| chunk.append(next));
        Some(chunk)
    }

    /// Takes back the memory of images that are no longer needed.
    pub(crate) fn give_back(&self, images: Vec<RgbImage>) {
        // The decoder may have ended already.
        let _ = self.used.send(images);
    }

    /// What is known of the video, and whether decoding failed. Frames that were not taken are dropped.
    ///
    /// # Errors
    /// The second value is [`Error::Video`] for a file that cannot be opened or decoded.
    pub fn finish(mut self) -> (DecodeSummary, Result<(), Error>) {
        self.end()
    }

    /// How decoding ended. Frames that were not taken are dropped.
    pub(crate) fn end(&mut self) -> Ended {
        // The decoder sees that nothing is taken any more.
        (self.next, self.chunks) = (None, None);
        match self.decoder.take() {
            Some(decoder) => {
                decoder.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
            None => (DecodeSummary::default(), Ok(())),
        }
    }
}

impl Drop for FrameQueue {
    fn drop(&mut self) {
        (self.next, self.chunks) = (None, None);
        if let Some(decoder) = self.decoder.take() {
            // A panic there is not worth a second one here.
            let _ = decoder.join();
        }
    }
}

/// Where frames go, and where memory comes from that is no longer needed.
struct FrameSink {
    chunks: SyncSender<Chunk>,
    spare: Receiver<Vec<RgbImage>>,
}

/// Gathers frames into chunks that grow.
struct Chunks<'a> {
    sink: &'a FrameSink,
    chunk: Chunk,
    /// Frames of the next full chunk.
    most: usize,
}

impl<'a> Chunks<'a> {
    fn new(sink: &'a FrameSink) -> Self {
        Self { sink, chunk: Chunk::default(), most: FIRST_CHUNK }
    }

    /// Adds a frame; sends the chunk if it is full. False when nothing takes frames any more.
    fn push(&mut self, place: (u64, Option<f64>), image: RgbImage, mask: Option<RgbImage>) -> bool {
        let bytes = image.as_raw().len() + mask.as_ref().map_or(0, |mask| mask.as_raw().len());
        self.chunk.places.push(place);
        self.chunk.masks.push(mask);
        self.chunk.images.push(image);
        let count = self.chunk.images.len();
        if count < self.most && (count + 1) * bytes <= CHUNK_BYTES {
            return true;
        }
        self.most = CHUNK.min(2 * self.most);
        self.send()
    }

    /// Sends what is left.
    fn send(&mut self) -> bool {
        self.chunk.images.is_empty()
            || self.sink.chunks.send(std::mem::take(&mut self.chunk)).is_ok()
    }
}

/// Sends the wanted frames until all are sent or nothing takes them any more.
fn decode(
    source: &FrameSource,
    sink: &FrameSink,
    summary: &mut DecodeSummary,
) -> Result<(), Error> {
    // What cannot be read is reported by whoever opens it.
    if let Ok(Some(FileKind::AnimatedWebp)) = FileKind::read(&source.path) {
        return decode_webp(source, sink, summary);
    }
    let FrameSource { color, aspect, threads, .. } = *source;
    let options = OpenOptions { color, aspect, threads, ..OpenOptions::default() };
    let mut video = Video::open(&source.path, &options)?;
    summary.fps = video.info().fps.unwrap_or(0.0);
    let count = video.count_frames()?;
    summary.total_frames = usize::try_from(count).unwrap_or(usize::MAX);
    let selection = source.frames.of(count);
    let mut masks = source.masks.as_deref().map(|path| Masks::open(path, selection)).transpose()?;
    let mut wanted = video.frames(selection);
    let mut chunks = Chunks::new(sink);
    while let Some(frame) = wanted.next() {
        let Frame { index, time, image, .. } = frame?;
        let mask = masks.as_mut().and_then(|masks| masks.at(index, image.dimensions()));
        if !chunks.push((index, time), image, mask) {
            return Ok(());
        }
        sink.spare.try_iter().flatten().for_each(|image| wanted.reuse(image));
    }
    summary.damage = wanted.stats().damage();
    summary.masks_end = masks.and_then(|masks| masks.end).map(|error| error.to_string());
    chunks.send();
    Ok(())
}

/// The same for an animated WebP. It is decoded twice: only that gives the number of its frames.
fn decode_webp(
    source: &FrameSource,
    sink: &FrameSink,
    summary: &mut DecodeSummary,
) -> Result<(), Error> {
    let path = || source.path.clone();
    let read = scade_fs::read(&source.path);
    let bytes = read.map_err(|source| Error::ImageFile { path: path(), source })?;
    let frames = || webp_frames(&bytes).map_err(|source| Error::Image { path: path(), source });
    let count = frames()?.take_while(Result::is_ok).count();
    summary.total_frames = count;
    let Selection { every, max } = source.frames.of(count as u64);
    let max = max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(usize::MAX));
    let every = usize::try_from(every.max(1)).unwrap_or(usize::MAX);
    let mut chunks = Chunks::new(sink);
    for (index, frame) in frames()?.enumerate() {
        match frame {
            Ok((image, time)) if index % every == 0 && index / every < max => {
                if !chunks.push((index as u64, Some(time.as_secs_f64())), image, None) {
                    return Ok(());
                }
            }
            Ok(_) => {}
            Err(error) if index == 0 => return Err(Error::Image { path: path(), source: error }),
            Err(error) => {
                summary.damage = Some(format!("frame {index} is damaged: {error}"));
                break;
            }
        }
    }
    chunks.send();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_that_are_left_decode_but_not_without_end() {
        for (jobs, videos, threads) in [
            (1, 1, 1),
            (2, 1, 3),
            (4, 3, 1),
            (4, 2, 3),
            (64, 1, 16),
            (usize::MAX, 1, 16),
            (2, 0, 3),
        ] {
            assert_eq!(decoding_threads(jobs, videos), threads, "{jobs} jobs, {videos} videos");
        }
    }

    fn source(path: impl Into<PathBuf>, max: u64) -> FrameSource {
        FrameSource {
            path: path.into(),
            frames: Frames::Spread { max },
            color: Color::default(),
            aspect: PixelAspect::default(),
            threads: 1,
            masks: None,
        }
    }

    /// ```python
    /// ims = [Image.new("RGB", (32, 24), (20*i, 255 - 20*i, 10*i)) for i in range(12)]     # Pillow 12
    /// ims[0].save("animated.webp", save_all=True, append_images=ims[1:], duration=40, lossless=True)
    /// ```
    #[test]
    fn an_animated_webp_has_frames_and_times() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/animated.webp");
        let mut queue = FrameQueue::open(source(path, 4)).unwrap();
        let mut chunks = Chunk::default();
        while let Some(chunk) = queue.take() {
            chunks.append(chunk);
        }
        let (summary, end) = queue.finish();
        end.unwrap();
        assert_eq!((summary.total_frames, summary.damage), (12, None));
        let numbers: Vec<u64> = chunks.places.iter().map(|place| place.0).collect();
        assert_eq!(numbers, [0, 3, 6, 9]);
        let time = chunks.places[3].1.unwrap();
        assert!((time - 0.36).abs() < 1e-9, "{time}");
        for (number, image) in numbers.iter().zip(&chunks.images) {
            let i = *number as u8;
            assert_eq!(image.dimensions(), (32, 24));
            // The decoder blends opaque pixels as well, and rounds down.
            let expected = [20 * i, 255 - 20 * i, 10 * i];
            let got = image[(5, 5)].0;
            assert!(got.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{got:?}");
        }
    }

    #[test]
    fn an_animated_webp_cut_short_gives_what_is_there_and_says_so() {
        let whole = include_bytes!("../fixtures/animated.webp");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.webp");
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let mut queue = FrameQueue::open(source(path, 99)).unwrap();
        let mut frames = 0;
        while let Some(chunk) = queue.take() {
            frames += chunk.images.len();
        }
        let (summary, end) = queue.finish();
        // The decoder may refuse the whole file; whatever it does, it is not silent.
        assert!(frames < 12);
        assert!(end.is_err() || summary.damage.is_some(), "{frames} {summary:?}");
    }

    #[test]
    fn a_file_that_cannot_be_opened_is_an_error_of_the_queue() {
        let mut queue = FrameQueue::open(source("no/such/file.mp4", 3)).unwrap();
        assert!(!queue.wait());
        let (summary, end) = queue.finish();
        assert_eq!(summary, DecodeSummary::default());
        assert!(matches!(end, Err(Error::Video(_))));
    }
}
