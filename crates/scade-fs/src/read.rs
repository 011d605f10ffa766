//! Reading of whole regular files.

use std::fs::Metadata;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;

/// The bytes of the file at `path`.
///
/// # Errors
/// As [`std::fs::read`]; and as [`require_regular`].
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>> {
    require_regular(path.as_ref())?;
    std::fs::read(path)
}

/// The text of the file at `path`.
///
/// # Errors
/// As [`read()`]; and when it is not UTF-8.
pub fn read_to_string(path: impl AsRef<Path>) -> Result<String> {
    require_regular(path.as_ref())?;
    std::fs::read_to_string(path)
}

/// Metadata of the regular file at `path`, following links. To be called before opening: opening a pipe
/// blocks until it has a writer, and a device may have no end.
///
/// # Errors
/// When `path` does not exist, and of the kind [`ErrorKind::InvalidInput`] when it is a folder, a pipe, a
/// socket or a device.
pub fn require_regular(path: impl AsRef<Path>) -> Result<Metadata> {
    let there = std::fs::metadata(path)?;
    if there.is_file() {
        return Ok(there);
    }
    Err(Error::new(ErrorKind::InvalidInput, "it is not a regular file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_a_missing_one_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "text").unwrap();
        assert_eq!(read(&path).unwrap(), b"text");
        assert_eq!(read_to_string(&path).unwrap(), "text");
        assert_eq!(read(folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(read(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(require_regular(&path).unwrap().len(), 4);
    }

    /// Regression: a pipe without a writer used to block a program forever.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_rejected_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(read_to_string(&path).unwrap_err().to_string(), "it is not a regular file");
    }
}
