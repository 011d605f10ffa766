//! Choice of a threshold on labeled scores. Never choose it on the test set.

use crate::Scores;

impl Scores<'_> {
    /// The threshold with the highest balanced accuracy, which is the highest Youden index
    /// (sensitivity + specificity - 1), midway between two neighboring scores; the lowest of
    /// several. `None` unless both classes are present.
    #[must_use]
    pub fn balanced_threshold(&self) -> Option<f64> {
        let n_fake = self.n_fake();
        let n_real = self.n_samples() - n_fake;
        if n_fake == 0 || n_real == 0 {
            return None;
        }
        let mut pairs: Vec<(f64, bool)> = self.pairs().collect();
        pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let (mut best, mut threshold) = (f64::NEG_INFINITY, 0.5);
        let (mut real_below, mut fake_below) = (0, 0);
        for neighbors in pairs.windows(2) {
            let [(low, fake), (high, _)] = [neighbors[0], neighbors[1]];
            if fake {
                fake_below += 1
            } else {
                real_below += 1
            }
            let youden =
                f64::from(real_below) / n_real as f64 - f64::from(fake_below) / n_fake as f64;
            if high > low && youden > best {
                (best, threshold) = (youden, low + (high - low) / 2.0);
            }
        }
        Some(threshold)
    }
}

#[cfg(test)]
mod tests {
    use crate::Scores;

    fn threshold(scores: &[f64], labels: &[bool]) -> Option<f64> {
        Scores::new(scores, labels).unwrap().balanced_threshold()
    }

    #[test]
    fn separable_classes_are_separated() {
        assert_eq!(threshold(&[0.25, 0.125, 0.5, 0.75], &[false, false, true, true]), Some(0.375));
    }

    #[test]
    fn a_rare_class_counts_as_much_as_a_common_one() {
        // Plain accuracy would classify everything as fake.
        let scores = [0.25, 0.375, 0.5, 0.625, 0.75, 0.875];
        let labels = [true, false, true, true, true, true];
        assert_eq!(threshold(&scores, &labels), Some(0.4375));
    }

    #[test]
    fn equal_scores_are_never_separated() {
        let threshold = threshold(&[0.5, 0.5, 0.75, 0.75], &[false, true, false, true]).unwrap();
        assert!((0.5..0.75).contains(&threshold), "{threshold}");
    }

    #[test]
    fn one_class_has_no_threshold() {
        assert_eq!(threshold(&[0.5, 0.75], &[true, true]), None);
    }
}
