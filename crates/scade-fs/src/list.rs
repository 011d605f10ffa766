//! Listing the files of a folder.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::Error;

/// Folders that operating systems and network storage add to others, in lower case.
const SYSTEM_FOLDERS: [&str; 5] =
    ["$recycle.bin", "system volume information", "__macosx", "@eadir", "lost+found"];

/// What is at any depth below a folder. One folder that cannot be read does not hide the others.
///
/// Hidden files and folders are left out (a name that begins with a dot: the companions `._clip.mp4` of
/// macOS, too), and so are folders that systems make for themselves, such as `lost+found`.
#[derive(Debug, Default)]
pub struct Listing {
    /// The wanted files, sorted by path.
    pub files: Vec<PathBuf>,
    /// Folders and entries that cannot be read.
    pub unreadable: Vec<Error>,
    /// Files that are not wanted.
    pub skipped: Skipped,
}

/// Numbers of files by the ending of their name, in lower case; "" is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skipped(pub BTreeMap<String, u64>);

impl Listing {
    /// The files below `folder` that `wanted` accepts. Linked files count; linked folders are not
    /// followed, as they may form cycles, but `folder` itself may be a link.
    ///
    /// # Errors
    /// When `folder` is missing or cannot be listed.
    pub fn below(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Self, Error> {
        let mut listing = Self::default();
        if folder.is_file() {
            return Err(Error::new("list", folder, std::io::ErrorKind::NotADirectory.into()));
        }
        let walk = WalkDir::new(folder).min_depth(1).sort_by_file_name();
        for entry in
            walk.into_iter().filter_entry(|entry| entry.depth() == 0 || !is_left_out(entry))
        {
            match entry {
                Ok(entry) if entry.path().is_dir() => {}
                Ok(entry) if wanted(entry.path()) => listing.files.push(entry.into_path()),
                Ok(entry) => listing.skipped.count(entry.path()),
                Err(error) if error.depth() == 0 => return Err(failed(error, folder)),
                Err(error) => listing.unreadable.push(failed(error, folder)),
            }
        }
        listing.files.sort();
        Ok(listing)
    }
}

impl Skipped {
    /// Adds the counts of another folder.
    pub fn append(&mut self, other: Self) {
        for (ending, count) in other.0 {
            *self.0.entry(ending).or_default() += count;
        }
    }

    fn count(&mut self, path: &Path) {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        *self.0.entry(ending.unwrap_or_default()).or_default() += 1;
    }
}

/// "3 files with other endings: 2 .txt, 1 without"; empty if there are none.
impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut counts: Vec<_> = self.0.iter().collect();
        counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let total: u64 = self.0.values().sum();
        let parts: Vec<String> = counts
            .into_iter()
            .map(|(ending, count)| match ending.as_str() {
                "" => format!("{count} without"),
                ending => format!("{count} .{ending}"),
            })
            .collect();
        match total {
            0 => Ok(()),
            1 => write!(f, "1 file with another ending: {}", parts[0]),
            total => write!(f, "{total} files with other endings: {}", parts.join(", ")),
        }
    }
}

fn is_left_out(entry: &DirEntry) -> bool {
    is_hidden(entry.path())
        || entry.file_type().is_dir()
            && SYSTEM_FOLDERS.contains(&&*entry.file_name().to_string_lossy().to_lowercase())
}

/// Whether a name has one of these endings, which are in lower case, in any case.
#[must_use]
pub fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| endings.contains(&&*ending))
}

/// Whether a name begins with a dot.
#[must_use]
pub fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn failed(error: walkdir::Error, folder: &Path) -> Error {
    let path = error.path().unwrap_or(folder).to_owned();
    let cycle = || std::io::Error::other("links form a cycle");
    Error { action: "list", path, source: error.into_io_error().unwrap_or_else(cycle) }
}

/// The files in `folder` itself that `wanted` accepts, sorted by path.
///
/// # Errors
/// When the folder is missing or cannot be listed.
pub fn files_in(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    // The folder itself may be a link, which is followed.
    for entry in WalkDir::new(folder).min_depth(1).max_depth(1) {
        let path = entry.map_err(|error| failed(error, folder))?.into_path();
        if !path.is_dir() && wanted(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_video(path: &Path) -> bool {
        path.extension().is_some_and(|ending| ending == "mp4")
    }

    fn names(folder: &Path, files: &[PathBuf]) -> Vec<String> {
        let relative = files.iter().map(|file| file.strip_prefix(folder).unwrap());
        relative.map(|path| path.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn files_are_listed_at_each_depth_in_order() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        for name in ["b/deep/er/1.mp4", "a.mp4", "b/2.mp4", "b/3.TXT", "b/4.txt", "none"] {
            crate::write(&folder.join(name), "x").unwrap();
        }
        let listing = Listing::below(&folder, is_video).unwrap();
        assert_eq!(names(&folder, &listing.files), ["a.mp4", "b/2.mp4", "b/deep/er/1.mp4"]);
        assert!(listing.unreadable.is_empty());
        let expected = "3 files with other endings: 2 .txt, 1 without";
        assert_eq!(listing.skipped.to_string(), expected);
        assert_eq!(names(&folder, &files_in(&folder, is_video).unwrap()), ["a.mp4"]);
        let error = Listing::below(&folder.join("none such"), |_| true).unwrap_err();
        assert_eq!((error.action, error.path), ("list", folder.join("none such")));
        let error = Listing::below(&folder.join("a.mp4"), |_| true).unwrap_err();
        assert_eq!(error.source.kind(), std::io::ErrorKind::NotADirectory);
    }

    #[test]
    fn endings_count_in_any_case() {
        assert!(has_ending(Path::new("a/b.JPG"), &["png", "jpg"]));
        assert!(
            !has_ending(Path::new("jpg"), &["jpg"]) && !has_ending(Path::new("b.mp4"), &["jpg"])
        );
    }

    #[test]
    fn hidden_and_system_entries_are_left_out_without_a_count() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join(".hidden itself");
        for name in ["a.mp4", "._a.mp4", ".b.mp4", ".c/d.mp4", "@eaDir/a.mp4", "__MACOSX/a.mp4"] {
            crate::write(&folder.join(name), "x").unwrap();
        }
        let listing = Listing::below(&folder, is_video).unwrap();
        assert_eq!(names(&folder, &listing.files), ["a.mp4"]);
        assert_eq!(listing.skipped.to_string(), "");
    }

    #[cfg(unix)]
    #[test]
    fn linked_files_are_listed_and_linked_folders_are_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        crate::write(&folder.join("file"), "x").unwrap();
        std::os::unix::fs::symlink(&folder, folder.join("circle")).unwrap();
        std::os::unix::fs::symlink(folder.join("file"), folder.join("link")).unwrap();
        let expected = [folder.join("file"), folder.join("link")];
        assert_eq!(Listing::below(&folder, |_| true).unwrap().files, expected);
        // The given folder may itself be a link.
        let link = root.path().join("entry");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert_eq!(Listing::below(&link, |_| true).unwrap().files.len(), 2);
        assert_eq!(files_in(&link, |_| true).unwrap().len(), 2);
    }

    /// The superuser may read everything: there the folder is simply listed.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_cannot_be_read_does_not_hide_the_others() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        for name in ["a/1.mp4", "b/2.mp4", "c/3.mp4"] {
            crate::write(&root.path().join(name), "x").unwrap();
        }
        let closed = root.path().join("b");
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
        let listing = Listing::below(root.path(), is_video).unwrap();
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(listing.files.len() + listing.unreadable.len(), 3);
        for error in listing.unreadable {
            assert_eq!(error.path, closed);
        }
    }
}
