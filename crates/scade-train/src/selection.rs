//! Which epoch is the best one, and when to stop waiting for a better.

use serde::{Deserialize, Serialize};

use crate::EarlyStopping;

/// What an epoch is judged by: the validation AUC where it is defined, else the validation loss,
/// else nothing, and the last epoch counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Merit {
    pub(crate) auc: Option<f64>,
    pub(crate) loss: Option<f64>,
}

impl Merit {
    /// By how much it is better than `other`; infinite where nothing can be compared.
    fn gain_over(self, other: Self) -> f64 {
        match (self.auc, other.auc, self.loss, other.loss) {
            (Some(own), Some(other), ..) => own - other,
            (.., Some(own), Some(other)) => other - own,
            _ => f64::INFINITY,
        }
    }
}

/// The best epoch so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Selection {
    best: Option<Merit>,
    /// The best by at least the minimum difference: the one that patience is counted from.
    milestone: Option<Merit>,
    /// Epochs since the milestone.
    waited: u64,
}

impl Selection {
    /// Takes note of an epoch; true when it is the best so far.
    pub(crate) fn is_best(&mut self, merit: Merit, rule: &EarlyStopping) -> bool {
        let gain = self.milestone.map_or(f64::INFINITY, |milestone| merit.gain_over(milestone));
        if gain > rule.min_delta {
            self.milestone = Some(merit);
            self.waited = 0;
        } else {
            self.waited += 1;
        }
        let best = self.best.is_none_or(|best| merit.gain_over(best) > 0.0);
        if best {
            self.best = Some(merit);
        }
        best
    }

    /// Whether patience is at its end.
    pub(crate) fn is_over(&self, rule: &EarlyStopping) -> bool {
        rule.patience > 0 && self.waited >= rule.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: EarlyStopping = EarlyStopping { patience: 2, min_delta: 0.01 };

    fn auc(auc: f64) -> Merit {
        Merit { auc: Some(auc), loss: Some(1.0) }
    }

    #[test]
    fn the_peak_is_best_and_patience_ends_after_it() {
        let mut selection = Selection::default();
        let steps =
            [(0.7, true, false), (0.9, true, false), (0.8, false, false), (0.9, false, true)];
        for (value, best, over) in steps {
            assert_eq!(selection.is_best(auc(value), &RULE), best, "{value}");
            assert_eq!(selection.is_over(&RULE), over, "{value}");
        }
    }

    #[test]
    fn a_gain_too_small_to_wait_for_is_still_kept() {
        let mut selection = Selection::default();
        assert!(selection.is_best(auc(0.9), &RULE));
        assert!(selection.is_best(auc(0.905), &RULE));
        assert!(selection.is_best(auc(0.909), &RULE));
        assert!(selection.is_over(&RULE));
    }

    #[test]
    fn one_class_is_judged_by_loss_and_no_validation_by_time() {
        let mut selection = Selection::default();
        for (loss, best) in [(0.7, true), (0.5, true), (0.6, false)] {
            assert_eq!(selection.is_best(Merit { auc: None, loss: Some(loss) }, &RULE), best);
        }
        let mut selection = Selection::default();
        let nothing = Merit { auc: None, loss: None };
        assert!(selection.is_best(nothing, &RULE) && selection.is_best(nothing, &RULE));
        assert!(!selection.is_over(&RULE));
    }
}
