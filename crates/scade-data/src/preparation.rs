//! `preparation.json`: by which settings the samples of a store were made.
//!
//! The settings are opaque here, the formats of [`crate::Files`] excepted; only whether two of them are the
//! same is of interest.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Result, Tree};

/// The version of our tree that this crate reads and writes.
pub const LAYOUT_VERSION: u64 = 1;

const FILE: &str = "preparation.json";

/// One setting in which a store and a request differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its place, as in `face.margin`; empty when the settings differ as a whole.
    pub setting: String,
    /// The value asked for; null when absent.
    pub expected: Value,
    /// The value the store was made with; null when absent.
    pub got: Value,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`: expected {}, got {}", self.setting, self.expected, self.got)
    }
}

#[derive(Serialize, Deserialize)]
struct Preparation {
    layout: u64,
    #[serde(default)]
    settings: Value,
}

/// Tree and settings of the store at `root`; `None` when there is no such file.
pub(crate) fn read(root: &Path) -> Result<Option<(Tree, Value)>> {
    for tree in Tree::ALL {
        if let Some(settings) = read_file(tree.notes(root).join(FILE))? {
            return Ok(Some((tree, settings)));
        }
    }
    Ok(None)
}

fn read_file(path: PathBuf) -> Result<Option<Value>> {
    let bytes = match scade_fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let preparation: Preparation = serde_json::from_slice(&bytes).map_err(|source| {
        Error::Json { path: path.clone(), expected: "the preparation of a dataset", source }
    })?;
    if preparation.layout != LAYOUT_VERSION {
        let (expected, got) = (LAYOUT_VERSION, preparation.layout);
        return Err(Error::LayoutVersion { path, expected, got });
    }
    Ok(Some(preparation.settings))
}

/// Writes the settings of a new store, such that [`read`] gives [`as_read_back`] of them.
pub(crate) fn write(root: &Path, tree: Tree, settings: &Value) -> Result<()> {
    let preparation = Preparation { layout: LAYOUT_VERSION, settings: settings.clone() };
    let path = tree.notes(root).join(FILE);
    Ok(scade_fs::write(&path, format!("{:#}\n", serde_json::json!(preparation)))?)
}

/// `settings` as they come back from a file, so that a number that loses its last bit on the way
/// does not look like another setting.
pub(crate) fn as_read_back(settings: &Value) -> Value {
    settings.to_string().parse().expect("JSON that was just written can be read")
}

/// Where two settings differ, in the order of their names.
#[must_use]
pub fn differences(expected: &Value, got: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    collect(String::new(), expected, got, &mut found);
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
    use serde_json::json;

    #[test]
    fn differences_name_the_nested_setting() {
        let expected = json!({"face": {"margin": 0.3, "rule": "aligned"}, "quality": 95});
        let got = json!({"face": {"margin": 0.2, "rule": "aligned"}, "quality": 95, "old": true});
        let lines: Vec<_> = differences(&expected, &got).iter().map(ToString::to_string).collect();
        let wanted = ["`face.margin`: expected 0.3, got 0.2", "`old`: expected null, got true"];
        assert_eq!(lines, wanted);
        assert!(differences(&got, &got).is_empty());
    }

    #[test]
    fn numbers_survive_the_file() {
        let root = tempfile::tempdir().unwrap();
        let odd = [0.1 + 0.2, f64::from(0.3_f32), 1.0 / 3.0, 5e-324, 1e23, 123_456_789.123_456_79];
        let settings = json!({ "odd": odd });
        for tree in Tree::ALL {
            let root = root.path().join(tree.to_string());
            write(&root, tree, &settings).unwrap();
            assert_eq!(read(&root).unwrap(), Some((tree, as_read_back(&settings))));
        }
    }

    #[test]
    fn another_layout_is_told_apart() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join(FILE), r#"{"layout": 7, "videos": []}"#).unwrap();
        let error = read(root.path()).unwrap_err();
        assert!(matches!(error, Error::LayoutVersion { expected: 1, got: 7, .. }));
    }
}
