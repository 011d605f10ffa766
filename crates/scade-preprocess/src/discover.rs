//! Finding the videos of a dataset and naming them apart.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use scade_data::{Label, VideoKey, identities_of};

use crate::Error;

/// File name endings of videos, in any case.
pub const VIDEO_EXTENSIONS: [&str; 5] = ["mp4", "avi", "mov", "mkv", "webm"];

/// One video of the dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Its label and its name in the store, unlike any other's.
    pub key: VideoKey,
    /// Who is seen in it, read off the file name.
    pub identities: Vec<String>,
}

/// All videos below `root/real` and `root/fake`, at any depth, sorted by path.
///
/// A video's name in the store is its stem. Where several of one class share a stem, twins like
/// `a.mp4` and `a.avi` or one name in several folders, each is named by its whole relative path, so
/// that none overwrites another.
///
/// # Errors
/// [`Error::NoVideos`] with what was looked for; [`Error::List`] for a folder that cannot be read.
pub fn discover(root: &Path) -> Result<Vec<Source>, Error> {
    let mut sources = Vec::new();
    let mut missing = Vec::new();
    for label in Label::ALL {
        let folder = root.join(label.name());
        if !folder.is_dir() {
            missing.push(label.name());
            continue;
        }
        let mut paths = Vec::new();
        list(&folder, &mut paths)?;
        paths.sort();
        sources.extend(named(label, &folder, paths)?);
    }
    if sources.is_empty() {
        let found = match (root.is_dir(), missing.len()) {
            (false, _) => "there is no such folder".to_owned(),
            (true, 2) => "there is neither a folder real nor a folder fake".to_owned(),
            (true, 1) => format!("there is no folder {} and no video in the other", missing[0]),
            (true, _) => "both folders hold no video".to_owned(),
        };
        return Err(Error::NoVideos { root: root.to_owned(), found });
    }
    Ok(sources)
}

/// Collects the videos below `folder`. Linked folders are not entered: they may lead in circles.
fn list(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |source| Error::List { path: folder.to_owned(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            list(&path, into)?;
        } else if is_video(&path) {
            into.push(path);
        }
    }
    Ok(())
}

fn is_video(path: &Path) -> bool {
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    !hidden && extension.is_some_and(|extension| VIDEO_EXTENSIONS.contains(&&*extension))
}

fn named(label: Label, folder: &Path, paths: Vec<PathBuf>) -> Result<Vec<Source>, Error> {
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    for path in &paths {
        *uses.entry(stem(path)).or_default() += 1;
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    let mut sources = Vec::with_capacity(paths.len());
    for path in paths {
        let stem = stem(&path);
        let mut name = if uses[&stem] == 1 { stem.clone() } else { flat_name(folder, &path) };
        // Two names may still fall together: a file really called `a_mp4`, bytes that are no text.
        let earlier = taken.entry(name.clone()).or_default();
        *earlier += 1;
        if *earlier > 1 {
            name = format!("{name}~{earlier}");
        }
        let key = VideoKey::new(label, name)?;
        sources.push(Source { path, key, identities: identities_of(&stem) });
    }
    Ok(sources)
}

/// `sub/folder/clip.mp4` as `sub-folder-clip-mp4`.
fn flat_name(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    relative.to_string_lossy().replace(['/', '\\', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    fn names(files: &[&str]) -> Vec<String> {
        let root = dataset(files);
        discover(root.path()).unwrap().iter().map(|source| source.key.to_string()).collect()
    }

    #[test]
    fn classes_depths_and_cases_are_all_found() {
        let files = ["real/a.mp4", "fake/deep/er/b.MKV", "real/note.txt", "real/.hidden.mp4"];
        assert_eq!(names(&files), ["real/a", "fake/b"]);
    }

    #[test]
    fn one_name_in_both_classes_stays_two_videos() {
        assert_eq!(names(&["real/a.mp4", "fake/a.mp4"]), ["real/a", "fake/a"]);
    }

    #[test]
    fn twins_and_pooled_manipulations_are_kept_apart() {
        let files = ["fake/Deepfakes/000_003.mp4", "fake/FaceSwap/000_003.mp4", "fake/x.mp4"];
        assert_eq!(
            names(&files),
            ["fake/Deepfakes-000_003-mp4", "fake/FaceSwap-000_003-mp4", "fake/x"]
        );
        assert_eq!(names(&["real/a.avi", "real/a.mp4"]), ["real/a-avi", "real/a-mp4"]);
    }

    #[test]
    fn names_that_fall_together_are_numbered() {
        let files = ["real/a-mp4.mov", "real/a.avi", "real/a.mp4"];
        assert_eq!(names(&files), ["real/a-mp4", "real/a-avi", "real/a-mp4~2"]);
    }

    #[test]
    fn identities_come_from_the_file_name() {
        let root = dataset(&["fake/Deepfakes/000_003.mp4", "fake/FaceSwap/000_003.mp4"]);
        for source in discover(root.path()).unwrap() {
            assert_eq!(source.identities, ["000", "003"]);
        }
    }

    #[test]
    fn an_empty_or_missing_dataset_says_what_was_looked_for() {
        let root = dataset(&["real/note.txt"]);
        let error = discover(root.path()).unwrap_err().to_string();
        assert!(error.contains("no folder fake"), "{error}");
        let error = discover(Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/{real,fake}") && error.contains("no such"), "{error}");
    }
}
