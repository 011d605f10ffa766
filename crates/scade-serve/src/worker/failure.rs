//! From the errors of libraries to reasons that clients match.

use std::path::Path;

use scade_sample::Error as SampleError;
use scade_video::Error as VideoError;

use crate::Reason;
use crate::protocol::Task;

/// Why a file has no result.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Failure {
    pub(super) reason: Reason,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }

    /// Of a file that is decoded or scored. The message says nothing of where it is stored.
    pub(super) fn of(error: &scade::Error, task: &Task) -> Self {
        Self::new(reason(error), plain(&scade_settings::error_chain(error), &task.file))
    }

    /// Of a video whose header is read.
    pub(super) fn of_video(error: &VideoError, task: &Task) -> Self {
        Self::new(video_reason(error), plain(&scade_settings::error_chain(error), &task.file))
    }
}

fn plain(message: &str, file: &Path) -> String {
    message.replace(&*file.to_string_lossy(), "the file")
}

fn reason(error: &scade::Error) -> Reason {
    use scade_image::DecodeError::{NotAnImage, TooLarge, Unsupported};
    match error {
        scade::Error::NoFace { .. } => Reason::NoFace,
        scade::Error::Sample(SampleError::Video(error)) => video_reason(error),
        scade::Error::Sample(SampleError::Image { source, .. }) => match source {
            NotAnImage | Unsupported { .. } => Reason::Unsupported,
            TooLarge { .. } => Reason::TooLarge,
            _ => Reason::Damaged,
        },
        scade::Error::Sample(SampleError::NotAnImage { .. }) => Reason::Unsupported,
        _ => Reason::Internal,
    }
}

fn video_reason(error: &VideoError) -> Reason {
    match error {
        VideoError::EmptyFile { .. } => Reason::Empty,
        VideoError::NotBuilt { .. }
        | VideoError::NotMedia { .. }
        | VideoError::UnsupportedContainer { .. }
        | VideoError::AnimatedWebp { .. }
        | VideoError::Encrypted { .. }
        | VideoError::NoVideo { .. }
        | VideoError::NoDecoder { .. } => Reason::Unsupported,
        VideoError::TooLarge { .. } => Reason::TooLarge,
        VideoError::TimedOut { .. } => Reason::TimedOut,
        _ => Reason::Damaged,
    }
}
