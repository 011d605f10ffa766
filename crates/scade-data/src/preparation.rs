//! `preparation.json`: the specification of the samples of a dataset.

use std::path::{Path, PathBuf};

use scade_sample::DatasetSpec;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, FileLayout, Result};

/// The version of our file layout that this crate reads and writes.
pub const LAYOUT_VERSION: u64 = 1;

const FILE: &str = "preparation.json";

/// A setting in which a dataset and a request differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its path, as in `sample.crop.margin`; empty when the settings differ as a whole.
    pub setting: String,
    /// The requested value; null when absent.
    pub expected: Value,
    /// The value in the dataset; null when absent.
    pub got: Value,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: expected {}, got {}", self.setting, self.expected, self.got)
    }
}

#[derive(Deserialize)]
struct File {
    layout: u64,
    /// `settings` in the previous version.
    #[serde(alias = "settings", default)]
    spec: Value,
}

#[derive(Serialize)]
struct Preparation<'a> {
    layout: u64,
    spec: &'a DatasetSpec,
}

/// Content of the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Written {
    pub(crate) spec: DatasetSpec,
    /// The same as stored, possibly in the form of an earlier version.
    pub(crate) json: Value,
}

/// File layout and specification of the dataset at `root`; `None` when there is no such file.
pub(crate) fn read(root: &Path) -> Result<Option<(FileLayout, Written)>> {
    for tree in FileLayout::ALL {
        if let Some(written) = read_file(tree.metadata_dir(root).join(FILE))? {
            return Ok(Some((tree, written)));
        }
    }
    Ok(None)
}

fn read_file(path: PathBuf) -> Result<Option<Written>> {
    let bytes = match scade_fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let wrong = |source| {
        let expected = "the specification of a prepared dataset";
        Error::Json { path: path.clone(), expected, source }
    };
    let File { layout: got, spec: json } = serde_json::from_slice(&bytes).map_err(wrong)?;
    if got != LAYOUT_VERSION {
        return Err(Error::LayoutVersion { path, expected: LAYOUT_VERSION, got });
    }
    let spec = DatasetSpec::deserialize(&json).map_err(wrong)?;
    Ok(Some(Written { spec, json }))
}

/// Writes the specification of a new dataset; [`read`] returns an equal one.
pub(crate) fn write(root: &Path, tree: FileLayout, spec: &DatasetSpec) -> Result<()> {
    let path = tree.metadata_dir(root).join(FILE);
    crate::json::write_json(&path, &Preparation { layout: LAYOUT_VERSION, spec })
}

/// The differences of two sets of settings, sorted by path.
#[must_use]
pub fn differences<T: Serialize>(expected: &T, got: &T) -> Vec<Difference> {
    // Numbers, strings and structs always have a JSON form.
    let [expected, got] =
        [expected, got].map(|settings| serde_json::to_value(settings).unwrap_or_default());
    let mut found = Vec::new();
    collect(String::new(), &expected, &got, &mut found);
    found
}

fn collect(setting: String, expected: &Value, got: &Value, found: &mut Vec<Difference>) {
    let (Value::Object(wanted), Value::Object(present)) = (expected, got) else {
        if expected != got {
            found.push(Difference { setting, expected: expected.clone(), got: got.clone() });
        }
        return;
    };
    let names: std::collections::BTreeSet<_> = wanted.keys().chain(present.keys()).collect();
    for name in names {
        let place = if setting.is_empty() { name.clone() } else { format!("{setting}.{name}") };
        let side =
            |map: &serde_json::Map<String, Value>| map.get(name).cloned().unwrap_or_default();
        collect(place, &side(wanted), &side(present), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_sample::SampleSpec;

    #[test]
    fn differences_name_the_nested_setting() {
        let expected = DatasetSpec::default();
        let mut got = expected.clone();
        got.frames.every = 7;
        got.sample.jpeg_quality = 50;
        got.sample.detector_weights = Some("abc".into());
        let lines: Vec<_> = differences(&expected, &got).iter().map(ToString::to_string).collect();
        let wanted = [
            "`frames.every`: expected 10, got 7",
            "`sample.detector_weights`: expected null, got \"abc\"",
            "`sample.jpeg_quality`: expected 95, got 50",
        ];
        assert_eq!(lines, wanted);
        assert!(differences(&got, &got).is_empty());
    }

    /// A number that lost its last bit in the file would be a difference.
    #[test]
    fn numbers_survive_the_file() {
        let root = tempfile::tempdir().unwrap();
        let odd = [0.1 + 0.2, 0.3, 1.0 / 3.0, 1e-30, 1e23, 123_456.79];
        for (index, threshold) in odd.into_iter().enumerate() {
            let mut sample = SampleSpec::default();
            sample.detector.thresholds[0] = threshold;
            let spec = DatasetSpec { sample, ..DatasetSpec::default() };
            for tree in FileLayout::ALL {
                let root = root.path().join(format!("{tree}{index}"));
                write(&root, tree, &spec).unwrap();
                let (got, written) = read(&root).unwrap().unwrap();
                assert_eq!((got, written.spec), (tree, spec.clone()));
            }
        }
    }

    #[test]
    fn unknown_settings_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let text = r#"{"layout": 1, "settings": {"sample": {"jpg_quality": 3}}}"#;
        std::fs::write(root.path().join(FILE), text).unwrap();
        assert!(matches!(read(root.path()), Err(Error::Json { .. })));
    }

    #[test]
    fn another_layout_version_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join(FILE), r#"{"layout": 7, "videos": []}"#).unwrap();
        let error = read(root.path()).unwrap_err();
        assert!(matches!(error, Error::LayoutVersion { expected: 1, got: 7, .. }));
    }
}
