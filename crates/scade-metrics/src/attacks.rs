//! Error rates per kind of attack (method of forgery), after ISO/IEC 30107-3.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Confidence, Metric, MetricError, Reason, Scores, Share, Undefined};

/// Error rates at a threshold. Each kind of attack is rated alone, and the worst is the headline: a mean
/// over kinds hides a method that is never noticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttackRates {
    /// Scores above it were called fake.
    pub threshold: f64,
    /// One entry per kind, in alphabetical order; at least one.
    pub kinds: Vec<AttackRate>,
    /// Kind with the highest APCER; the first of several.
    pub worst: String,
    /// APCER of the worst kind.
    pub apcer: f64,
    /// Real samples called fake.
    pub bpcer: Share,
    /// Mean of `apcer` and the BPCER: average classification error rate. Not part of the current
    /// standard, often asked for.
    pub acer: f64,
    /// Highest equal error rate of a kind against all real samples: the detection equal error rate where
    /// APCER is that of the worst kind. With one kind it is the equal error rate.
    pub d_eer: f64,
}

/// One kind of attack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttackRate {
    /// Its name.
    pub kind: String,
    /// Samples of this kind; at least 1.
    pub n: usize,
    /// Those called real, with their share: the APCER of this kind.
    pub apcer: Share,
    /// Area under the ROC curve of this kind against all real samples.
    pub auc: f64,
    /// Equal error rate of this kind against all real samples.
    pub equal_error_rate: f64,
}

impl AttackRates {
    /// `kinds` has the kind of attack of each sample, in the order of the scores; what it says of real
    /// samples is ignored.
    ///
    /// # Errors
    /// [`InputError::KeyMismatch`](crate::InputError::KeyMismatch),
    /// [`InputError::Threshold`](crate::InputError::Threshold); [`Undefined`] when only one class is present.
    pub fn new<K: AsRef<str>>(
        scores: Scores<'_>,
        kinds: &[K],
        threshold: f64,
        confidence: Confidence,
    ) -> Result<Self, MetricError> {
        scores.check_keys(kinds.len())?;
        let confusion = scores.confusion(threshold)?;
        confusion.balanced_accuracy()?;
        let real: Vec<f64> =
            scores.pairs().filter(|(_, fake)| !fake).map(|(score, _)| score).collect();
        let mut by_kind = BTreeMap::<&str, Vec<f64>>::new();
        for ((score, fake), kind) in scores.pairs().zip(kinds) {
            if fake {
                by_kind.entry(kind.as_ref()).or_default().push(score);
            }
        }
        let kinds = by_kind
            .into_iter()
            .map(|(kind, fake)| AttackRate::new(kind, fake, &real, threshold, confidence))
            .collect::<Result<Vec<_>, _>>()?;
        // The first of several: `max_by` would take the last.
        let worst = kinds.iter().rev().max_by(|a, b| a.rate().total_cmp(&b.rate()));
        let worst =
            worst.ok_or(Undefined { metric: Metric::Apcer, reason: Reason::NoFakeSample })?;
        let (worst, apcer) = (worst.kind.clone(), worst.rate());
        let bpcer = Share::wilson(confusion.fp, confusion.fp + confusion.tn, confidence)?;
        let acer = f64::midpoint(apcer, bpcer.share.value);
        let d_eer = kinds.iter().map(|kind| kind.equal_error_rate).fold(0.0, f64::max);
        Ok(Self { threshold, kinds, worst, apcer, bpcer, acer, d_eer })
    }
}

impl AttackRate {
    fn new(
        kind: &str,
        mut scores: Vec<f64>,
        real: &[f64],
        threshold: f64,
        confidence: Confidence,
    ) -> Result<Self, MetricError> {
        let n = scores.len();
        let missed = scores.iter().filter(|&&score| score <= threshold).count();
        scores.extend(real);
        let labels: Vec<bool> = (0..scores.len()).map(|index| index < n).collect();
        let ranking = Scores::new(&scores, &labels)?.ranking();
        Ok(Self {
            kind: kind.to_owned(),
            n,
            apcer: Share::wilson(missed, n, confidence)?,
            auc: ranking.auc()?,
            equal_error_rate: ranking.equal_error_rate()?,
        })
    }

    fn rate(&self) -> f64 {
        self.apcer.share.value
    }
}
