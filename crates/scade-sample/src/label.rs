//! What a face is: real or fake.

use serde::{Deserialize, Serialize};

/// The two classes; `real` and `fake` in files and folder names, 0 and 1 as targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// An untouched face: target 0.
    Real,
    /// A forged face: target 1.
    Fake,
}

impl Label {
    /// Both classes, real first.
    pub const ALL: [Self; 2] = [Self::Real, Self::Fake];

    /// The name in files and folders.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Fake => "fake",
        }
    }

    /// 0 for real, 1 for fake.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::Real => 0,
            Self::Fake => 1,
        }
    }

    /// The number the network is trained towards: the probability of fake.
    #[must_use]
    pub fn target(self) -> f32 {
        match self {
            Self::Real => 0.0,
            Self::Fake => 1.0,
        }
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_everywhere() {
        for label in Label::ALL {
            let json = serde_json::to_string(&label).unwrap();
            assert_eq!(json, format!("\"{label}\""));
            assert_eq!(serde_json::from_str::<Label>(&json).unwrap(), label);
            assert_eq!(label.target(), label.index() as f32);
        }
        assert_eq!(Label::Fake.target(), 1.0);
    }
}
