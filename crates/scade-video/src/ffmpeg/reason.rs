//! Why a file cannot be opened as a video: what it is instead.

use std::fs::File;
use std::path::Path;

use scade_fs::FileKind;

use super::boxes::index_missing;
use crate::Error;

/// The reason behind an error of FFmpeg about a file.
pub(super) fn of(error: Error, path: &Path) -> Error {
    if !matches!(
        error,
        Error::NotMedia { .. } | Error::NoVideo { .. } | Error::UnsupportedContainer { .. }
    ) {
        return error;
    }
    let path = path.to_owned();
    match FileKind::read(&path).unwrap_or(None) {
        Some(FileKind::AnimatedWebp) => Error::AnimatedWebp { path },
        Some(kind) if !kind.is_video() => Error::UnsupportedContainer { path, kind: Some(kind) },
        _ if !matches!(error, Error::UnsupportedContainer { .. })
            && File::open(&path).is_ok_and(|mut file| index_missing(&mut file)) =>
        {
            Error::IndexMissing { path }
        }
        _ => error,
    }
}

/// Refuses HEIC and AVIF images, which later versions of FFmpeg open as videos of one frame. Sequences of
/// them have the index of a video.
pub(super) fn refuse_still_image(path: &Path) -> Result<(), Error> {
    let path = path.to_owned();
    match FileKind::read(&path).unwrap_or(None) {
        Some(kind @ (FileKind::Heic | FileKind::Avif))
            if File::open(&path).is_ok_and(|mut file| index_missing(&mut file)) =>
        {
            Err(Error::UnsupportedContainer { path, kind: Some(kind) })
        }
        _ => Ok(()),
    }
}
