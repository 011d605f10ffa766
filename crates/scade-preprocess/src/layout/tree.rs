//! Listing the videos, images among them, and folders of a folder.

use std::path::{Path, PathBuf};

use scade_sample::has_media_ending;

use super::Ignored;
use crate::Error;

/// Content of a folder, sorted.
#[derive(Default)]
pub(super) struct Listing {
    pub(super) folders: Vec<PathBuf>,
    /// Videos and images; an image is a video of one frame.
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

/// All videos and images below `folder`, at any depth, without following links to folders; none if it does
/// not exist. What cannot be read, and how many files have other endings, is added to `ignored`.
pub(super) fn videos_below(
    folder: &Path,
    ignored: &mut Vec<Ignored>,
) -> Result<Vec<PathBuf>, Error> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let listing = scade_fs::Listing::below(folder, is_video)
        .map_err(|error| Error::List { path: error.path, source: error.source })?;
    for error in listing.unreadable {
        let (path, reason) = (error.path, error.source.to_string());
        ignored.push(Ignored { path, reason, unreadable: true });
    }
    let others = listing.skipped.to_string();
    if !others.is_empty() {
        ignored.push(Ignored { path: folder.to_owned(), reason: others, unreadable: false });
    }
    Ok(listing.files)
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
    !scade_fs::is_hidden(path) && has_media_ending(path)
}
