//! Metrics of predictions: scores compared with a threshold.

use serde::{Deserialize, Serialize};

use crate::{InputError, Metric, Reason, Scores, Undefined};

/// The confusion matrix; fake is the positive class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Fakes classified as fake.
    pub tp: usize,
    /// Real samples classified as fake.
    pub fp: usize,
    /// Real samples classified as real.
    pub tn: usize,
    /// Fakes classified as real. `fn` in files.
    #[serde(rename = "fn")]
    pub fn_: usize,
}

impl Scores<'_> {
    /// Classifies a sample as fake if its score is *above* `threshold` (0..=1); a score equal to the
    /// threshold is real.
    ///
    /// # Errors
    /// [`InputError::Threshold`] when it is NaN, infinite or outside 0..=1.
    pub fn confusion(&self, threshold: f64) -> Result<Confusion, InputError> {
        if !(0.0..=1.0).contains(&threshold) {
            return Err(InputError::Threshold { got: threshold });
        }
        let mut confusion = Confusion { tp: 0, fp: 0, tn: 0, fn_: 0 };
        for (score, fake) in self.pairs() {
            *confusion.cell(score > threshold, fake) += 1;
        }
        Ok(confusion)
    }
}

impl Confusion {
    /// The count of a prediction and a label.
    pub(crate) fn cell(&mut self, called_fake: bool, fake: bool) -> &mut usize {
        match (called_fake, fake) {
            (true, true) => &mut self.tp,
            (true, false) => &mut self.fp,
            (false, false) => &mut self.tn,
            (false, true) => &mut self.fn_,
        }
    }

    /// Ratio of correct predictions; 0..=1.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        ratio(self.tp + self.tn, self.tp + self.fp + self.tn + self.fn_)
    }

    /// Ratio of fakes among the samples classified as fake; 0..=1.
    ///
    /// # Errors
    /// [`Undefined`] when no sample was classified as fake.
    pub fn precision(&self) -> Result<f64, Undefined> {
        if self.tp + self.fp == 0 {
            let reason = Reason::NothingCalledFake;
            return Err(Undefined { metric: Metric::Precision, reason });
        }
        Ok(ratio(self.tp, self.tp + self.fp))
    }

    /// Ratio of the fakes that were classified as fake; 0..=1.
    ///
    /// # Errors
    /// [`Undefined`] when there is no fake.
    pub fn recall(&self) -> Result<f64, Undefined> {
        self.some_fake(Metric::Recall)?;
        Ok(ratio(self.tp, self.tp + self.fn_))
    }

    /// `2·tp / (2·tp + fp + fn)`: the harmonic mean of precision and recall where both exist, and
    /// 0 where fakes exist but no sample was classified as fake.
    ///
    /// # Errors
    /// [`Undefined`] when there is no fake.
    pub fn f1(&self) -> Result<f64, Undefined> {
        self.some_fake(Metric::F1)?;
        Ok(ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn_))
    }

    /// The mean of the ratios of correct predictions in each class, 0..=1: 1/2 for a constant prediction,
    /// whatever the ratio of the classes.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn balanced_accuracy(&self) -> Result<f64, Undefined> {
        self.some_fake(Metric::BalancedAccuracy)?;
        let specificity = 1.0 - self.bpcer()?;
        Ok(f64::midpoint(ratio(self.tp, self.tp + self.fn_), specificity))
    }

    /// Ratio of the fakes that were classified as real (attack presentation classification error rate of
    /// ISO/IEC 30107-3, of all attacks together); 0..=1. The standard reports the worst kind of attack:
    /// [`AttackRates`](crate::AttackRates).
    ///
    /// # Errors
    /// [`Undefined`] when there is no fake.
    pub fn apcer(&self) -> Result<f64, Undefined> {
        self.some_fake(Metric::Apcer)?;
        Ok(ratio(self.fn_, self.tp + self.fn_))
    }

    /// Ratio of the real samples that were classified as fake (bona fide presentation classification error
    /// rate; false positive rate); 0..=1.
    ///
    /// # Errors
    /// [`Undefined`] when there is no real sample.
    pub fn bpcer(&self) -> Result<f64, Undefined> {
        if self.fp + self.tn == 0 {
            return Err(Undefined { metric: Metric::Bpcer, reason: Reason::NoRealSample });
        }
        Ok(ratio(self.fp, self.fp + self.tn))
    }

    fn some_fake(&self, metric: Metric) -> Result<(), Undefined> {
        if self.tp + self.fn_ == 0 {
            return Err(Undefined { metric, reason: Reason::NoFakeSample });
        }
        Ok(())
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_at_the_threshold_is_real() {
        let scores = Scores::new(&[0.5, 0.5, 0.51, 0.2], &[true, false, true, false]).unwrap();
        let confusion = scores.confusion(0.5).unwrap();
        assert_eq!(confusion, Confusion { tp: 1, fp: 0, tn: 2, fn_: 1 });
        assert_eq!(confusion.accuracy(), 0.75);
        assert_eq!(confusion.precision(), Ok(1.0));
        assert_eq!(confusion.recall(), Ok(0.5));
        assert_eq!(confusion.f1(), Ok(2.0 / 3.0));
    }

    #[test]
    fn a_ratio_with_denominator_zero_is_undefined() {
        let only_real = Scores::new(&[0.9, 0.1], &[false; 2]).unwrap().confusion(0.5).unwrap();
        let no_fake = |metric| Err(Undefined { metric, reason: Reason::NoFakeSample });
        assert_eq!(only_real.accuracy(), 0.5);
        assert_eq!(only_real.precision(), Ok(0.0));
        assert_eq!(only_real.recall(), no_fake(Metric::Recall));
        assert_eq!(only_real.f1(), no_fake(Metric::F1));

        let all_missed = Scores::new(&[0.1], &[true]).unwrap().confusion(0.5).unwrap();
        let reason = Reason::NothingCalledFake;
        assert_eq!(all_missed.precision(), Err(Undefined { metric: Metric::Precision, reason }));
        assert_eq!(all_missed.f1(), Ok(0.0));
    }

    #[test]
    fn an_invalid_threshold_is_an_error() {
        let scores = Scores::new(&[0.5], &[true]).unwrap();
        for bad in [f64::NAN, -0.1, 1.1] {
            assert!(matches!(scores.confusion(bad), Err(InputError::Threshold { .. })), "{bad}");
        }
    }
}
