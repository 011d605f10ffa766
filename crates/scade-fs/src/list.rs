//! Listing the files of a folder.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::Error;

/// The files in `folder` itself that `wanted` accepts, sorted by path.
///
/// # Errors
/// When the folder is missing or cannot be listed.
pub fn files_in(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Error> {
    list(WalkDir::new(folder).max_depth(1), folder, wanted)
}

/// The files at any depth below `folder` that `wanted` accepts, sorted by path. Linked files count; linked
/// folders are not followed, as they may form cycles.
///
/// # Errors
/// When the folder is missing, or one below it cannot be listed.
pub fn files_below(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Error> {
    list(WalkDir::new(folder), folder, wanted)
}

fn list(
    walk: WalkDir,
    folder: &Path,
    wanted: impl Fn(&Path) -> bool,
) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    // The folder itself may be a link, which is followed.
    for entry in walk.min_depth(1) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            let cycle = || std::io::Error::other("links form a cycle");
            Error { action: "list", path, source: error.into_io_error().unwrap_or_else(cycle) }
        })?;
        if !entry.path().is_dir() && wanted(entry.path()) {
            files.push(entry.into_path());
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_listed_at_each_depth_in_order() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        for name in ["b/deep/er/1.mp4", "a.mp4", "b/2.mp4", "b/3.txt"] {
            crate::write(&folder.join(name), "x").unwrap();
        }
        let names = |files: Vec<PathBuf>| -> Vec<String> {
            let relative = files.iter().map(|file| file.strip_prefix(&folder).unwrap());
            relative.map(|path| path.to_str().unwrap().to_owned()).collect()
        };
        let is_video = |path: &Path| path.extension().is_some_and(|ending| ending == "mp4");
        let below = names(files_below(&folder, is_video).unwrap());
        assert_eq!(below, ["a.mp4", "b/2.mp4", "b/deep/er/1.mp4"]);
        assert_eq!(names(files_in(&folder, |_| true).unwrap()), ["a.mp4"]);
        let error = files_below(&folder.join("none"), |_| true).unwrap_err();
        assert_eq!((error.action, error.path), ("list", folder.join("none")));
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
        assert_eq!(files_below(&folder, |_| true).unwrap(), expected);
        // The given folder may itself be a link.
        let link = root.path().join("entry");
        std::os::unix::fs::symlink(&folder, &link).unwrap();
        assert_eq!(files_in(&link, |_| true).unwrap().len(), 2);
    }
}
