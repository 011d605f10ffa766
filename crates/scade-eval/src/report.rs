//! All metrics of an evaluation in one serialisable value. The text form is in `table`.

use serde::{Deserialize, Serialize};

use crate::{Confusion, FrameScore, InputError, Reason, Scores, Undefined, pool_mean};

/// A number, or why there is none. In JSON: `0.93` or `{"undefined": "no_real_sample"}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// The metric has this value.
    Defined(f64),
    /// The samples cannot answer it.
    Undefined {
        /// What is missing.
        undefined: Reason,
    },
}

impl Value {
    /// The number, if there is one.
    #[must_use]
    pub fn get(self) -> Option<f64> {
        match self {
            Self::Defined(value) => Some(value),
            Self::Undefined { .. } => None,
        }
    }
}

impl From<Result<f64, Undefined>> for Value {
    fn from(result: Result<f64, Undefined>) -> Self {
        match result {
            Ok(value) => Self::Defined(value),
            Err(Undefined { reason, .. }) => Self::Undefined { undefined: reason },
        }
    }
}

/// Every metric over one set of samples. All are in 0..=1 but the log loss (nats, 0 or more).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Samples labelled fake.
    pub n_fake: usize,
    /// Samples labelled real.
    pub n_real: usize,
    /// Area under the ROC curve.
    pub auc: Value,
    /// Average precision.
    pub average_precision: Value,
    /// Equal error rate.
    pub equal_error_rate: Value,
    /// Share of right verdicts.
    pub accuracy: f64,
    /// Share of fakes among what was called fake.
    pub precision: Value,
    /// Share of the fakes that were called fake.
    pub recall: Value,
    /// Harmonic mean of precision and recall.
    pub f1: Value,
    /// The counts behind the four above.
    pub confusion: Confusion,
    /// Brier score.
    pub brier: f64,
    /// Log loss.
    pub log_loss: f64,
    /// Expected calibration error, 15 bins of equal width.
    pub ece: f64,
}

impl Metrics {
    /// Computes every metric; verdicts are cut at `threshold`, see [`Scores::confusion`].
    ///
    /// # Errors
    /// [`InputError::Threshold`].
    pub fn new(scores: Scores<'_>, threshold: f64) -> Result<Self, InputError> {
        let ranking = scores.ranking();
        let confusion = scores.confusion(threshold)?;
        Ok(Self {
            n_fake: scores.n_fake(),
            n_real: scores.n_samples() - scores.n_fake(),
            auc: ranking.auc().into(),
            average_precision: ranking.average_precision().into(),
            equal_error_rate: ranking.equal_error_rate().into(),
            accuracy: confusion.accuracy(),
            precision: confusion.precision().into(),
            recall: confusion.recall().into(),
            f1: confusion.f1().into(),
            confusion,
            brier: scores.brier(),
            log_loss: scores.log_loss(),
            ece: scores.ece(),
        })
    }
}

/// An evaluation. Published tables often mix the two levels; here each number says which it is.
/// Prints as a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Scores above it were called fake.
    pub threshold: f64,
    /// Each frame is one sample.
    pub frames: Metrics,
    /// Each video is one sample, scored by the mean of its frames.
    pub videos: Metrics,
}

impl Report {
    /// Evaluates `frames`, and the videos they belong to, at `threshold` (0..=1).
    ///
    /// # Errors
    /// As [`pool_mean`], and [`InputError::Threshold`].
    pub fn new(frames: &[FrameScore<'_>], threshold: f64) -> Result<Self, InputError> {
        let videos = pool_mean(frames)?;
        Ok(Self {
            threshold,
            frames: metrics(frames.iter().map(|f| (f.score, f.fake)), threshold)?,
            videos: metrics(videos.iter().map(|v| (v.score, v.fake)), threshold)?,
        })
    }
}

fn metrics(
    samples: impl Iterator<Item = (f64, bool)>,
    threshold: f64,
) -> Result<Metrics, InputError> {
    let (scores, labels): (Vec<f64>, Vec<bool>) = samples.unzip();
    Metrics::new(Scores::new(&scores, &labels)?, threshold)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VideoKey;

    fn frame(video: &'static str, fake: bool, score: f64) -> FrameScore<'static> {
        FrameScore { key: VideoKey { group: "set", video }, fake, score }
    }

    #[test]
    fn frames_and_videos_are_counted_apart() {
        // Frame by frame one fake loses against a real sample; pooled, no fake does.
        let frames = [
            frame("a", true, 0.9),
            frame("a", true, 0.3),
            frame("b", false, 0.4),
            frame("b", false, 0.2),
        ];
        let report = Report::new(&frames, 0.5).unwrap();
        assert_eq!((report.frames.n_fake, report.frames.n_real), (2, 2));
        assert_eq!((report.videos.n_fake, report.videos.n_real), (1, 1));
        assert_eq!(report.frames.auc.get(), Some(0.75));
        assert_eq!(report.videos.auc.get(), Some(1.0));
    }

    #[test]
    fn one_class_keeps_what_is_defined_and_survives_json() {
        let report =
            Report::new(&[frame("b", false, 0.25), frame("c", false, 0.125)], 0.5).unwrap();
        assert_eq!(report.frames.accuracy, 1.0);
        assert_eq!(report.frames.auc.get(), None);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["videos"]["auc"]["undefined"], "no_fake_sample");
        assert_eq!(json["videos"]["precision"]["undefined"], "nothing_called_fake");
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
}
