//! Rates at a stated rate of the other error.

use serde::{Deserialize, Serialize};

use crate::{Metric, OperatingPoint, Ranking, Rate, Reason, Scores, Undefined, Value};

impl Ranking {
    /// The highest true positive rate at a false positive rate of at most `fpr`, with nothing interpolated.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present, or with fewer than 3 / `fpr` real samples (300 for 1 %,
    /// 3,000 for 0.1 %): fewer cannot show such a rate, see [`Reason::TooFewReal`]. Samples must be
    /// independent: count videos, not frames.
    pub fn tpr_at_fpr(&self, fpr: Rate) -> Result<f64, Undefined> {
        let metric = Metric::TprAtFpr(fpr);
        self.both_classes(metric)?;
        let (needed, got) = (fpr.rule_of_three(), self.n_real as usize);
        if got < needed {
            return Err(Undefined { metric, reason: Reason::TooFewReal { needed, got } });
        }
        self.point_at_fpr(fpr).map(|point| point.tpr)
    }

    /// The point behind [`tpr_at_fpr`](Self::tpr_at_fpr), for any number of real samples: for use where
    /// that number was checked before, such as the draws of a bootstrap.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn point_at_fpr(&self, fpr: Rate) -> Result<OperatingPoint, Undefined> {
        self.both_classes(Metric::TprAtFpr(fpr))?;
        let allowed = |fp: u64| fp as f64 / self.n_real as f64 <= fpr.get();
        // The false positives rise along the curve, and its first point has none.
        let (mut best, mut least) = (None, 0);
        for point in self.counts().take_while(|point| allowed(point.fp)) {
            if best.is_none() || point.tp > least {
                (best, least) = (Some(point), point.tp);
            }
        }
        best.map(|point| self.point(point))
            .ok_or(Undefined { metric: Metric::TprAtFpr(fpr), reason: Reason::NoRealSample })
    }

    /// The lowest BPCER (false positive rate) at an APCER (false negative rate) of at most `apcer`. At 10, 5
    /// and 1 % these are BPCER10, BPCER20 and BPCER100 of ISO/IEC 30107-3, of all attacks together.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present, or with fewer than 3 / `apcer` fakes.
    pub fn bpcer_at_apcer(&self, apcer: Rate) -> Result<f64, Undefined> {
        let metric = Metric::BpcerAtApcer(apcer);
        self.both_classes(metric)?;
        let (needed, got) = (apcer.rule_of_three(), self.n_fake as usize);
        if got < needed {
            return Err(Undefined { metric, reason: Reason::TooFewFake { needed, got } });
        }
        self.point_at_apcer(apcer).map(|point| point.fpr)
    }

    /// The point behind [`bpcer_at_apcer`](Self::bpcer_at_apcer), for any number of fakes.
    ///
    /// # Errors
    /// [`Undefined`] when only one class is present.
    pub fn point_at_apcer(&self, apcer: Rate) -> Result<OperatingPoint, Undefined> {
        self.both_classes(Metric::BpcerAtApcer(apcer))?;
        let missed = |tp: u64| (self.n_fake - tp) as f64 / self.n_fake as f64;
        self.counts()
            .find(|point| missed(point.tp) <= apcer.get())
            .map(|point| self.point(point))
            .ok_or(Undefined { metric: Metric::BpcerAtApcer(apcer), reason: Reason::NoFakeSample })
    }
}

/// The rates at stated rates that a report of videos contains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// True positive rate at a false positive rate of 1 %.
    pub tpr_at_fpr_1_percent: Value,
    /// True positive rate at a false positive rate of 0.1 %.
    pub tpr_at_fpr_0_1_percent: Value,
    /// BPCER at an APCER of 10 %.
    pub bpcer10: Value,
    /// BPCER at an APCER of 5 %.
    pub bpcer20: Value,
    /// BPCER at an APCER of 1 %.
    pub bpcer100: Value,
}

impl Points {
    /// Of independent samples: videos, not frames.
    #[must_use]
    pub fn new(scores: Scores<'_>) -> Self {
        let ranking = scores.ranking();
        Self {
            tpr_at_fpr_1_percent: ranking.tpr_at_fpr(Rate::ONE_PERCENT).into(),
            tpr_at_fpr_0_1_percent: ranking.tpr_at_fpr(Rate::ONE_PER_MILLE).into(),
            bpcer10: ranking.bpcer_at_apcer(Rate::TEN_PERCENT).into(),
            bpcer20: ranking.bpcer_at_apcer(Rate::FIVE_PERCENT).into(),
            bpcer100: ranking.bpcer_at_apcer(Rate::ONE_PERCENT).into(),
        }
    }
}
