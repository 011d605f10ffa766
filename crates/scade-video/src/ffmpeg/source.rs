//! An opened file and its packets: accepted containers, and the reading of one stream.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ffmpeg_next as ffmpeg;
use ffmpeg_next::ffi;
use ffmpeg_next::format::context::{Input, StreamIo};
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::media;
use ffmpeg_next::packet::{Packet, Ref};

use super::watch::Watch;
use super::{cause, choice, init, reason};
use crate::Error;

/// Accepted video containers. Without this list FFmpeg "plays" text files, and a playlist with the name
/// of a video makes it open other files.
const CONTAINERS: &str = "mov,matroska,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,av1,obu,ivf,\
                          flv,live_flv,asf,asf_o,ogg,gif,apng,mjpeg,mxf,nut,rm,dv,yuv4mpegpipe";

/// A file with a video stream, read packet by packet.
pub(super) struct Source {
    input: Input,
    stream: usize,
    /// What was read ahead.
    first: Option<Step>,
    path: PathBuf,
    watch: Watch,
}

/// How much of a file FFmpeg probes when it opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    /// Until the frame reordering is known: it decodes up to twenty frames.
    Full,
    /// The header and a packet.
    Header,
}

/// One step through the file.
pub(super) enum Step {
    /// The next packet of the video stream.
    Packet(Packet),
    /// An unreadable part; the rest may be readable.
    Bad,
    /// The end, with the error if it is not the end of the file.
    End(Option<String>),
}

impl Source {
    /// Opens a regular file. FFmpeg gets an open handle and never the name, in which it would interpret
    /// protocols (`a:b.mp4`) and hints.
    pub(super) fn open(path: &Path, time_limit: Duration) -> Result<Self, Error> {
        Self::probe(path, time_limit, Probe::Full, None)
    }

    /// The same file, again before its first packet.
    pub(super) fn open_again(&self, time_limit: Duration) -> Result<Self, Error> {
        Self::probe(&self.path, time_limit, Probe::Full, Some(self.stream))
    }

    /// Opens a file by its header alone, if its container stores display times; `None` for others, and
    /// for those that cannot be opened this way.
    ///
    /// # Errors
    /// [`Error::TimedOut`].
    pub(super) fn open_by_header(path: &Path, time_limit: Duration) -> Result<Option<Self>, Error> {
        if !begins_as_mp4(path) {
            return Ok(None);
        }
        match Self::probe(path, time_limit, Probe::Header, None) {
            Ok(source) => Ok(Some(source)),
            Err(error @ Error::TimedOut { .. }) => Err(error),
            Err(_) => Ok(None),
        }
    }

