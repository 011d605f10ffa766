//! Ratios and levels of confidence, checked once.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::InputError;
use crate::normal::quantile;

/// An error rate, for example a false positive rate to stay below; strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Rate(f64);

impl Rate {
    /// 10 %.
    pub const TEN_PERCENT: Self = Self(0.1);
    /// 5 %.
    pub const FIVE_PERCENT: Self = Self(0.05);
    /// 1 %.
    pub const ONE_PERCENT: Self = Self(0.01);
    /// 0.1 %.
    pub const ONE_PER_MILLE: Self = Self(0.001);

    /// # Errors
    /// [`InputError::Ratio`] unless `0 < rate < 1`.
    pub fn new(rate: f64) -> Result<Self, InputError> {
        if rate > 0.0 && rate < 1.0 { Ok(Self(rate)) } else { Err(InputError::Ratio { got: rate }) }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Samples that must be without an error for an error rate above this one to be excluded at 95 %: 3 /
    /// rate, the rule of three (Hanley and Lippman-Hand 1983).
    #[must_use]
    pub fn rule_of_three(self) -> usize {
        // Rounded first: 3 / 0.01 need not be an integer in binary.
        (3.0 / self.0 * (1.0 - 1e-12)).ceil() as usize
    }
}

impl TryFrom<f64> for Rate {
    type Error = InputError;
    fn try_from(rate: f64) -> Result<Self, InputError> {
        Self::new(rate)
    }
}

impl From<Rate> for f64 {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

impl fmt::Display for Rate {
    /// In percent: `0.1 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Twelve digits hide the rounding of the product.
        let text = format!("{:.10}", self.0 * 100.0);
        f.pad(&format!("{} %", text.trim_end_matches('0').trim_end_matches('.')))
    }
}

/// The confidence of an interval or bound, strictly between 0 and 1; 0.95 by default.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(f64);

impl Confidence {
    /// # Errors
    /// [`InputError::Ratio`] unless `0 < confidence < 1`.
    pub fn new(confidence: f64) -> Result<Self, InputError> {
        Rate::new(confidence).map(|rate| Self(rate.get()))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// Normal quantile of a two-sided interval: 1.96 for 0.95.
    pub(crate) fn z(self) -> f64 {
        -quantile((1.0 - self.0) / 2.0)
    }

    /// The chance left outside: 1 − confidence.
    pub(crate) fn alpha(self) -> f64 {
        1.0 - self.0
    }
}

impl Default for Confidence {
    fn default() -> Self {
        Self(0.95)
    }
}

impl TryFrom<f64> for Confidence {
    type Error = InputError;
    fn try_from(confidence: f64) -> Result<Self, InputError> {
        Self::new(confidence)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_of_three_gives_round_numbers() {
        let needed = [
            (Rate::ONE_PERCENT, 300),
            (Rate::ONE_PER_MILLE, 3000),
            (Rate::TEN_PERCENT, 30),
            (Rate::FIVE_PERCENT, 60),
            (Rate::new(0.07).unwrap(), 43),
        ];
        for (rate, samples) in needed {
            assert_eq!(rate.rule_of_three(), samples, "{rate}");
        }
    }

    #[test]
    fn ratios_outside_the_open_interval_are_refused() {
        for bad in [0.0, 1.0, -0.1, 1.5, f64::NAN, f64::INFINITY] {
            assert!(matches!(Rate::new(bad), Err(InputError::Ratio { .. })), "{bad}");
            assert!(matches!(Confidence::new(bad), Err(InputError::Ratio { .. })), "{bad}");
        }
        assert!(serde_json::from_str::<Rate>("1.5").is_err());
        assert_eq!(serde_json::from_str::<Rate>("0.01").unwrap(), Rate::ONE_PERCENT);
    }

    #[test]
    fn rates_are_shown_in_percent() {
        assert_eq!(Rate::ONE_PER_MILLE.to_string(), "0.1 %");
        assert_eq!(Rate::TEN_PERCENT.to_string(), "10 %");
        assert_eq!(Rate::new(0.07).unwrap().to_string(), "7 %");
    }
}
