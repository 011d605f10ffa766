//! The class that a heat map is about.

use serde::Serialize;

/// Which class a heat map supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Regions that lower the score.
    Real,
    /// Regions that raise the score.
    Fake,
}

impl Class {
    /// `real` or `fake`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Fake => "fake",
        }
    }

    /// The other class.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Real => Self::Fake,
            Self::Fake => Self::Real,
        }
    }

    /// The probability of this class, where that of fake is `score`.
    #[must_use]
    pub fn probability(self, score: f64) -> f64 {
        match self {
            Self::Real => 1.0 - score,
            Self::Fake => score,
        }
    }
}
