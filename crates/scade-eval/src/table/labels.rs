//! Labels of files whose scores come without: from a list, or from the names of folders.

use std::collections::HashMap;
use std::path::{Component, Path};

use csv::StringRecord;

use super::csv_file::{failed, parse_label};
use crate::{Error, Result};

/// What a list says of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Whether it is forged.
    pub fake: bool,
    /// How; may be empty.
    pub method: String,
    /// The dataset, where the list names one.
    pub dataset: Option<String>,
    /// The person or source clip.
    pub identity: Option<String>,
}

/// The labels of files, from a CSV file with the columns `path` and `label`, and where known `method`,
/// `dataset` and `identity`.
#[derive(Debug, Clone, Default)]
pub struct Labels(HashMap<String, Known>);

impl Labels {
    /// Reads a list.
    ///
    /// # Errors
    /// [`Error::Read`]; [`Error::Input`] for a missing column, another label, and a path that is listed twice.
    pub fn read(path: &Path) -> Result<Self> {
        scade_fs::require_regular(path)
            .map_err(|source| Error::Read { path: path.into(), source })?;
        let mut reader = csv::Reader::from_path(path).map_err(|error| failed(path, error))?;
        let names = reader.headers().map_err(|error| failed(path, error))?.clone();
        let find = |wanted: &str| {
            names.iter().position(|name| name.trim_start_matches('\u{feff}').trim() == wanted)
        };
        let require = |wanted: &'static str| {
            let got = names.iter().collect::<Vec<_>>().join(",");
            find(wanted).ok_or_else(|| {
                Error::input(path, 1, format!("a column `{wanted}`"), format!("`{got}`"))
            })
        };
        let (at_path, at_label) = (require("path")?, require("label")?);
        let others = ["method", "dataset", "identity"].map(find);
        let mut known = HashMap::new();
        let mut record = StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| failed(path, error))? {
            let line = record.position().map(csv::Position::line);
            let label = record[at_label].trim();
            let fake = parse_label(label).ok_or_else(|| {
                Error::input(path, line, "a label real, fake, 0 or 1", format!("`{label}`"))
            })?;
            let [method, dataset, identity] = others.map(|at| {
                let text = record.get(at?)?.trim();
                (!text.is_empty()).then(|| text.to_owned())
            });
            let entry = Known { fake, method: method.unwrap_or_default(), dataset, identity };
            let name = record[at_path].trim().to_owned();
            if known.insert(name, entry).is_some() {
                let got = format!("{} again", record[at_path].trim());
                return Err(Error::input(path, line, "each path once", got));
            }
        }
        Ok(Self(known))
    }

    /// What the list says of a path, as it is written there.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Known> {
        self.0.get(path)
    }

    /// The listed files, in order of path.
    #[must_use]
    pub fn files(&self) -> Vec<(&str, &Known)> {
        let mut files: Vec<_> = self.0.iter().map(|(path, known)| (&**path, known)).collect();
        files.sort_unstable_by_key(|(path, _)| *path);
        files
    }
}

/// The label of a file by the last folder above it that is called `real` or `fake`, and the method by the
/// folder below `fake`, or by what precedes `__` in the file's name; empty where neither is there.
///
/// ```
/// use scade_eval::label_of_path;
///
/// assert_eq!(label_of_path("set/real/a.png"), Some((false, "")));
/// assert_eq!(label_of_path("set/fake/FaceSwap/000_003.mp4"), Some((true, "FaceSwap")));
/// assert_eq!(label_of_path("set/fake/FaceSwap__000_003.mp4"), Some((true, "FaceSwap")));
/// assert_eq!(label_of_path("holiday/a.png"), None);
/// ```
#[must_use]
pub fn label_of_path(path: &str) -> Option<(bool, &str)> {
    let names: Vec<&str> = Path::new(path)
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let (file, folders) = names.split_last()?;
    let at = folders.iter().rposition(|name| matches!(*name, "real" | "fake"))?;
    if folders[at] == "real" {
        return Some((false, ""));
    }
    let before = file.split_once("__").map_or("", |(method, _)| method);
    Some((true, folders.get(at + 1).copied().unwrap_or(before)))
}
