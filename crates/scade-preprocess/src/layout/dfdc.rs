//! DFDC: folders of videos with arbitrary names. Their `metadata.json` has the label of each video and
//! the real video that a fake was made from; `labels.csv` of the test sets has the labels.
//!
//! The actors are unknown, so each real video is an identity of its own, which its fakes have as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use scade_data::{Label, Subset, VideoKey};
use serde::Deserialize;

use super::tree::list;
use super::{Discovered, Ignored, Source, owned, stem};
use crate::Error;

/// Largest depth of folders below the root.
const DEPTH: usize = 3;

/// One entry of `metadata.json`, or one line of `labels.csv`.
#[derive(Debug, Clone, Deserialize)]
struct Entry {
    label: String,
    #[serde(default)]
    original: Option<String>,
}

type Entries = BTreeMap<String, Entry>;

pub(super) fn discover(root: &Path) -> Result<Discovered, Error> {
    let mut found = Discovered::default();
    visit(root, root, DEPTH, &mut found)?;
    Ok(found)
}

fn visit(root: &Path, folder: &Path, depth: usize, found: &mut Discovered) -> Result<(), Error> {
    let listing = list(folder)?;
    let [metadata, labels] = ["metadata.json", "labels.csv"].map(|name| folder.join(name));
    if metadata.is_file() {
        add_all(root, &metadata, &read_metadata(&metadata)?, listing.videos, found)?;
    } else if labels.is_file() {
        add_all(root, &labels, &read_labels(&labels)?, listing.videos, found)?;
    } else if let Some(path) = listing.videos.into_iter().next() {
        let reason = "there is no metadata.json or labels.csv beside it with its label".to_owned();
        found.ignored.push(Ignored { path, reason, unreadable: false });
    }
    for folder in listing.folders.iter().filter(|_| depth > 0) {
        visit(root, folder, depth - 1, found)?;
    }
    Ok(())
}

/// Adds the videos of one folder that its list names.
fn add_all(
    root: &Path,
    list: &Path,
    entries: &Entries,
    videos: Vec<PathBuf>,
    found: &mut Discovered,
) -> Result<(), Error> {
    let part = part_of(root, list);
    let mut used = 0;
    for path in videos {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(entry) = entries.get(&name) else {
            let list = list.file_name().unwrap_or_default().to_string_lossy();
            let reason = format!("{list} beside it does not list it");
            found.ignored.push(Ignored { path, reason, unreadable: false });
            continue;
        };
        used += 1;
        found.sources.push(source(path, entry, part, list)?);
    }
    let missing = entries.len() - used;
    if missing > 0 {
        let reason = format!("{missing} of its {} videos do not exist", entries.len());
        found.ignored.push(Ignored { path: list.to_owned(), reason, unreadable: false });
    }
    Ok(())
}

fn source(
    path: PathBuf,
    entry: &Entry,
    part: Option<Subset>,
    list: &Path,
) -> Result<Source, Error> {
    let label = match entry.label.as_str() {
        "REAL" | "0" => Label::Real,
        "FAKE" | "1" => Label::Fake,
        other => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(Error::Form {
                path: list.to_owned(),
                problem: format!("the label of {name} is `{other}`"),
                expected: "REAL or 0, FAKE or 1".to_owned(),
            });
        }
    };
    let own = stem(&path);
    let original = entry.original.as_deref().filter(|name| !name.is_empty());
    let original = original.filter(|_| label == Label::Fake).map(|name| stem(Path::new(name)));
    let identities = owned(&[original.as_deref().unwrap_or(&own)]);
    Ok(Source {
        key: VideoKey::new(label, own)?,
        identities,
        source: original,
        part,
        mask: None,
        path,
    })
}

/// By the innermost folder, the root included, with a name such as `dfdc_train_part_7`, `validation`,
/// `test`.
fn part_of(root: &Path, list: &Path) -> Option<Subset> {
    let below = list.parent()?.strip_prefix(root).ok()?.iter();
    let name = |part: &std::ffi::OsStr| {
        let name = part.to_string_lossy().to_lowercase();
        let name = name.trim_start_matches("dfdc_").to_owned();
        let starts = [("train", Subset::Train), ("val", Subset::Val), ("test", Subset::Test)];
        starts.into_iter().find(|(start, _)| name.starts_with(start)).map(|(_, part)| part)
    };
    root.file_name().into_iter().chain(below).rev().find_map(name)
}

