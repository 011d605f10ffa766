//! Curves over all thresholds, as data for figures.

mod figure;
mod histogram;
mod risk;

use serde::{Deserialize, Serialize};

pub use histogram::Histogram;
pub use risk::{RiskCoverage, RiskPoint};

use crate::normal::quantile;
use crate::{Metric, OperatingPoint, Ranking, Undefined};

/// A point of a curve of detection error trade-off: both errors, and their normal quantiles, which are the
/// positions on its axes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DetPoint {
    /// As in [`OperatingPoint`].
    pub threshold: Option<f64>,
    /// False positive rate (BPCER).
    pub fpr: f64,
    /// False negative rate (APCER).
    pub fnr: f64,
    /// Normal quantile of `fpr`; `None` at 0 and 1, where it is infinite.
    pub probit_fpr: Option<f64>,
    /// Normal quantile of `fnr`; `None` at 0 and 1.
    pub probit_fnr: Option<f64>,
}

/// A point of a precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallPoint {
    /// As in [`OperatingPoint`].
    pub threshold: Option<f64>,
    /// Ratio of fakes among the samples called fake.
    pub precision: f64,
    /// Ratio of the fakes called fake.
    pub recall: f64,
}

impl Ranking {
    /// The ROC curve: "nothing is fake", then one point per distinct score, thresholds falling.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn roc(&self) -> Result<Vec<OperatingPoint>, Undefined> {
        self.both_classes(Metric::Curve)?;
        Ok(self.counts().map(|counts| self.point(counts)).collect())
    }

    /// The curve of detection error trade-off (Martin et al. 1997), points as in [`roc`](Self::roc).
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn det(&self) -> Result<Vec<DetPoint>, Undefined> {
        let probit = |rate: f64| Some(quantile(rate)).filter(|z| z.is_finite());
        let det = |point: OperatingPoint| {
            let OperatingPoint { threshold, tpr, fpr } = point;
            let fnr = 1.0 - tpr;
            let (probit_fpr, probit_fnr) = (probit(fpr), probit(fnr));
            DetPoint { threshold, fpr, fnr, probit_fpr, probit_fnr }
        };
        Ok(self.roc()?.into_iter().map(det).collect())
    }

    /// The precision-recall curve, one point per distinct score, thresholds falling. The ratio of fakes,
    /// `n_fake / (n_fake + n_real)`, is the precision of a random order: plot it beside.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn precision_recall(&self) -> Result<Vec<PrecisionRecallPoint>, Undefined> {
        self.both_classes(Metric::Curve)?;
        let points = self.counts().filter(|counts| counts.tp + counts.fp > 0);
        let points = points.map(|counts| PrecisionRecallPoint {
            threshold: counts.threshold,
            precision: counts.tp as f64 / (counts.tp + counts.fp) as f64,
            recall: counts.tp as f64 / self.n_fake as f64,
        });
        Ok(points.collect())
    }
}
