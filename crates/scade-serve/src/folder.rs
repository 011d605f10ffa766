//! The folder that uploads and results are in: private to the user, and empty after a restart.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::id::Id;

/// A folder of one running service, below a folder that services of this user share. Removed when dropped.
///
/// A lock on a file in it says that its service runs. A service that was killed leaves the folder behind without the
/// lock, and the next one removes it.
#[derive(Debug)]
pub struct PrivateFolder {
    path: PathBuf,
    _lock: File,
}

/// The folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// The failed action.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others could read or replace what is in it.
    #[error("{} must be a folder of this user that no one else can open, got {got}", path.display())]
    NotPrivate {
        /// The folder.
        path: PathBuf,
        /// What it is.
        got: String,
    },
}

const LOCK: &str = "lock";

impl PrivateFolder {
    /// Makes a folder below `root`, which is made if it is not there, and removes what services that have ended left.
    ///
    /// # Errors
    /// [`FolderError`].
    pub fn create(root: &Path) -> Result<Self, FolderError> {
        let fail = |action, path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Io { action, path, source }
        };
        if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(fail("create", parent))?;
        }
        make(root, true).map_err(fail("create", root))?;
        check(root)?;
        // Whoever starts at the same time waits, so that a folder without a lock is one that was left.
        let gate_path = root.join(LOCK);
        let gate = File::create(&gate_path).map_err(fail("create", &gate_path))?;
        gate.lock().map_err(fail("lock", &gate_path))?;
        clear(root).map_err(fail("clear", root))?;
        let random = Id::random().map_err(io::Error::other).map_err(fail("name", root))?;
        let path = root.join(random.to_string());
        make(&path, false).map_err(fail("create", &path))?;
        let lock_path = path.join(LOCK);
        let lock = File::create(&lock_path).map_err(fail("create", &lock_path))?;
        lock.try_lock().map_err(io::Error::from).map_err(fail("lock", &lock_path))?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a private folder in it.
    pub(crate) fn subfolder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        make(&path, false)?;
        Ok(path)
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed at the next start.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Makes a folder that only this user can open.
fn make(path: &Path, may_exist: bool) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Err(error) if may_exist && error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// A link or a folder of another user could be made to show uploads, or to have the service remove other files.
fn check(path: &Path) -> Result<(), FolderError> {
    let source = |source| FolderError::Io { action: "inspect", path: path.to_owned(), source };
    let found = path.symlink_metadata().map_err(source)?;
    let refuse = |got: String| Err(FolderError::NotPrivate { path: path.to_owned(), got });
    if !found.is_dir() {
        return refuse("a file or link".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // SAFETY: it only reads a number of the process.
        let user = unsafe { libc::geteuid() };
        if found.uid() != user {
            return refuse(format!("a folder of user {}", found.uid()));
        }
        if found.mode() & 0o077 != 0 {
            return refuse(format!("permissions {:o}", found.mode() & 0o777));
        }
    }
    Ok(())
}

/// Removes the folders of services that have ended.
fn clear(root: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        let is_ours = entry.file_name().to_str().is_some_and(|name| name.parse::<Id>().is_ok());
        if !is_ours || !entry.file_type()?.is_dir() {
            continue;
        }
        let runs = match File::open(entry.path().join(LOCK)) {
            Ok(lock) => matches!(lock.try_lock(), Err(TryLockError::WouldBlock)),
            Err(_) => false,
        };
        if !runs {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_removes_what_was_left_and_spares_what_runs() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().join("serve");
        let running = PrivateFolder::create(&root).unwrap();
        std::fs::write(running.path().join("upload"), "mine").unwrap();
        // Killed: nothing is removed, and the lock is gone.
        let killed = root.join(Id::random().unwrap().to_string());
        std::fs::create_dir_all(killed.join("job")).unwrap();
        std::fs::write(killed.join(LOCK), "").unwrap();
        std::fs::write(killed.join("job/input"), "someone's face").unwrap();
        std::fs::write(root.join("notes.txt"), "not of a service").unwrap();
        let next = PrivateFolder::create(&root).unwrap();
        assert!(!killed.exists());
        assert!(running.path().join("upload").exists() && root.join("notes.txt").exists());
        let path = next.path().to_owned();
        drop(next);
        assert!(!path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_can_open_is_refused() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let base = tempfile::tempdir().unwrap();
        let open = base.path().join("open");
        std::fs::create_dir(&open).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o755)).unwrap();
        let error = PrivateFolder::create(&open).unwrap_err().to_string();
        assert!(error.contains("permissions 755"), "{error}");
        let private = base.path().join("private");
        drop(PrivateFolder::create(&private).unwrap());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&private), 0o700);
        let link = base.path().join("link");
        symlink(&private, &link).unwrap();
        let error = PrivateFolder::create(&link).unwrap_err().to_string();
        assert!(error.contains("a file or link"), "{error}");
    }
}
