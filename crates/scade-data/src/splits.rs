//! The videos of each subset: `splits.json`, in SCADE-Net's format.

use serde::{Deserialize, Serialize};

use crate::{Label, Result, VideoKey};

/// The three subsets of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subset {
    /// For training.
    Train,
    /// For selecting the epoch and the threshold.
    Val,
    /// For the reported metrics.
    Test,
}

impl Subset {
    /// All subsets, in this order.
    pub const ALL: [Self; 3] = [Self::Train, Self::Val, Self::Test];
}

impl std::fmt::Display for Subset {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Train => "train",
            Self::Val => "val",
            Self::Test => "test",
        })
    }
}

/// Names of the videos of one subset, per class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubsetVideos {
    /// Names of the real videos.
    pub real: Vec<String>,
    /// Names of the fake videos.
    pub fake: Vec<String>,
}

impl SubsetVideos {
    /// The names of one class.
    #[must_use]
    pub fn of(&self, label: Label) -> &[String] {
        match label {
            Label::Real => &self.real,
            Label::Fake => &self.fake,
        }
    }

    /// The videos, real before fake, by name, without repetition.
    ///
    /// # Errors
    /// [`crate::Error::VideoName`] for an invalid name, as in a list written by hand.
    pub fn keys(&self) -> Result<Vec<VideoKey>> {
        let mut keys = Vec::new();
        for label in Label::ALL {
            for name in self.of(label) {
                keys.push(VideoKey::new(label, &**name)?);
            }
        }
        keys.sort();
        keys.dedup();
        Ok(keys)
    }

    pub(crate) fn push(&mut self, key: &VideoKey) {
        let names = match key.label() {
            Label::Real => &mut self.real,
            Label::Fake => &mut self.fake,
        };
        names.push(key.name().to_owned());
    }
}

/// A split into three subsets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Splits {
    /// For training.
    pub train: SubsetVideos,
    /// For selecting the epoch and the threshold.
    pub val: SubsetVideos,
    /// For the reported metrics.
    pub test: SubsetVideos,
}

impl Splits {
    /// One subset.
    #[must_use]
    pub fn part(&self, part: Subset) -> &SubsetVideos {
        match part {
            Subset::Train => &self.train,
            Subset::Val => &self.val,
            Subset::Test => &self.test,
        }
    }

    /// Sorts the names, so that equal splits are identical files.
    pub(crate) fn sort(&mut self) {
        for part in Subset::ALL {
            self.part_mut(part).real.sort();
            self.part_mut(part).fake.sort();
        }
    }

    pub(crate) fn part_mut(&mut self, part: Subset) -> &mut SubsetVideos {
        match part {
            Subset::Train => &mut self.train,
            Subset::Val => &mut self.val,
            Subset::Test => &mut self.test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_published_form_is_read() {
        let text = r#"{"train": {"real": ["b", "a", "b"], "fake": ["a"]},
            "val": {"real": [], "fake": []}, "test": {"real": [], "fake": ["c"]}}"#;
        let splits: Splits = serde_json::from_str(text).unwrap();
        let keys: Vec<_> = splits.train.keys().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(keys, ["real/a", "real/b", "fake/a"]);
        assert_eq!(splits.part(Subset::Test).of(Label::Fake), ["c"]);
        for wrong in [text.replace("test", "holdout"), text.replace("\"fake\"", "\"forged\"")] {
            assert!(serde_json::from_str::<Splits>(&wrong).is_err());
        }
        let climbing = SubsetVideos { real: vec!["../a".into()], fake: vec![] };
        assert!(climbing.keys().is_err());
    }
}
