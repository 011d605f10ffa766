//! One file, whole or not at all.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::{Error, parent};

/// Writes `bytes` to `path`, creating its folder, replacing what was there in one step.
///
/// # Errors
/// When the folder cannot be created or the file cannot be written; the old file is then intact.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
    write_with(path, |file| file.write_all(bytes.as_ref()))
}

/// Like [`write()`], for content that is produced piece by piece.
///
/// # Errors
/// As [`write()`]; an error of `produce` is passed on as the source.
pub fn write_with(
    path: &Path,
    produce: impl FnOnce(&mut BufWriter<&File>) -> std::io::Result<()>,
) -> Result<(), Error> {
    let folder = parent(path);
    std::fs::create_dir_all(folder).map_err(|e| Error::new("create", folder, e))?;
    let staged =
        builder().tempfile_in(folder).map_err(|e| Error::new("create a file in", folder, e))?;
    let mut buffer = BufWriter::new(staged.as_file());
    produce(&mut buffer)
        .and_then(|()| buffer.flush())
        .and_then(|()| staged.as_file().sync_all())
        .map_err(|e| Error::new("write", path, e))?;
    drop(buffer);
    staged.persist(path).map_err(|e| Error::new("move into place", path, e.error))?;
    Ok(())
}

/// Staged files are hidden and, once in place, readable as any other file is: `tempfile` alone
/// would make them private to their owner.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_litter() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/numbers.txt");
        write(&path, "old").unwrap();
        let error = write_with(&path, |file| {
            file.write_all(b"half of the ne")?;
            Err(std::io::Error::other("no space left"))
        })
        .unwrap_err();
        assert_eq!(error.action, "write");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn written_files_are_not_private_to_their_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("open.txt");
        write(&path, "text").unwrap();
        std::fs::write(folder.path().join("plain.txt"), "text").unwrap();
        let mode = |name| folder.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode("open.txt"), mode("plain.txt"));
    }
}
