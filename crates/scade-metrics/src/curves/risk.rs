//! Errors among the samples that a detector decides when it may leave the doubtful ones.

use serde::{Deserialize, Serialize};

use crate::{InputError, Scores};

/// A point of a risk-coverage curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// Least confidence of a sample that is decided: the distance of its score from the threshold.
    pub confidence: f64,
    /// Ratio of the samples that are decided.
    pub coverage: f64,
    /// Ratio of wrong predictions among them.
    pub risk: f64,
}

/// A risk-coverage curve (El-Yaniv and Wiener 2010).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskCoverage {
    /// In order of rising coverage; the last decides every sample.
    pub points: Vec<RiskPoint>,
    /// Area under the curve: the mean over k of the risk of the k most confident samples (Geifman et al.
    /// 2019); 0..=1, lower is better. Samples of equal confidence all count with the risk after the last.
    pub aurc: f64,
}

impl Scores<'_> {
    /// The curve of the predictions at `threshold` (0..=1). The confidence of a prediction is the distance
    /// of its score from the threshold; equally confident samples are decided together.
    ///
    /// # Errors
    /// [`InputError::Threshold`].
    pub fn risk_coverage(&self, threshold: f64) -> Result<RiskCoverage, InputError> {
        // Checks the threshold.
        self.confusion(threshold)?;
        let decide =
            |(score, fake): (f64, bool)| ((score - threshold).abs(), (score > threshold) != fake);
        let mut decided: Vec<(f64, bool)> = self.pairs().map(decide).collect();
        decided.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        let n = decided.len() as f64;
        let (mut count, mut wrong, mut area) = (0, 0, 0.0);
        let mut points = Vec::new();
        for tied in decided.chunk_by(|a, b| a.0 == b.0) {
            count += tied.len();
            wrong += tied.iter().filter(|(_, wrong)| *wrong).count();
            let risk = wrong as f64 / count as f64;
            area += risk * tied.len() as f64;
            points.push(RiskPoint { confidence: tied[0].0, coverage: count as f64 / n, risk });
        }
        Ok(RiskCoverage { points, aurc: area / n })
    }
}

impl RiskCoverage {
    /// The same curve with at most some `2 · points` points, for a figure: steps of coverage below
    /// 1/`points` that change the risk by less than 1/`points` are left out. The area stays.
    #[must_use]
    pub fn for_figure(&self, points: std::num::NonZeroUsize) -> Self {
        let step = 1.0 / points.get() as f64;
        let mut kept: Vec<RiskPoint> = Vec::new();
        for (index, point) in self.points.iter().enumerate() {
            let far = kept.last().is_none_or(|last| {
                point.coverage - last.coverage >= step || (point.risk - last.risk).abs() >= step
            });
            if far || index + 1 == self.points.len() {
                kept.push(*point);
            }
        }
        Self { points: kept, aurc: self.aurc }
    }
}
