//! Atomic writes of a folder with its contents.

use std::path::{Path, PathBuf};

use crate::{Error, parent};

/// Whether a folder is absent or empty.
///
/// # Errors
/// When it cannot be listed, or is a file.
pub fn is_vacant(folder: &Path) -> std::io::Result<bool> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// A staged folder beside its target.
///
/// If dropped without [`Folder::commit`], it is removed. If the process is killed, it stays hidden under a
/// name that starts with `.partial-` until the next [`Folder::begin`] for the same target removes it. A
/// folder being replaced has, for a moment, a name that starts with `.replaced-`.
#[derive(Debug)]
pub struct Folder {
    staged: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl Folder {
    /// Starts an empty staged folder for `target`. Only one process may write a target at a time.
    ///
    /// # Errors
    /// When the parent cannot be created, or an old staged folder cannot be removed.
    pub fn begin(target: &Path) -> Result<Self, Error> {
        recover(target)?;
        let staged = neighbor(target, ".partial-")?;
        remove(&staged)?;
        std::fs::create_dir_all(&staged).map_err(|e| Error::new("create", &staged, e))?;
        Ok(Self { staged, target: target.to_owned(), committed: false })
    }

    /// Where to write until the commit.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.staged
    }

    /// Moves the folder into place. An existing folder is replaced: it is moved aside first, so that at
    /// every moment the target is absent, the complete old folder, or the complete new one.
    ///
    /// If the process is killed while the target is absent, [`recover`] restores the old folder.
    ///
    /// # Errors
    /// When a rename fails; the staged folder is then removed and the old one kept or restored.
    pub fn commit(mut self) -> Result<(), Error> {
        let aside = neighbor(&self.target, ".replaced-")?;
        remove(&aside)?;
        let replaces = self.target.exists();
        if replaces {
            std::fs::rename(&self.target, &aside)
                .map_err(|e| Error::new("move aside", &self.target, e))?;
        }
        if let Err(source) = std::fs::rename(&self.staged, &self.target) {
            if replaces {
                // Best effort: the first failure is the one to report.
                let _ = std::fs::rename(&aside, &self.target);
            }
            return Err(Error::new("move into place", &self.target, source));
        }
        self.committed = true;
        remove(&aside)
    }
}

/// Restores the old folder if a process was killed between moving it aside and moving the new one into
/// place; otherwise does nothing. For readers of `target`; [`Folder::begin`] does the same.
///
/// # Errors
/// When the rename fails.
pub fn recover(target: &Path) -> Result<(), Error> {
    let aside = neighbor(target, ".replaced-")?;
    if target.exists() || !aside.exists() {
        return Ok(());
    }
    std::fs::rename(&aside, target).map_err(|e| Error::new("put back", target, e))
}

/// `prefix` and the name of `target`, in the same folder. A suffix would be ambiguous, as it could be part of
/// another target's name.
fn neighbor(target: &Path, prefix: &str) -> Result<PathBuf, Error> {
    let name = target.file_name().ok_or_else(|| {
        Error::new("create", target, std::io::Error::other("the path has no last component"))
    })?;
    let mut neighbor = std::ffi::OsString::from(prefix);
    neighbor.push(name);
    Ok(parent(target).join(neighbor))
}

fn remove(folder: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::new("remove", folder, e)),
        _ => Ok(()),
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.committed {
            // A failure is ignored here; `begin` removes leftovers.
            let _ = std::fs::remove_dir_all(&self.staged);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_commit_replaces_the_old_folder_whole() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("clip");
        for content in ["first", "second"] {
            let folder = Folder::begin(&target).unwrap();
            std::fs::write(folder.path().join(content), content).unwrap();
            folder.commit().unwrap();
            assert_eq!(names(&target), [content]);
        }
        assert_eq!(names(root.path()), ["clip"]);
    }

    #[test]
    fn an_uncommitted_folder_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::begin(&root.path().join("clip")).unwrap();
        std::fs::write(folder.path().join("frame"), "half").unwrap();
        drop(folder);
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn leftovers_of_a_killed_process_are_removed() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("clip");
        let killed = Folder::begin(&target).unwrap();
        std::fs::write(killed.path().join("stale"), "stale").unwrap();
        std::mem::forget(killed);
        let folder = Folder::begin(&target).unwrap();
        std::fs::write(folder.path().join("fresh"), "fresh").unwrap();
        folder.commit().unwrap();
        assert_eq!(names(&target), ["fresh"]);
    }

    #[test]
    fn a_folder_moved_aside_by_a_killed_process_is_restored() {
        let root = tempfile::tempdir().unwrap();
        let target = root.path().join("clip");
        let first = Folder::begin(&target).unwrap();
        std::fs::write(first.path().join("old"), "old").unwrap();
        first.commit().unwrap();
        // The state after a kill between the two renames of `commit`.
        std::fs::rename(&target, root.path().join(".replaced-clip")).unwrap();
        recover(&target).unwrap();
        assert_eq!(names(&target), ["old"]);
        assert_eq!(names(root.path()), ["clip"]);
        recover(&target).unwrap();
        assert_eq!(names(&target), ["old"]);
    }

    #[test]
    fn names_that_look_like_another_targets_leftovers_are_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let [short, long] = ["x", "x-old"].map(|name| root.path().join(name));
        for _ in 0..2 {
            let other = Folder::begin(&long).unwrap();
            std::fs::write(other.path().join("frame"), "half").unwrap();
            Folder::begin(&short).unwrap().commit().unwrap();
            other.commit().unwrap();
            assert_eq!(names(&long), ["frame"]);
        }
    }

    #[test]
    fn absent_and_empty_folders_are_vacant_and_files_are_errors() {
        let root = tempfile::tempdir().unwrap();
        assert!(is_vacant(root.path()).unwrap());
        assert!(is_vacant(&root.path().join("absent")).unwrap());
        let file = root.path().join("file");
        std::fs::write(&file, "x").unwrap();
        assert!(!is_vacant(root.path()).unwrap());
        assert!(is_vacant(&file).is_err());
    }
}