    fn probe(
        path: &Path,
        time_limit: Duration,
        probe: Probe,
        chosen: Option<usize>,
    ) -> Result<Self, Error> {
        let io = |source| Error::Io { action: "open", path: path.to_owned(), source };
        // Before opening: opening a pipe without a writer would block forever.
        let metadata = match scade_fs::require_regular(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                return Err(Error::NotAFile { path: path.to_owned() });
            }
            Err(error) => return Err(io(error)),
        };
        if metadata.len() == 0 {
            return Err(Error::EmptyFile { path: path.to_owned() });
        }
        let open = || {
            let file = File::open(path).map_err(io)?;
            let source = Self::demux(path, file, time_limit, probe);
            source.map_err(|error| reason::of(error, path))
        };
        reason::refuse_still_image(path)?;
        let source = open()?;
        let candidates = choice::candidates(&source.input);
        // By the header alone files with several are not read.
        if candidates.len() < 2 || probe == Probe::Header {
            return source.refuse_encrypted();
        }
        if let Some(stream) = chosen.filter(|stream| candidates.contains(stream)) {
            return Self { stream, ..source }.refuse_encrypted();
        }
        // Counting reads the file to its end.
        let stream = choice::longest(source, candidates)?;
        Self { stream, ..open()? }.refuse_encrypted()
    }

    /// Looks at the first packet of a container that marks encrypted ones.
    fn refuse_encrypted(mut self) -> Result<Self, Error> {
        if self.input.format().name().starts_with("mov,") {
            self.first = Some(self.step()?);
        }
        Ok(self)
    }

    /// Reads the header of `io`; `path` is only for messages.
    pub(super) fn demux(
        path: &Path,
        io: impl Read + Seek + Send + 'static,
        time_limit: Duration,
        probe: Probe,
    ) -> Result<Self, Error> {
        init();
        let path = path.to_owned();
        let watch = Watch::start(time_limit);
        let mut options = ffmpeg::Dictionary::new();
        options.set("format_whitelist", CONTAINERS);
        options.set("protocol_whitelist", "file");
        if probe == Probe::Header {
            // Bytes; the minimum of FFmpeg.
            options.set("probesize", "32");
            // No codec, so that not even that packet is decoded.
            options.set("codec_whitelist", "none");
        }
        let ticking = watch.clone();
        let opened = StreamIo::from_read_seek(io).and_then(|io| {
            ffmpeg::format::input_from_stream_with_interrupt(io, None, Some(options), move || {
                ticking.expired()
            })
        });
        let input = match opened {
            Ok(input) => input,
            Err(_) if watch.expired() => {
                return Err(Error::TimedOut { path, limit: watch.limit() });
            }
            // How FFmpeg reports a container that is not on the list.
            Err(ffmpeg::Error::Other { errno: ffmpeg::error::EINVAL }) => {
                return Err(Error::UnsupportedContainer { path, kind: None });
            }
            Err(error) => return Err(Error::NotMedia { path, source: cause(error) }),
        };
        match choice::likely(&input) {
            // Matroska has one key for all packets.
            Some(stream) if has_key(&input, stream) => Err(Error::Encrypted { path }),
            Some(stream) => Ok(Self { input, stream, first: None, path, watch }),
            None => Err(Error::NoVideo { path }),
        }
    }

    /// The next packet of the video stream.
    ///
    /// # Errors
    /// [`Error::TimedOut`] and [`Error::Encrypted`]; other failures are [`Step::Bad`] or [`Step::End`],
    /// so that packets read before are kept.
    pub(super) fn step(&mut self) -> Result<Step, Error> {
        if let Some(step) = self.first.take() {
            return Ok(step);
        }
        let stream = self.stream;
        match self.step_of(|packet| packet.stream() == stream)? {
            Step::Packet(packet) if is_encrypted(&packet) => {
                Err(Error::Encrypted { path: self.path.clone() })
            }
            step => Ok(step),
        }
    }

    /// The next of those packets.
    pub(super) fn step_of(&mut self, wanted: impl Fn(&Packet) -> bool) -> Result<Step, Error> {
        loop {
            // A new one each time: reading does not release what a packet held before.
            let mut packet = Packet::empty();
            let result = packet.read(&mut self.input);
            if self.watch.expired() {
                let path = self.path.clone();
                return Err(Error::TimedOut { path, limit: self.watch.limit() });
            }
            match result {
                // FFmpeg takes an empty packet for the end of the stream.
                Ok(()) if packet.size() > 0 && wanted(&packet) => {
                    return Ok(Step::Packet(packet));
                }
                Ok(()) => {}
                Err(ffmpeg::Error::Eof) => return Ok(Step::End(None)),
                Err(
                    ffmpeg::Error::InvalidData
                    | ffmpeg::Error::Other { errno: ffmpeg::error::EAGAIN },
                ) => return Ok(Step::Bad),
                // This error is permanent: FFmpeg would repeat it forever.
                Err(error) => return Ok(Step::End(Some(error.to_string()))),
            }
        }
    }

    pub(super) fn stream(&self) -> Stream<'_> {
        self.stream_at(self.stream)
    }

    pub(super) fn stream_at(&self, number: usize) -> Stream<'_> {
        self.input.stream(number).expect("the number was taken from the same file")
    }

    /// Number of video streams.
    pub(super) fn video_streams(&self) -> usize {
        let is_video = |stream: &Stream<'_>| stream.parameters().medium() == media::Type::Video;
        self.input.streams().filter(is_video).count()
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// Length of the whole file in seconds, if the header has it.
    pub(super) fn duration(&self) -> Option<f64> {
        let ticks = self.input.duration();
        (ticks > 0).then(|| ticks as f64 / f64::from(ffi::AV_TIME_BASE))
    }
}

/// Whether the first box of a file is that of MP4 or a related format.
fn begins_as_mp4(path: &Path) -> bool {
    let mut start = [0; 8];
    scade_fs::require_regular(path).is_ok()
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut start).is_ok())
        && start[4..] == *b"ftyp"
}

/// Whether a stream is encrypted with a key that the header names.
fn has_key(input: &Input, stream: usize) -> bool {
    input.stream(stream).is_some_and(|stream| stream.metadata().get("enc_key_id").is_some())
}

/// Whether a packet comes with how to decrypt it.
fn is_encrypted(packet: &Packet) -> bool {
    has_side_data(packet, ffi::AVPacketSideDataType::AV_PKT_DATA_ENCRYPTION_INFO)
}

pub(super) fn has_side_data(packet: &Packet, kind: ffi::AVPacketSideDataType) -> bool {
    // SAFETY: the packet is initialized and borrowed; no size is asked for.
    let data = unsafe { ffi::av_packet_get_side_data(packet.as_ptr(), kind, std::ptr::null_mut()) };
    !data.is_null()
}

/// Whether an edit list cuts this packet: it is decoded, and its frame is not displayed.
pub(super) fn is_discarded(packet: &Packet) -> bool {
    // SAFETY: `as_ptr` points to the initialized packet that `packet` borrows; the safe `flags`
    // drops the bit asked for here.
    let flags = unsafe { (*packet.as_ptr()).flags };
    flags & ffi::AV_PKT_FLAG_DISCARD != 0
}