fn read_metadata(path: &Path) -> Result<Entries, Error> {
    let expected = "the metadata.json of DFDC, {\"name.mp4\": {\"label\": \"FAKE\", …}}";
    let wrong = |problem| Error::Form { path: path.into(), problem, expected: expected.into() };
    let text = scade_fs::read(path).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))
}

fn read_labels(path: &Path) -> Result<Entries, Error> {
    #[derive(Deserialize)]
    struct Row {
        filename: String,
        label: String,
    }
    let expected = "the columns filename,label with 0 for real and 1 for fake";
    let wrong = |error: csv::Error| Error::Form {
        path: path.into(),
        problem: error.to_string(),
        expected: expected.into(),
    };
    let mut entries = Entries::new();
    for row in csv::Reader::from_path(path).map_err(wrong)?.into_deserialize() {
        let Row { filename, label } = row.map_err(wrong)?;
        entries.insert(filename, Entry { label, original: None });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{dataset, ignored, lines, write};
    use super::*;

    #[test]
    fn fakes_are_tied_to_their_originals_across_folders() {
        let root = dataset(&[
            "dfdc_train_part_0/aaaaaaaaaa.mp4",
            "dfdc_train_part_1/bbbbbbbbbb.mp4",
            "dfdc_train_part_1/stray.mp4",
            "test/cccccccccc.mp4",
            "test/dddddddddd.mp4",
        ]);
        let metadata =
            r#"{"aaaaaaaaaa.mp4": {"label": "REAL", "split": "train", "original": null}}"#;
        write(&root, "dfdc_train_part_0/metadata.json", metadata);
        let metadata = r#"{
            "bbbbbbbbbb.mp4": {"label": "FAKE", "split": "train", "original": "aaaaaaaaaa.mp4"},
            "eeeeeeeeee.mp4": {"label": "REAL", "split": "train"}}"#;
        write(&root, "dfdc_train_part_1/metadata.json", metadata);
        write(&root, "test/labels.csv", "filename,label\ncccccccccc.mp4,0\ndddddddddd.mp4,1\n");
        let found = discover(root.path()).unwrap();
        let expected = [
            "fake/bbbbbbbbbb: aaaaaaaaaa from aaaaaaaaaa in train",
            "fake/dddddddddd: dddddddddd in test",
            "real/aaaaaaaaaa: aaaaaaaaaa in train",
            "real/cccccccccc: cccccccccc in test",
        ];
        assert_eq!(lines(&found), expected);
        let expected = [
            "stray.mp4: metadata.json beside it does not list it",
            "metadata.json: 1 of its 2 videos do not exist",
        ];
        assert_eq!(ignored(&found), expected);
    }

    #[test]
    fn lists_of_another_form_and_unknown_labels_are_errors() {
        for (name, text, part) in [
            ("metadata.json", r#"["a.mp4"]"#, "metadata.json"),
            ("metadata.json", r#"{"a.mp4": {"label": "MAYBE"}}"#, "`MAYBE`"),
            ("labels.csv", "file,label\na.mp4,1\n", "filename"),
            ("labels.csv", "filename,label\na.mp4,real\n", "`real`"),
        ] {
            let root = dataset(&["a.mp4"]);
            write(&root, name, text);
            let error = discover(root.path()).unwrap_err().to_string();
            assert!(error.contains(part), "{part}: {error}");
        }
    }

    #[test]
    fn a_single_folder_may_be_the_root() {
        let root = dataset(&["dfdc_train_part_4/a.mp4"]);
        write(&root, "dfdc_train_part_4/metadata.json", r#"{"a.mp4": {"label": "REAL"}}"#);
        let found = discover(&root.path().join("dfdc_train_part_4")).unwrap();
        assert_eq!(lines(&found), ["real/a: a in train"]);
    }
}
