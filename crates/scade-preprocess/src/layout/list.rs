//! A CSV file that lists the videos, images among them, for custom datasets.
//!
//! | column | |
//! |---|---|
//! | `path` | the file, relative to the list |
//! | `label` | `real` or `fake` |
//! | `identity` | identities, separated by `;`, the target of a fake first; empty: parsed from the name |
//! | `source` | optional: the `path` of the real clip that a fake was made from |
//! | `part` | optional: `train`, `val` or `test`, for the split `official` |
//! | `mask` | optional: a video of the same frames, or an image, white where a fake is forged; relative to the list |

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use scade_data::{Label, Subset, VideoKey, identities_of};
use serde::Deserialize;

use super::names::named;
use super::{Discovered, Ignored, Source, stem};
use crate::Error;

/// One line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    path: PathBuf,
    label: Label,
    identity: String,
    #[serde(default)]
    source: Option<PathBuf>,
    #[serde(default)]
    part: Option<Subset>,
    #[serde(default)]
    mask: Option<PathBuf>,
}

pub(super) fn discover(list: &Path) -> Result<Discovered, Error> {
    let rows = read(list)?;
    let root = list.parent().unwrap_or(Path::new(""));
    let names = names(&rows)?;
    let mut found = Discovered::default();
    let mut unlisted = BTreeSet::new();
    for row in rows {
        let source = row.source.as_ref().map(|source| {
            let real = names.get(source).filter(|key| key.label() == Label::Real);
            if real.is_none() {
                unlisted.insert(source.clone());
            }
            real.map_or_else(|| source.to_string_lossy().into_owned(), |key| key.name().into())
        });
        found.sources.push(Source {
            key: names[&row.path].clone(),
            identities: people(&row),
            path: root.join(&row.path),
            part: row.part,
            mask: row.mask.map(|mask| root.join(mask)),
            source,
        });
    }
    if let Some(first) = unlisted.first() {
        let (count, first) = (unlisted.len(), first.display());
        let reason = format!("{count} sources are not real videos of the list, such as {first}");
        found.ignored.push(Ignored { path: list.to_owned(), reason, unreadable: false });
    }
    Ok(found)
}

/// The lines; each file exists and is listed once.
fn read(list: &Path) -> Result<Vec<Row>, Error> {
    let wrong = |problem: String| Error::Form {
        path: list.to_owned(),
        problem,
        expected: "the columns path,label,identity and, optionally, source, part and mask; \
                   labels are real and fake, parts train, val and test"
            .to_owned(),
    };
    let text = scade_fs::read(list).map_err(|error| wrong(error.to_string()))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&*text);
    let root = list.parent().unwrap_or(Path::new(""));
    let mut seen = BTreeSet::new();
    let mut rows = Vec::new();
    for (number, row) in reader.deserialize().enumerate() {
        let row: Row = row.map_err(|error| wrong(error.to_string()))?;
        let at = |what: &str| wrong(format!("video {}, {} {what}", number + 1, row.path.display()));
        if !root.join(&row.path).is_file() {
            return Err(at("does not exist"));
        }
        if row.mask.as_ref().is_some_and(|mask| !root.join(mask).is_file()) {
            return Err(at("has a mask that does not exist"));
        }
        if row.mask.is_some() && row.label == Label::Real {
            return Err(at("is real and has a mask"));
        }
        if !seen.insert(row.path.clone()) {
            return Err(at("is listed twice"));
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(wrong("it lists no video".to_owned()));
    }
    Ok(rows)
}

/// The key of each path.
fn names(rows: &[Row]) -> Result<BTreeMap<PathBuf, VideoKey>, Error> {
    let mut keys = BTreeMap::new();
    for label in Label::ALL {
        let paths: Vec<_> =
            rows.iter().filter(|row| row.label == label).map(|row| row.path.clone()).collect();
        for (name, path) in named(Path::new(""), &paths).into_iter().zip(paths) {
            keys.insert(path, VideoKey::new(label, name)?);
        }
    }
    Ok(keys)
}

fn people(row: &Row) -> Vec<String> {
    let people = row.identity.split(';').map(str::trim).filter(|person| !person.is_empty());
    let people: Vec<_> = people.map(str::to_owned).collect();
    if people.is_empty() { identities_of(&stem(&row.path)) } else { people }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{dataset, ignored, lines, write};
    use super::*;

    fn find(text: &str) -> Result<Discovered, Error> {
        let root = dataset(&["a/x.mp4", "a/y.mp4", "b/y.ts", "b/z.jpg"]);
        write(&root, "list.csv", text);
        discover(&root.path().join("list.csv"))
    }

    /// The program would wait for a pipe; an empty device takes its place here.
    #[cfg(unix)]
    #[test]
    fn only_regular_files_are_read() {
        let error = discover(Path::new("/dev/null")).unwrap_err();
        assert!(error.to_string().contains("not a regular file"), "{error}");
    }

    #[test]
    fn every_column_is_read() {
        let found = find(
            "path,label,identity,source,part\na/x.mp4, real,anna,,train\n\
             a/y.mp4,fake,anna; bert,a/x.mp4,test\nb/y.ts,fake,,elsewhere/z.mp4,\n",
        );
        let found = found.unwrap();
        let expected = [
            "fake/a-y-mp4: anna, bert from x in test",
            "fake/b-y-ts: y from elsewhere/z.mp4",
            "real/x: anna in train",
        ];
        assert_eq!(lines(&found), expected);
        let reason = "1 sources are not real videos of the list, such as elsewhere/z.mp4";
        assert_eq!(ignored(&found), [format!("list.csv: {reason}")]);
    }

    #[test]
    fn optional_columns_may_be_absent_and_the_order_is_arbitrary() {
        let found = find("identity,label,path\n,real,a/x.mp4\n").unwrap();
        assert_eq!(lines(&found), ["real/x: x"]);
    }

    #[test]
    fn images_are_listed_as_videos_are() {
        let found = find("path,label,identity\nb/z.jpg,fake,anna\na/x.mp4,real,anna\n").unwrap();
        assert_eq!(lines(&found), ["fake/z: anna", "real/x: anna"]);
    }

    #[test]
    fn invalid_lines_are_errors() {
        for (text, part) in [
            ("path,label,identity\n", "lists no video"),
            ("path,label,identity\na/x.mp4,REAL,\n", "line: 2"),
            ("path,label,identity,sorce\na/x.mp4,real,,\n", "`sorce`"),
            ("path,label\na/x.mp4,real\n", "`identity`"),
            ("path,label,identity\na/x.mp4,real\n", "line: 2"),
            (
                "path,label,identity\na/x.mp4,real,\na/z.mp4,real,\n",
                "video 2, a/z.mp4 does not exist",
            ),
            ("path,label,identity\na/x.mp4,real,\na/x.mp4,fake,\n", "listed twice"),
            ("path,label,identity,mask\na/x.mp4,fake,,a/z.mp4\n", "a mask that does not exist"),
            ("path,label,identity,mask\na/x.mp4,real,,a/y.mp4\n", "is real and"),
        ] {
            let error = find(text).unwrap_err().to_string();
            assert!(error.contains(part), "{part}: {error}");
        }
        let error = discover(Path::new("/nowhere/list.csv")).unwrap_err().to_string();
        assert!(error.contains("/nowhere/list.csv"), "{error}");
    }
}
