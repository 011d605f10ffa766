//! Listing the videos and folders of a folder.

use std::path::{Path, PathBuf};

use scade_video::VIDEO_EXTENSIONS;

use crate::Error;

/// Content of a folder, sorted.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) folders: Vec<PathBuf>,
    pub(super) videos: Vec<PathBuf>,
}

/// Lists one folder; empty if it does not exist.
pub(super) fn list(folder: &Path) -> Result<Listing, Error> {
    let mut listing = Listing::default();
    if !folder.is_dir() {
        return Ok(listing);
    }
    let failed = |source| Error::List { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            listing.folders.push(path);
        } else if is_video(&path) {
            listing.videos.push(path);
        }
    }
    listing.folders.sort();
    listing.videos.sort();
    Ok(listing)
}

/// All videos below `folder`, at any depth. Symbolic links to folders are not followed: there may be
/// cycles.
pub(super) fn videos_below(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut videos = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let listing = list(&folder)?;
        videos.extend(listing.videos);
        open.extend(listing.folders.into_iter().filter(|folder| !folder.is_symlink()));
    }
    videos.sort();
    Ok(videos)
}

/// The folder `name` below `root`, ignoring case, in which copies of a dataset differ.
pub(super) fn folder_named(root: &Path, name: &str) -> Result<PathBuf, Error> {
    let fits = |path: &PathBuf| {
        path.file_name().is_some_and(|found| found.to_string_lossy().eq_ignore_ascii_case(name))
    };
    let found = list(root)?.folders.into_iter().find(fits);
    Ok(found.unwrap_or_else(|| root.join(name)))
}

fn is_video(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    !hidden && extension.is_some_and(|extension| VIDEO_EXTENSIONS.contains(&&*extension))
}
