//! An opened video file, before its first frame.

use std::path::Path;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::codec::{Id, threading};
use ffmpeg_next::format::stream::Stream;
use image::metadata::Orientation;

use super::scan::Scan;
use super::source::Source;
use super::{allow_pixels, aspect, cause, orientation};
use crate::{Error, Info, OpenOptions, PixelAspect};

/// Minimum limit of a decoder. MPEG-4 needs about 90 thousand pixels for the smallest frame.
const SCRATCH: u64 = 1 << 20;

/// A video file, open and ready to be decoded once.
pub struct Video {
    pub(super) source: Source,
    pub(super) decoder: ffmpeg::decoder::Video,
    pub(super) info: Info,
    /// By the container; `None` if it has none.
    pub(super) orientation: Option<Orientation>,
    pub(super) options: OpenOptions,
    pub(super) scan: Option<Scan>,
}

impl Video {
    /// Opens a regular file and reads its header.
    ///
    /// # Errors
    /// When the file is missing, empty or no regular file, holds no acceptable container or video
    /// stream, declares too large frames, has no decoder, or takes too long.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, Error> {
        allow_pixels(options.max_pixels);
        match Self::open_by_header(path, options)? {
            Some(video) => Ok(video),
            None => Self::open_by_decoding(path, options),
        }
    }

    /// Opens any file: FFmpeg decodes up to twenty frames to find what the header may lack.
    pub(crate) fn open_by_decoding(path: &Path, options: &OpenOptions) -> Result<Self, Error> {
        Self::from_source(Source::open(path, options.time_limit)?, options)
    }

    /// Opens a file with a complete header: one stream of H.264 that declares its frame reordering.
    /// `None` for others.
    pub(crate) fn open_by_header(
        path: &Path,
        options: &OpenOptions,
    ) -> Result<Option<Self>, Error> {
        let Some(source) = Source::open_by_header(path, options.time_limit)? else {
            return Ok(None);
        };
        let is_plain = source.video_streams() == 1 && source.stream().parameters().id() == Id::H264;
        let Some(video) = is_plain.then(|| Self::from_source(source, options).ok()).flatten()
        else {
            return Ok(None);
        };
        // SAFETY: the pointer is to the codec context that the decoder owns, where this plain integer may be
        // read. The decoder has it from the header; 0 may also mean that the header lacks it.
        let reordered = unsafe { (*video.decoder.as_ptr()).has_b_frames };
        let complete = reordered > 0 && video.info.frames.is_some() && video.info.fps.is_some();
        Ok(complete.then_some(video))
    }

    pub(super) fn from_source(source: Source, options: &OpenOptions) -> Result<Self, Error> {
        let decoder = decoder(&source, options)?;
        let orientation = orientation::of(&source.stream());
        let (mut width, mut height) = (decoder.width(), decoder.height());
        if options.aspect == PixelAspect::Square {
            (width, height) = aspect::square((width, height), aspect::of_stream(source.stream()));
        }
        if orientation.is_some_and(orientation::swaps_axes) {
            (width, height) = (height, width);
        }
        let stream = source.stream();
        let info = Info {
            width,
            height,
            fps: fps(&stream),
            frames: u64::try_from(stream.frames()).ok().filter(|&frames| frames > 0),
            duration: duration(&stream).or(source.duration()),
            codec: stream.parameters().id().name().to_owned(),
        };
        Ok(Self { source, decoder, info, orientation, options: options.clone(), scan: None })
    }

    /// Counts the frames of a file as [`Video::count_frames`] does, without opening it for decoding.
    ///
    /// # Errors
    /// As [`Video::open`] with the default [`OpenOptions::time_limit`], decoders aside.
    pub fn scan_frames(path: &Path) -> Result<u64, Error> {
        let options = OpenOptions::default();
        allow_pixels(options.max_pixels);
        Scan::read(path, &options).map(|scan| scan.frames)
    }

    /// Counts the frames that decoding the whole file would give, edit lists included; 0 where there
    /// are none. Use it to spread a [`Selection`](crate::Selection) over a clip. The result is kept:
    /// [`Video::frames`] then skips packets that no selected frame needs.
    ///
    /// It reads all packets, a few milliseconds, without decoding them where their headers specify how
    /// many frames they show: H.264, HEVC, VP8, VP9, AV1, MPEG-1, 2 and 4, GIF, APNG, and codecs of
    /// key frames only. Other codecs are decoded, and so are streams whose count only the decoder
    /// knows: those that begin without a key frame, with single fields, or with hidden frames in
    /// HEVC. In damaged files it is the number of packets, and decoding may give fewer frames.
    ///
    /// # Errors
    /// As [`Video::open`]: the file is opened once more.
    pub fn count_frames(&mut self) -> Result<u64, Error> {
        // SAFETY: the pointer is to the codec context that the decoder owns, where this plain integer
        // may be read.
        let delay = unsafe { (*self.decoder.as_ptr()).has_b_frames };
        let delay = usize::try_from(delay).unwrap_or(0);
        let scan = Scan::of(&self.source, delay, &self.options)?;
        Ok(self.scan.insert(scan).frames)
    }

    /// The contents of the header.
    #[must_use]
    pub fn info(&self) -> &Info {
        &self.info
    }

    /// The same file, again before its first frame.
    pub(super) fn reopen(&self) -> Result<Self, Error> {
        Self::open(self.source.path(), &self.options)
    }
}

impl std::fmt::Debug for Video {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Video")
            .field("path", &self.source.path())
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// A decoder for the video stream that refuses frames above the limit, now or later in the file.
fn decoder(source: &Source, options: &OpenOptions) -> Result<ffmpeg::decoder::Video, Error> {
    let path = || source.path().to_owned();
    let stream = source.stream();
    let codec = stream.parameters().id().name();
    let failed =
        |error| Error::NoDecoder { path: path(), codec: codec.to_owned(), source: cause(error) };
    let mut context =
        ffmpeg::codec::Context::from_parameters(stream.parameters()).map_err(failed)?;
    context.set_threading(threading::Config {
        kind: threading::Type::Frame,
        count: options.threads,
        ..Default::default()
    });
    // SAFETY: the pointer is to the codec context that `context` owns, not yet open, where these
    // plain integers may be read.
    let (width, height) = unsafe {
        let context = context.as_ptr();
        ((*context).width.max(0).cast_unsigned(), (*context).height.max(0).cast_unsigned())
    };
    if u64::from(width) * u64::from(height) > options.max_pixels {
        return Err(Error::TooLarge { path: path(), width, height, limit: options.max_pixels });
    }
    // A frame at the limit must still fit with the row padding and the scratch buffers that
    // decoders count in.
    let padded = u64::from(width.next_multiple_of(64)) * u64::from(height);
    let limit = options.max_pixels.max(padded).max(SCRATCH);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    // SAFETY: as above; this integer may be set until the context is opened.
    unsafe { (*context.as_mut_ptr()).max_pixels = limit };
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(stream.time_base());
    decoder.video().map_err(failed)
}

fn fps(stream: &Stream<'_>) -> Option<f64> {
    [stream.avg_frame_rate(), stream.rate()]
        .into_iter()
        .find(|rate| rate.numerator() > 0 && rate.denominator() > 0)
        .map(f64::from)
}

/// Length of the stream in seconds, if the header has it.
fn duration(stream: &Stream<'_>) -> Option<f64> {
    let ticks = stream.duration();
    (ticks > 0).then(|| ticks as f64 * f64::from(stream.time_base()))
}
