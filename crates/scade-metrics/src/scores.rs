//! The validated input of every metric.

use crate::InputError;

/// Scores with their labels: same length, at least one, every score a probability.
#[derive(Debug, Clone, Copy)]
pub struct Scores<'a> {
    scores: &'a [f64],
    labels: &'a [bool],
}

impl<'a> Scores<'a> {
    /// Takes `scores` (probability of fake, 0..=1) and `labels` (`true` is fake), in the same order.
    ///
    /// # Errors
    /// [`InputError::LengthMismatch`], [`InputError::Empty`], or [`InputError::NotAProbability`]
    /// for the first score that is NaN, infinite or outside 0..=1.
    pub fn new(scores: &'a [f64], labels: &'a [bool]) -> Result<Self, InputError> {
        if scores.len() != labels.len() {
            return Err(InputError::LengthMismatch { scores: scores.len(), labels: labels.len() });
        }
        if scores.is_empty() {
            return Err(InputError::Empty);
        }
        for (index, &score) in scores.iter().enumerate() {
            check_probability(index, score)?;
        }
        Ok(Self { scores, labels })
    }

    /// Number of samples; at least 1.
    #[must_use]
    pub fn n_samples(&self) -> usize {
        self.scores.len()
    }

    /// Number of samples labeled fake.
    #[must_use]
    pub fn n_fake(&self) -> usize {
        self.labels.iter().filter(|&&fake| fake).count()
    }

    /// The score of each sample.
    pub(crate) fn scores(&self) -> &'a [f64] {
        self.scores
    }

    /// The label of each sample.
    pub(crate) fn labels(&self) -> &'a [bool] {
        self.labels
    }

    /// Rejects a number of keys that is not that of the samples.
    pub(crate) fn check_keys(&self, keys: usize) -> Result<(), InputError> {
        let scores = self.n_samples();
        if keys == scores { Ok(()) } else { Err(InputError::KeyMismatch { scores, keys }) }
    }

    /// Each score with its label.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (f64, bool)> + 'a {
        self.scores.iter().copied().zip(self.labels.iter().copied())
    }
}

/// Rejects scores that are not probabilities; `index` is for the message.
pub(crate) fn check_probability(index: usize, score: f64) -> Result<(), InputError> {
    if (0.0..=1.0).contains(&score) {
        Ok(())
    } else {
        Err(InputError::NotAProbability { index, got: score })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_must_agree_and_not_be_zero() {
        let error = Scores::new(&[0.1, 0.2], &[true]).unwrap_err();
        assert_eq!(error, InputError::LengthMismatch { scores: 2, labels: 1 });
        assert_eq!(Scores::new(&[], &[]).unwrap_err(), InputError::Empty);
    }

    #[test]
    fn an_invalid_score_is_named() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e-9, 1.0 + 1e-9] {
            match Scores::new(&[0.0, 1.0, bad], &[true, false, true]) {
                Err(InputError::NotAProbability { index: 2, got }) => {
                    assert_eq!(got.to_bits(), bad.to_bits());
                }
                other => panic!("{bad} gave {other:?}"),
            }
        }
    }
}
