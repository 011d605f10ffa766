//! Reading whole files, and nothing that only looks like one.

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
/// As [`read()`]; and when it is no UTF-8.
pub fn read_to_string(path: impl AsRef<Path>) -> Result<String> {
    require_regular(path.as_ref())?;
    std::fs::read_to_string(path)
}

/// What the file system knows of the regular file at `path`, or at the end of the link there. To be asked before
/// opening: opening a pipe waits for somebody to write into it, and a device never ends.
///
/// # Errors
/// When there is nothing, and of the kind [`ErrorKind::InvalidInput`] when it is a folder, a pipe, a socket or
/// a device.
pub fn require_regular(path: impl AsRef<Path>) -> Result<Metadata> {
    let there = std::fs::metadata(path)?;
    if there.is_file() {
        return Ok(there);
    }
    Err(Error::new(ErrorKind::InvalidInput, "it is no regular file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_what_is_missing_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "text").unwrap();
        assert_eq!(read(&path).unwrap(), b"text");
        assert_eq!(read_to_string(&path).unwrap(), "text");
        assert_eq!(read(folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(read(folder.path()).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(require_regular(&path).unwrap().len(), 4);
    }

    /// A pipe that nobody writes to once kept a program waiting for ever.
    #[cfg(unix)]
    #[test]
    fn a_pipe_is_rejected_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(read_to_string(&path).unwrap_err().to_string(), "it is no regular file");
    }
}
