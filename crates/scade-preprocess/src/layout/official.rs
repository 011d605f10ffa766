//! The official split of FaceForensics++: `train.json`, `val.json` and `test.json`, each a list of
//! pairs of clip numbers that forge each other, `[["071", "054"], …]`.

use std::collections::BTreeMap;
use std::path::Path;

use scade_data::Subset;

use crate::Error;

/// The subset of each clip number.
pub(super) struct Official {
    parts: BTreeMap<String, Subset>,
}

impl Official {
    /// Reads the three files in `folder`.
    ///
    /// # Errors
    /// [`Error::Form`] for a file that cannot be read, is not a list of pairs, or has a clip of another
    /// subset.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        let mut parts = BTreeMap::new();
        for part in Subset::ALL {
            let path = folder.join(format!("{part}.json"));
            let wrong = |problem: String| Error::Form {
                path: path.clone(),
                problem,
                expected: "a list of pairs like [[\"071\", \"054\"], …], as published with \
                           FaceForensics++"
                    .to_owned(),
            };
            let text = scade_fs::read(&path).map_err(|error| wrong(error.to_string()))?;
            let pairs: Vec<[String; 2]> =
                serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
            for id in pairs.into_iter().flatten() {
                if let Some(other) = parts.insert(id.clone(), part).filter(|other| *other != part) {
                    return Err(wrong(format!("{id} is also in {other}.json")));
                }
            }
        }
        Ok(Self { parts })
    }

    /// The subset that all of `ids` are in, if there is one.
    pub(super) fn part_of(&self, ids: &[&str]) -> Option<Subset> {
        let first = self.parts.get(*ids.first()?)?;
        ids.iter().all(|id| self.parts.get(*id) == Some(first)).then_some(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{dataset, write};
    use super::*;

    #[test]
    fn a_clip_belongs_to_the_subset_of_all_its_numbers() {
        let folder = dataset(&[]);
        write(&folder, "train.json", r#"[["071", "054"], ["087", "081"]]"#);
        write(&folder, "val.json", r#"[["720", "672"]]"#);
        write(&folder, "test.json", r#"[["953", "974"]]"#);
        let official = Official::read(folder.path()).unwrap();
        assert_eq!(official.part_of(&["054"]), Some(Subset::Train));
        assert_eq!(official.part_of(&["974", "953"]), Some(Subset::Test));
        assert_eq!(official.part_of(&["974", "720"]), None);
        assert_eq!(official.part_of(&["999"]), None);
    }

    #[test]
    fn an_invalid_list_is_an_error_with_its_name() {
        let folder = dataset(&[]);
        let error = |folder: &tempfile::TempDir| Official::read(folder.path()).err().unwrap();
        assert!(error(&folder).to_string().contains("train.json"));
        write(&folder, "train.json", r#"[["071", "054"]]"#);
        write(&folder, "val.json", r#"["720", "672"]"#);
        write(&folder, "test.json", r#"[["071", "054"]]"#);
        let text = error(&folder).to_string();
        assert!(text.contains("val.json") && text.contains("[[\"071\", \"054\"]"), "{text}");
        write(&folder, "val.json", r#"[["720", "672"]]"#);
        let text = error(&folder).to_string();
        assert!(text.contains("test.json: 071 is also in train.json"), "{text}");
    }
}
