//! Which epoch is the best one, and when to stop waiting for a better.

use serde::{Deserialize, Serialize};

use crate::EarlyStopping;

/// What epochs are compared by: the validation AUC where it is defined, else the validation loss,
/// else nothing, and the last epoch counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct ValScore {
    pub(crate) auc: Option<f64>,
    pub(crate) loss: Option<f64>,
}

impl ValScore {
    /// By how much it is better than `other`; infinite where nothing can be compared.
    fn gain_over(self, other: Self) -> f64 {
        match (self.auc, other.auc, self.loss, other.loss) {
            (Some(own), Some(other), ..) => own - other,
            (.., Some(own), Some(other)) => other - own,
            _ => f64::INFINITY,
        }
    }
}

/// What follows from the score of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Observed {
    /// It is the best epoch so far.
    pub(crate) best: bool,
    /// Early stopping ends the run.
    pub(crate) stop: bool,
}

/// The best epoch so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Selection {
    best: Option<ValScore>,
    /// The best by at least the minimum difference: the one that patience is counted from.
    milestone: Option<ValScore>,
    /// Epochs since the milestone.
    waited: u64,
}

impl Selection {
    /// Records the score of an epoch.
    pub(crate) fn observe(&mut self, score: ValScore, rule: &EarlyStopping) -> Observed {
        let gain = self.milestone.map_or(f64::INFINITY, |milestone| score.gain_over(milestone));
        if gain > rule.min_delta {
            self.milestone = Some(score);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        let best = self.best.is_none_or(|best| score.gain_over(best) > 0.0);
        if best {
            self.best = Some(score);
        }
        Observed { best, stop: self.is_exhausted(rule) }
    }

    /// Whether the epochs without a gain have used up the patience of `rule`.
    pub(crate) fn is_exhausted(&self, rule: &EarlyStopping) -> bool {
        rule.patience > 0 && self.waited >= rule.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: EarlyStopping = EarlyStopping { patience: 2, min_delta: 0.01 };

    fn auc(auc: f64) -> ValScore {
        ValScore { auc: Some(auc), loss: Some(1.0) }
    }

    #[test]
    fn the_peak_is_best_and_patience_ends_after_it() {
        let mut selection = Selection::default();
        let steps =
            [(0.7, true, false), (0.9, true, false), (0.8, false, false), (0.9, false, true)];
        for (value, best, stop) in steps {
            assert_eq!(selection.observe(auc(value), &RULE), Observed { best, stop }, "{value}");
            assert_eq!(selection.is_exhausted(&RULE), stop, "{value}");
        }
    }

    #[test]
    fn a_gain_below_the_minimum_is_kept_but_does_not_reset_patience() {
        let mut selection = Selection::default();
        let observed = [0.9, 0.905, 0.909].map(|value| selection.observe(auc(value), &RULE));
        assert!(observed.iter().all(|observed| observed.best));
        assert_eq!(observed.map(|observed| observed.stop), [false, false, true]);
    }

    #[test]
    fn one_class_is_compared_by_loss_and_without_validation_the_last_epoch_counts() {
        let mut selection = Selection::default();
        for (loss, best) in [(0.7, true), (0.5, true), (0.6, false)] {
            let score = ValScore { auc: None, loss: Some(loss) };
            assert_eq!(selection.observe(score, &RULE).best, best);
        }
        let mut selection = Selection::default();
        let nothing = ValScore { auc: None, loss: None };
        for _ in 0..3 {
            let expected = Observed { best: true, stop: false };
            assert_eq!(selection.observe(nothing, &RULE), expected);
        }
    }
}
