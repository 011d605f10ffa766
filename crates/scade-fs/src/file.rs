//! Atomic writes of one file.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::{Error, parent};

/// Writes `bytes` to `path` atomically, creating its folder and replacing an existing file. A link is
/// kept, and its target is replaced.
///
/// # Errors
/// When the folder cannot be created or the file cannot be written; the old file is then intact.
/// When `path` exists but is not a regular file: a folder, a pipe, a device.
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
    let target = target(path)?;
    let folder = parent(&target);
    std::fs::create_dir_all(folder).map_err(|e| Error::new("create", folder, e))?;
    let staged =
        builder().tempfile_in(folder).map_err(|e| Error::new("create a file in", folder, e))?;
    let mut buffer = BufWriter::new(staged.as_file());
    produce(&mut buffer)
        .and_then(|()| buffer.flush())
        .and_then(|()| staged.as_file().sync_all())
        .map_err(|e| Error::new("write", path, e))?;
    drop(buffer);
    staged.persist(&target).map_err(|e| Error::new("move into place", path, e.error))?;
    Ok(())
}

/// Checks that [`write()`] could write `path`, before long work that ends with it: creates the folder, and
/// a temporary file in it.
///
/// # Errors
/// As [`write()`].
pub fn check_writable(path: &Path) -> Result<(), Error> {
    let target = target(path)?;
    let folder = parent(&target);
    std::fs::create_dir_all(folder).map_err(|e| Error::new("create", folder, e))?;
    builder().tempfile_in(folder).map_err(|e| Error::new("create a file in", folder, e))?;
    Ok(())
}

/// Removes the staged files that killed processes have left in `folder`, if it exists. No process may be
/// writing there.
///
/// # Errors
/// When the folder cannot be listed or a file not removed.
pub fn sweep(folder: &Path) -> Result<(), Error> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::new("list", folder, error)),
    };
    for entry in entries {
        let entry = entry.map_err(|e| Error::new("list", folder, e))?;
        let is_staged = entry.file_name().as_encoded_bytes().starts_with(STAGED.as_bytes());
        if is_staged && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            std::fs::remove_file(&path).map_err(|e| Error::new("remove", &path, e))?;
        }
    }
    Ok(())
}

/// The regular file that `path` is, leads to, or will be.
fn target(path: &Path) -> Result<PathBuf, Error> {
    match std::fs::metadata(path) {
        Ok(there) if there.is_file() => {
            path.canonicalize().map_err(|e| Error::new("write", path, e))
        }
        Ok(_) => {
            let why = std::io::Error::other("it exists and is not a regular file");
            Err(Error::new("write", path, why))
        }
        // Missing, or not accessible, which the write itself will report.
        Err(_) => Ok(path.to_owned()),
    }
}

/// Prefix of the names of staged files.
const STAGED: &str = ".partial-";

/// Staged files are hidden and, once in place, have the usual permissions: by default `tempfile` makes them
/// private to their owner.
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(STAGED);
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
    fn a_failed_write_leaves_the_old_file_and_no_staged_file() {
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

    #[test]
    fn sweeping_removes_staged_files_only() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".partial-w38zMo", "kept.json", ".hidden"] {
            std::fs::write(folder.path().join(name), "half").unwrap();
        }
        std::fs::create_dir(folder.path().join(".partial-video")).unwrap();
        sweep(folder.path()).unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, [".hidden", ".partial-video", "kept.json"]);
        sweep(&folder.path().join("absent")).unwrap();
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

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_devices_and_folders_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link] = ["file", "link"].map(|name| folder.path().join(name));
        std::fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, "new").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "new");
        assert!(link.is_symlink());
        for other in [folder.path(), Path::new("/dev/null")] {
            for error in [write(other, "x").unwrap_err(), check_writable(other).unwrap_err()] {
                assert!(error.source.to_string().contains("not a regular file"), "{error}");
            }
        }
    }

    #[test]
    fn checking_leaves_nothing_but_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        check_writable(&folder.path().join("deep/file")).unwrap();
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).unwrap().count(), 0);
        std::fs::write(folder.path().join("file"), "").unwrap();
        assert!(check_writable(&folder.path().join("file/below")).is_err());
    }
}
