//! Frames that wait: those that a thread of its own decodes, ahead of whoever takes them.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;

use scade_image::RgbImage;
use scade_video::{Color, PixelAspect, Selection};

use crate::decode::decode;
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

/// A video or image and how it is read. What is an image by [`Media::of`](crate::Media::of) is one frame.
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
    /// A video of the same frames, or an image, that is white where this one is forged.
    pub masks: Option<PathBuf>,
}

/// What is known of a video once it is decoded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DecodeSummary {
    /// Average frames per second; 0 where the file does not say.
    pub fps: f64,
    /// Number of frames in the file.
    pub total_frames: usize,
    /// Whether it is an image: one frame without a time.
    pub is_image: bool,
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
    planned: Arc<OnceLock<u64>>,
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
    pub(crate) fn append(&mut self, mut next: Self) {
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
        let planned = Arc::new(OnceLock::new());
        let sink = FrameSink { chunks: sender, spare, planned: Arc::clone(&planned) };
        let work = move || {
            let mut summary = DecodeSummary::default();
            let end = decode(&source, &sink, &mut summary);
            // Closes the channel: the end of the frames.
            drop(sink);
            (summary, end)
        };
        let decoder = std::thread::Builder::new().name("decoder".into()).spawn(work);
        let decoder = Some(decoder.map_err(Error::Thread)?);
        Ok(Self { next: None, chunks: Some(chunks), used, planned, decoder })
    }

    /// How many frames are wanted, at most; `None` before the video is open. Known with the first frame.
    #[must_use]
    pub fn planned(&self) -> Option<u64> {
        self.planned.get().copied()
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
    /// The second value is [`Error::Video`] for a file that cannot be opened or decoded, or the error of
    /// [`crate::read_image`].
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
pub(crate) struct FrameSink {
    chunks: SyncSender<Chunk>,
    spare: Receiver<Vec<RgbImage>>,
    planned: Arc<OnceLock<u64>>,
}

impl FrameSink {
    /// Tells how many of `count` frames a selection wants.
    pub(crate) fn plan(&self, selection: Selection, count: u64) {
        let frames = count.div_ceil(selection.every.max(1));
        // One video is planned once.
        let _ = self.planned.set(selection.max.map_or(frames, |max| frames.min(max)));
    }

    /// Images whose memory can be written again.
    pub(crate) fn spare(&self) -> impl Iterator<Item = RgbImage> {
        self.spare.try_iter().flatten()
    }
}

/// Gathers frames into chunks that grow.
pub(crate) struct Chunks<'a> {
    sink: &'a FrameSink,
    chunk: Chunk,
    /// Frames of the next full chunk.
    most: usize,
}

impl<'a> Chunks<'a> {
    pub(crate) fn new(sink: &'a FrameSink) -> Self {
        Self { sink, chunk: Chunk::default(), most: FIRST_CHUNK }
    }

    /// Adds a frame; sends the chunk if it is full. False when nothing takes frames any more.
    pub(crate) fn push(
        &mut self,
        place: (u64, Option<f64>),
        image: RgbImage,
        mask: Option<RgbImage>,
    ) -> bool {
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
    pub(crate) fn send(&mut self) -> bool {
        self.chunk.images.is_empty()
            || self.sink.chunks.send(std::mem::take(&mut self.chunk)).is_ok()
    }
}

#[cfg(test)]
pub(crate) mod tests {
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

    pub(crate) fn source(path: impl Into<PathBuf>, max: u64) -> FrameSource {
        FrameSource {
            path: path.into(),
            frames: Frames::Spread { max, pace: crate::Pace::Any },
            color: Color::default(),
            aspect: PixelAspect::default(),
            threads: 1,
            masks: None,
        }
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
