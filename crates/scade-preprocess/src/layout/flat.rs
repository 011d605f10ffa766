//! `real/` and `fake/` with videos at any depth. Identities are parsed from the file names, by the
//! conventions of the public datasets.

use std::path::Path;

use scade_data::{Label, VideoKey, identities_of};

use super::names::named;
use super::tree::videos_below;
use super::{Discovered, Layout, Source, stem};
use crate::Error;

pub(super) fn discover(root: &Path) -> Result<Discovered, Error> {
    let (mut sources, mut ignored) = (Vec::new(), Vec::new());
    let mut missing = Vec::new();
    for label in Label::ALL {
        let folder = root.join(label.name());
        if !folder.is_dir() {
            missing.push(label.name());
        }
        let paths = videos_below(&folder, &mut ignored)?;
        for (name, path) in named(&folder, &paths).into_iter().zip(&paths) {
            sources.push(Source {
                path: path.clone(),
                key: VideoKey::new(label, name)?,
                identities: identities_of(&stem(path)),
                source: None,
                part: None,
                mask: None,
            });
        }
    }
    if sources.is_empty() {
        let found = match (root.is_dir(), missing.len()) {
            (false, _) => "it does not exist".to_owned(),
            (true, 2) => "it has neither a folder real nor a folder fake".to_owned(),
            (true, 1) => format!("it has no folder {} and no video in the other", missing[0]),
            (true, _) => "both folders have no video".to_owned(),
        };
        let (root, expected) = (root.to_owned(), Layout::Flat.expected());
        return Err(Error::NoVideos { root, expected, found });
    }
    Ok(Discovered { sources, ignored })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{dataset, lines};
    use super::*;

    fn check(files: &[&str], expected: &[&str]) {
        let root = dataset(files);
        assert_eq!(lines(&discover(root.path()).unwrap()), expected);
    }

    #[test]
    fn videos_are_found_at_any_depth_and_in_any_case() {
        let files = ["real/a.mp4", "fake/deep/er/b.MKV", "real/note.txt", "real/.hidden.mp4"];
        check(&files, &["fake/b: b", "real/a: a"]);
    }

    #[test]
    fn one_name_in_both_classes_is_two_videos() {
        check(&["real/a.mp4", "fake/a.mp4"], &["fake/a: a", "real/a: a"]);
    }

    #[test]
    fn identities_come_from_the_file_name() {
        let files = ["fake/Deepfakes/000_003.mp4", "fake/FaceSwap/000_003.mp4"];
        let expected =
            ["fake/Deepfakes-000_003-mp4: 000, 003", "fake/FaceSwap-000_003-mp4: 000, 003"];
        check(&files, &expected);
    }

    #[test]
    fn an_error_for_an_empty_or_missing_dataset_has_the_expected_files() {
        let root = dataset(&["real/note.txt"]);
        let error = discover(root.path()).unwrap_err().to_string();
        assert!(error.contains("no folder fake"), "{error}");
        let error = discover(Path::new("/nowhere")).unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/{real,fake}") && error.contains("does not exist"),
            "{error}"
        );
    }
}
