//! Maps from scores to probabilities, fitted on validation scores.

mod isotonic;
mod platt;
mod temperature;

use serde::{Deserialize, Serialize};

use crate::calibration::LOG_CLIP;
use crate::{InputError, Metric, Reason, Scores, Undefined};

/// A fitted map from a score to a probability of fake. It never decreases, so that the order of scores stays
/// (isotonic maps make ties). Fit it on validation scores of the domain that it is used in.
///
/// In files: `{"method": "platt", "slope": 0.9, "intercept": -0.3, "n_fake": 120, "n_real": 80}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Calibration {
    #[serde(flatten)]
    map: CalibrationMap,
    n_fake: usize,
    n_real: usize,
}

/// The map and its parameters. `logit(s)` is `ln(s / (1 − s))`, with the score clipped to
/// `1e-7 ..= 1 − 1e-7`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum CalibrationMap {
    /// `σ(logit(s) / temperature)` (Guo et al. 2017): keeps 1/2 where it is.
    Temperature {
        /// Above 0; above 1 where the scores are too confident.
        temperature: f64,
    },
    /// `σ(slope · logit(s) + intercept)` (Platt 1999): also moves 1/2, as a changed ratio of fakes or another
    /// domain needs.
    Platt {
        /// Above 0.
        slope: f64,
        /// Any finite number.
        intercept: f64,
    },
    /// Linear between points, and constant beyond the first and last (isotonic regression by pooling adjacent
    /// violators, Zadrozny and Elkan 2002). Follows any shape, and needs a thousand samples or so.
    Isotonic {
        /// Scores of the points, increasing.
        scores: Vec<f64>,
        /// Probabilities of the points, not decreasing.
        probabilities: Vec<f64>,
    },
}

impl Calibration {
    /// Temperature scaling: the temperature of least log loss.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present, when no temperature beats a constant of 1/2, or when
    /// every score is on the right side of 1/2 ([`Reason::Separable`]; Platt's targets avoid that).
    pub fn temperature(scores: Scores<'_>) -> Result<Self, Undefined> {
        Self::fit(scores, temperature::fit)
    }

    /// Platt scaling of the logit: slope and intercept of least log loss, with Platt's targets
    /// (n⁺ + 1)/(n⁺ + 2) and 1/(n⁻ + 2) in place of 1 and 0, so that a fit exists for separable scores too.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present, or when the best slope is not positive.
    pub fn platt(scores: Scores<'_>) -> Result<Self, Undefined> {
        Self::fit(scores, platt::fit)
    }

    /// Isotonic regression of the labels.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present, or when the best map is constant.
    pub fn isotonic(scores: Scores<'_>) -> Result<Self, Undefined> {
        Self::fit(scores, isotonic::fit)
    }

    fn fit(
        scores: Scores<'_>,
        fit: impl Fn(&Scores<'_>) -> Result<CalibrationMap, Reason>,
    ) -> Result<Self, Undefined> {
        let undefined = |reason| Undefined { metric: Metric::Calibration, reason };
        let n_fake = scores.n_fake();
        let n_real = scores.n_samples() - n_fake;
        match (n_fake, n_real) {
            (0, _) => Err(undefined(Reason::NoFakeSample)),
            (_, 0) => Err(undefined(Reason::NoRealSample)),
            _ => Ok(Self { map: fit(&scores).map_err(undefined)?, n_fake, n_real }),
        }
    }

    /// The probability of fake for a score in 0..=1 (scores outside are clipped; NaN stays NaN).
    #[must_use]
    pub fn apply(&self, score: f64) -> f64 {
        let score = score.clamp(0.0, 1.0);
        match &self.map {
            CalibrationMap::Temperature { temperature } => sigmoid(logit(score) / temperature),
            CalibrationMap::Platt { slope, intercept } => sigmoid(slope * logit(score) + intercept),
            CalibrationMap::Isotonic { scores, probabilities } => {
                isotonic::apply(scores, probabilities, score)
            }
        }
    }

    /// The map.
    #[must_use]
    pub fn map(&self) -> &CalibrationMap {
        &self.map
    }

    /// Number of samples it was fitted on.
    #[must_use]
    pub fn n_samples(&self) -> usize {
        self.n_fake + self.n_real
    }

    /// Fakes among them.
    #[must_use]
    pub fn n_fake(&self) -> usize {
        self.n_fake
    }

    /// Real samples among them.
    #[must_use]
    pub fn n_real(&self) -> usize {
        self.n_real
    }
}

/// As read from a file.
#[derive(Deserialize)]
struct Unchecked {
    #[serde(flatten)]
    map: CalibrationMap,
    n_fake: usize,
    n_real: usize,
}

impl TryFrom<Unchecked> for Calibration {
    type Error = InputError;

    fn try_from(Unchecked { map, n_fake, n_real }: Unchecked) -> Result<Self, InputError> {
        let refuse = |expected, got: String| Err(InputError::Parameter { expected, got });
        let positive = |number: f64| number.is_finite() && number > 0.0;
        match &map {
            CalibrationMap::Temperature { temperature } if !positive(*temperature) => {
                refuse("a temperature above 0", temperature.to_string())
            }
            CalibrationMap::Platt { slope, intercept }
                if !positive(*slope) || !intercept.is_finite() =>
            {
                refuse("a slope above 0 and a finite intercept", format!("{slope}, {intercept}"))
            }
            CalibrationMap::Isotonic { scores, probabilities }
                if !isotonic::valid(scores, probabilities) =>
            {
                refuse(
                    "as many rising scores as probabilities that do not fall, at least one, in 0..=1",
                    format!("{} and {}", scores.len(), probabilities.len()),
                )
            }
            _ => Ok(Self { map, n_fake, n_real }),
        }
    }
}

/// Log odds of a score, clipped.
pub(crate) fn logit(score: f64) -> f64 {
    let score = score.clamp(LOG_CLIP, 1.0 - LOG_CLIP);
    (score / (1.0 - score)).ln()
}

pub(crate) fn sigmoid(x: f64) -> f64 {
    // Both branches take the exponential of a negative number.
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}
