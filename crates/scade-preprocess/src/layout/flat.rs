//! `real/` and `fake/` with videos and images at any depth. By default identities are parsed from the file
//! names, by the conventions of the public datasets.

use std::path::Path;

use scade_data::{Label, VideoKey, identities_of};
use serde::{Deserialize, Serialize};

use super::names::named;
use super::tree::videos_below;
use super::{Discovered, Layout, Source, stem};
use crate::Error;

/// What gives the identities in a file of the layout `flat`.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Identities {
    /// Its name, by [`identities_of`].
    #[default]
    Name,
    /// None that it shares: each file is an identity of its own, named by its class and unique name, as
    /// in `real/a`.
    File,
    /// Its folder, by the path below `real/` or `fake/`; a file directly there is an identity of its own.
    Folder,
}

impl Identities {
    /// The identities in the file at `path` below `folder`, which is `key` in the prepared dataset.
    fn of(self, path: &Path, folder: &Path, key: &VideoKey) -> Vec<String> {
        let below = path.parent().and_then(|parent| parent.strip_prefix(folder).ok());
        match (self, below.filter(|below| !below.as_os_str().is_empty())) {
            (Self::Name, _) => identities_of(&stem(path)),
            (Self::File, _) | (Self::Folder, None) => vec![key.to_string()],
            (Self::Folder, Some(below)) => {
                let names = below.iter().map(|name| name.to_string_lossy());
                vec![names.collect::<Vec<_>>().join("/")]
            }
        }
    }
}

pub(super) fn discover(root: &Path, identities: Identities) -> Result<Discovered, Error> {
    let (mut sources, mut ignored) = (Vec::new(), Vec::new());
    let mut missing = Vec::new();
    for label in Label::ALL {
        let folder = root.join(label.name());
        if !folder.is_dir() {
            missing.push(label.name());
        }
        let paths = videos_below(&folder, &mut ignored)?;
        for (name, path) in named(&folder, &paths).into_iter().zip(&paths) {
            let key = VideoKey::new(label, name)?;
            sources.push(Source {
                identities: identities.of(path, &folder, &key),
                path: path.clone(),
                key,
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
            (true, 1) => {
                format!("it has no folder {} and no video or image in the other", missing[0])
            }
            (true, _) => "both folders have no video or image".to_owned(),
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
        check_by(Identities::default(), files, expected);
    }

    fn check_by(identities: Identities, files: &[&str], expected: &[&str]) {
        let root = dataset(files);
        assert_eq!(lines(&discover(root.path(), identities).unwrap()), expected);
    }

    #[test]
    fn images_are_listed_beside_videos() {
        let files = ["real/a.JPG", "real/b.mp4", "fake/c/d.heic", "real/.e.png", "fake/f.svg"];
        check(&files, &["fake/d: d", "real/a: a", "real/b: b"]);
    }

    #[test]
    fn each_file_can_be_its_own_identity() {
        let files = ["real/000_003.png", "real/x/a.png", "real/y/a.png", "fake/000_003.png"];
        let expected = [
            "fake/000_003: fake/000_003",
            "real/000_003: real/000_003",
            "real/x-a-png: real/x-a-png",
            "real/y-a-png: real/y-a-png",
        ];
        check_by(Identities::File, &files, &expected);
    }

    #[test]
    fn folders_can_be_identities() {
        let files =
            ["real/anna/1.png", "real/b/c/2.mp4", "real/d.jpg", "fake/anna/3.png", "fake/d.jpg"];
        let expected =
            ["fake/3: anna", "fake/d: fake/d", "real/1: anna", "real/2: b/c", "real/d: real/d"];
        check_by(Identities::Folder, &files, &expected);
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
        let by = Identities::Name;
        let error = discover(root.path(), by).unwrap_err().to_string();
        assert!(error.contains("no folder fake and no video or image"), "{error}");
        let error = discover(Path::new("/nowhere"), by).unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/{real,fake}") && error.contains("does not exist"),
            "{error}"
        );
    }
}
