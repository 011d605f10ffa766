//! Errors of reading and writing videos; each names the file.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use scade_fs::FileKind;
use scade_settings::{Hint, SettingError};

/// An error of FFmpeg or the operating system.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a video could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// This build has no FFmpeg.
    #[error("cannot open {}: this build has no video support", path.display())]
    NotBuilt {
        /// The video.
        path: PathBuf,
    },

    /// The operating system reported an error.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The failed action: "open", "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },

    /// A folder, pipe or device; reading it might never end.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },

    /// A file of zero bytes.
    #[error("{} is empty", path.display())]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },

    /// An unknown container, or one too damaged to be opened.
    #[error("{} is not a video, or its beginning is damaged", path.display())]
    NotMedia {
        /// The file.
        path: PathBuf,
        /// FFmpeg's error.
        #[source]
        source: Cause,
    },

    /// An MP4 or MOV without its `moov` box: a truncated recording or download.
    #[error("{} is incomplete: its index (the moov box) is missing", path.display())]
    IndexMissing {
        /// The file.
        path: PathBuf,
    },

    /// A file of another kind, or a format that FFmpeg supports and this crate does not accept: images,
    /// playlists, text, sound.
    #[error("{} is {}", path.display(), other(*kind))]
    UnsupportedContainer {
        /// The file.
        path: PathBuf,
        /// What it is, if its first bytes decide.
        kind: Option<FileKind>,
    },

    /// An animated WebP image, for which FFmpeg has no decoder.
    #[error("{} is an animated WebP image, which FFmpeg cannot read", path.display())]
    AnimatedWebp {
        /// The file.
        path: PathBuf,
    },

    /// The frames are encrypted: a protected download.
    #[error("{} is encrypted", path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
    },

    /// A media file without a video stream; a cover image does not count.
    #[error("{} has no video stream", path.display())]
    NoVideo {
        /// The file.
        path: PathBuf,
    },

    /// The linked FFmpeg cannot decode this codec with these parameters.
    #[error("no decoder for codec {codec} of {}", path.display())]
    NoDecoder {
        /// The file.
        path: PathBuf,
        /// FFmpeg's name of the codec.
        codec: String,
        /// FFmpeg's error.
        #[source]
        source: Cause,
    },

    /// More pixels than [`OpenOptions::max_pixels`](crate::OpenOptions::max_pixels).
    #[error("frames of {} are {width}x{height}, above the limit of {limit} pixels", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Declared width in pixels.
        width: u32,
        /// Declared height in pixels.
        height: u32,
        /// The limit in pixels.
        limit: u64,
    },

    /// [`OpenOptions::time_limit`](crate::OpenOptions::time_limit) passed without progress.
    #[error("nothing could be decoded from {} for {limit:?}", path.display())]
    TimedOut {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: Duration,
    },

    /// The file was read to its end without a single decoded frame.
    #[error("no frame of {} could be decoded ({bad_packets} bad packets)", path.display())]
    NoFrames {
        /// The file.
        path: PathBuf,
        /// Packets that could not be decoded.
        bad_packets: u64,
        /// The error that ended reading early, if any.
        #[source]
        source: Option<Cause>,
    },

    /// A decoded frame could not be converted.
    #[error("frame {index} of {} could not be converted to RGB", path.display())]
    Convert {
        /// The file.
        path: PathBuf,
        /// Number of the frame, from 0.
        index: u64,
        /// FFmpeg's error.
        #[source]
        source: Cause,
    },

    /// A [`WriterOptions`](crate::WriterOptions) field is out of range.
    #[error("cannot write {}", path.display())]
    Setting {
        /// The video to be written.
        path: PathBuf,
        /// The field, its allowed values and its value.
        #[source]
        source: SettingError,
    },

    /// The linked FFmpeg has no encoder of this name.
    #[error("cannot write {}: the linked FFmpeg has no encoder {encoder}", path.display())]
    NoEncoder {
        /// The video to be written.
        path: PathBuf,
        /// FFmpeg's name of the encoder.
        encoder: &'static str,
    },

    /// The encoder or the muxer failed.
    #[error("cannot encode {}", path.display())]
    Encode {
        /// The video to be written.
        path: PathBuf,
        /// FFmpeg's error.
        #[source]
        source: Cause,
    },

    /// An image whose size differs from the video's.
    #[error(
        "image {index} for {} is {}x{}, expected {}x{}",
        path.display(), got.0, got.1, expected.0, expected.1
    )]
    WrongSize {
        /// The video to be written.
        path: PathBuf,
        /// Number of the image, from 0.
        index: u64,
        /// Width and height of the video in pixels.
        expected: (u32, u32),
        /// Width and height of the image in pixels.
        got: (u32, u32),
    },

    /// [`Writer::finish`](crate::Writer::finish) before the first image.
    #[error("no image was given for {}", path.display())]
    NothingWritten {
        /// The video to be written.
        path: PathBuf,
    },

    /// The finished video could not be moved to its path.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
}

fn other(kind: Option<FileKind>) -> String {
    match kind {
        Some(kind) => format!("{kind}, not a video"),
        None => "in a container that is not accepted as video".to_owned(),
    }
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotBuilt { .. } => Some("build again with `--features ffmpeg`".into()),
            _ => None,
        }
    }
}
