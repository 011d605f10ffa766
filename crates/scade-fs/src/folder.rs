//! One folder with everything in it, whole or not at all.

use std::path::{Path, PathBuf};

use crate::{Error, parent};

/// A folder being filled beside its final place.
///
/// Dropped without [`Folder::commit`], it disappears; killed, it stays hidden under a name that
/// starts with `.partial-` until the next [`Folder::begin`] for the same target clears it away.
#[derive(Debug)]
pub struct Folder {
    staged: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl Folder {
    /// Starts an empty staged folder for `target`. One process fills a target at a time.
    ///
    /// # Errors
    /// When the parent cannot be created, or an old staged folder cannot be removed.
    pub fn begin(target: &Path) -> Result<Self, Error> {
        let name = target.file_name().ok_or_else(|| {
            Error::new("create", target, std::io::Error::other("the path has no last component"))
        })?;
        let mut staged_name = std::ffi::OsString::from(".partial-");
        staged_name.push(name);
        let staged = parent(target).join(staged_name);
        if staged.exists() {
            std::fs::remove_dir_all(&staged).map_err(|e| Error::new("remove", &staged, e))?;
        }
        std::fs::create_dir_all(&staged).map_err(|e| Error::new("create", &staged, e))?;
        Ok(Self { staged, target: target.to_owned(), committed: false })
    }

    /// Where to write until the commit.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.staged
    }

    /// Moves the folder into place. An older folder there is replaced: it is moved aside first, so
    /// that at every moment the target is absent, the whole old one, or the whole new one.
    ///
    /// # Errors
    /// When a rename fails; the staged folder is then removed and the old one stays or is put back.
    pub fn commit(mut self) -> Result<(), Error> {
        let mut aside_name = self.staged.file_name().unwrap_or_default().to_owned();
        aside_name.push("-old");
        let aside = self.staged.with_file_name(aside_name);
        if aside.exists() {
            std::fs::remove_dir_all(&aside).map_err(|e| Error::new("remove", &aside, e))?;
        }
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
        if replaces {
            std::fs::remove_dir_all(&aside).map_err(|e| Error::new("remove", &aside, e))?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing to do about a failure here; `begin` clears leftovers.
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
    fn what_is_not_committed_disappears() {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::begin(&root.path().join("clip")).unwrap();
        std::fs::write(folder.path().join("frame"), "half").unwrap();
        drop(folder);
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn what_a_killed_process_left_is_cleared() {
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
}
