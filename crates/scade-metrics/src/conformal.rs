//! The answer "inconclusive", at a stated rate of errors per class.

use serde::{Deserialize, Serialize};

use crate::{InputError, Metric, Rate, Reason, Scores, Undefined};

/// A class-conditional (Mondrian) conformal rule (Vovk et al. 2005): the set of a score holds each label that
/// the calibration scores of that label do not contradict. Of real samples at most `error` have a set without
/// "real", and the same for fakes, on average over calibration sets, for samples of the domain of calibration
/// that are exchangeable with it: videos, not frames. Another domain needs another calibration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Conformal {
    error: Rate,
    real_at_most: f64,
    fake_at_least: Option<f64>,
    n_real: usize,
    n_fake: usize,
}

/// The labels that a score does not contradict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PredictionSet {
    /// {real}.
    Real,
    /// {fake}.
    Fake,
    /// {real, fake}: the score is common in both classes.
    Both,
    /// {}: the score is rare in both classes.
    Neither,
}

/// What to say of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conclusion {
    /// It is real.
    Real,
    /// It is fake.
    Fake,
    /// The scores of neither class, or of both, are like it.
    Inconclusive,
}

/// What a rule did on labeled scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conclusions {
    /// Real samples concluded to be real.
    pub real_as_real: usize,
    /// Real samples concluded to be fake.
    pub real_as_fake: usize,
    /// Real samples without a conclusion.
    pub real_inconclusive: usize,
    /// Fakes concluded to be fake.
    pub fake_as_fake: usize,
    /// Fakes concluded to be real.
    pub fake_as_real: usize,
    /// Fakes without a conclusion.
    pub fake_inconclusive: usize,
}

impl Conformal {
    /// Calibrates the rule on labeled scores, `error` being the rate of errors allowed in each class. Without
    /// fakes the label "fake" is never contradicted, so that the only conclusion is "fake".
    ///
    /// # Errors
    /// [`Undefined`] when there are too few samples of a class to contradict its label at that rate: below
    /// 1/`error` − 1, such as 99 at 1 %.
    pub fn new(scores: Scores<'_>, error: Rate) -> Result<Self, Undefined> {
        let of = |class: bool| {
            let own = scores.pairs().filter(move |(_, fake)| *fake == class);
            let mut own: Vec<f64> = own.map(|(score, _)| score).collect();
            own.sort_unstable_by(f64::total_cmp);
            own
        };
        let (real, fake) = (of(false), of(true));
        let undefined = |reason| Undefined { metric: Metric::Conformal, reason };
        let needed = needed(error);
        if real.is_empty() {
            return Err(undefined(Reason::NoRealSample));
        }
        let real_rank = rank(real.len(), error)
            .ok_or(undefined(Reason::TooFewReal { needed, got: real.len() }))?;
        let fake_at_least = if fake.is_empty() {
            None
        } else {
            let rank = rank(fake.len(), error)
                .ok_or(undefined(Reason::TooFewFake { needed, got: fake.len() }))?;
            Some(fake[fake.len() - rank])
        };
        let real_at_most = real[real_rank - 1];
        Ok(Self { error, real_at_most, fake_at_least, n_real: real.len(), n_fake: fake.len() })
    }

    /// The labels that the score (0..=1) does not contradict; none for NaN.
    #[must_use]
    pub fn set(&self, score: f64) -> PredictionSet {
        let real = score <= self.real_at_most;
        let fake = !score.is_nan() && self.fake_at_least.is_none_or(|least| score >= least);
        match (real, fake) {
            (true, false) => PredictionSet::Real,
            (false, true) => PredictionSet::Fake,
            (true, true) => PredictionSet::Both,
            (false, false) => PredictionSet::Neither,
        }
    }

    /// Counts the conclusions on labeled scores, other than those of the calibration.
    #[must_use]
    pub fn evaluate(&self, scores: Scores<'_>) -> Conclusions {
        let count = |class: bool, conclusion: Conclusion| {
            let matches = |&(score, fake): &(f64, bool)| {
                fake == class && self.set(score).conclusion() == conclusion
            };
            scores.pairs().filter(matches).count()
        };
        Conclusions {
            real_as_real: count(false, Conclusion::Real),
            real_as_fake: count(false, Conclusion::Fake),
            real_inconclusive: count(false, Conclusion::Inconclusive),
            fake_as_fake: count(true, Conclusion::Fake),
            fake_as_real: count(true, Conclusion::Real),
            fake_inconclusive: count(true, Conclusion::Inconclusive),
        }
    }

    /// The rate of errors allowed in each class.
    #[must_use]
    pub fn error(&self) -> Rate {
        self.error
    }

    /// Scores above it contradict "real".
    #[must_use]
    pub fn real_at_most(&self) -> f64 {
        self.real_at_most
    }

    /// Scores below it contradict "fake"; `None` when calibrated without fakes.
    #[must_use]
    pub fn fake_at_least(&self) -> Option<f64> {
        self.fake_at_least
    }

    /// Real samples and fakes of the calibration.
    #[must_use]
    pub fn n_samples(&self) -> (usize, usize) {
        (self.n_real, self.n_fake)
    }
}

impl PredictionSet {
    /// The label of a set of one, else inconclusive.
    #[must_use]
    pub fn conclusion(self) -> Conclusion {
        match self {
            Self::Real => Conclusion::Real,
            Self::Fake => Conclusion::Fake,
            Self::Both | Self::Neither => Conclusion::Inconclusive,
        }
    }
}

/// Rank of the quantile, from 1: `⌈(n + 1)(1 − error)⌉`; `None` where it is above n.
fn rank(n: usize, error: Rate) -> Option<usize> {
    // `(n + 1) · error` samples may be beyond it; the margin is for the rounding of that product.
    let beyond = ((n + 1) as f64 * error.get() * (1.0 + 1e-12)) as usize;
    (beyond > 0).then(|| n + 1 - beyond)
}

/// Least number of samples with a rank.
fn needed(error: Rate) -> usize {
    (1.0 / error.get() * (1.0 - 1e-12)).ceil() as usize - 1
}

/// As read from a file.
#[derive(Deserialize)]
struct Unchecked {
    error: Rate,
    real_at_most: f64,
    #[serde(default)]
    fake_at_least: Option<f64>,
    n_real: usize,
    n_fake: usize,
}

impl TryFrom<Unchecked> for Conformal {
    type Error = InputError;

    fn try_from(read: Unchecked) -> Result<Self, InputError> {
        let Unchecked { error, real_at_most, fake_at_least, n_real, n_fake } = read;
        for score in std::iter::once(real_at_most).chain(fake_at_least) {
            if !(0.0..=1.0).contains(&score) {
                let (expected, got) = ("conformal limits in 0..=1", score.to_string());
                return Err(InputError::Parameter { expected, got });
            }
        }
        Ok(Self { error, real_at_most, fake_at_least, n_real, n_fake })
    }
}
