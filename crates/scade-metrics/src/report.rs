//! All metrics of an evaluation in one serializable value. The text format is in `table`.

use serde::{Deserialize, Serialize};

use crate::video::{Video, group};
use crate::{
    AucScale, Confidence, Confusion, FrameScore, InputError, Interval, Points, Pooling, Reason,
    Scores, Undefined,
};

/// A number, or why it is undefined. In JSON: `0.93` or `{"undefined": "no_real_sample"}`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// The metric has this value.
    Defined(f64),
    /// The metric is undefined for the samples.
    Undefined {
        /// Why it is undefined.
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

/// Every metric over one set of samples. All are in 0..=1 except the log loss (nats, 0 or more).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Samples labeled fake.
    pub n_fake: usize,
    /// Samples labeled real.
    pub n_real: usize,
    /// Area under the ROC curve.
    pub auc: Value,
    /// Average precision.
    pub average_precision: Value,
    /// Equal error rate.
    pub equal_error_rate: Value,
    /// Ratio of correct predictions.
    pub accuracy: f64,
    /// Ratio of fakes among the samples predicted fake.
    pub precision: Value,
    /// Ratio of the fakes that were predicted fake.
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
    /// Expected calibration error, 15 bins with equally many samples. `None` in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ece_equal_mass: Option<f64>,
    /// Mean of the ratios of correct predictions in both classes. `None` in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<Value>,
}

impl Metrics {
    /// Computes every metric; predictions are cut at `threshold`, see [`Scores::confusion`].
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
            ece_equal_mass: Some(scores.ece_equal_mass()),
            balanced_accuracy: Some(confusion.balanced_accuracy().into()),
        })
    }
}

/// An evaluation with metrics per frame, track and video. Displayed as a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Scores above it were classified as fake.
    pub threshold: f64,
    /// How the faces of a track and of a video were pooled. Older reports, which lack this field, used the
    /// mean.
    #[serde(default = "Report::former_pooling")]
    pub pooling: Pooling,
    /// Each face in each frame is one sample.
    pub frames: Metrics,
    /// Each person in each video is one sample, with the label of the video; the faces of a video that
    /// have no track count as one person. `None` in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracks: Option<Metrics>,
    /// Each video is one sample, with the same score as in inference.
    pub videos: Metrics,
    /// Interval of the AUC per video, after DeLong, at 95 %. `None` in older reports, and where it is
    /// undefined. Frames and people of one video are not independent, so only videos have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_auc: Option<Interval>,
    /// Rates per video at stated rates of the other error. `None` in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub video_points: Option<Points>,
}

impl Report {
    /// Evaluates `frames`, and the people and videos they belong to, at `threshold` (0..=1).
    ///
    /// # Errors
    /// As [`pool_videos`](crate::pool_videos), and [`InputError::Threshold`].
    pub fn new(
        frames: &[FrameScore<'_>],
        threshold: f64,
        pooling: &Pooling,
    ) -> Result<Self, InputError> {
        let videos = group(frames)?;
        let tracks = videos
            .values()
            .flat_map(|video| video.people(pooling).into_iter().map(|score| (score, video.fake)));
        let score = |video: &Video| pooling.pool(video.faces.iter().copied());
        let pooled = videos.values().filter_map(|video| Some((score(video)?, video.fake)));
        let (scores, labels): (Vec<f64>, Vec<bool>) = pooled.unzip();
        let scores = Scores::new(&scores, &labels)?;
        let auc = scores
            .delong()
            .and_then(|delong| delong.interval(Confidence::default(), AucScale::default()));
        Ok(Self {
            threshold,
            pooling: *pooling,
            frames: metrics(frames.iter().map(|f| (f.score, f.fake)), threshold)?,
            tracks: Some(metrics(tracks, threshold)?),
            videos: Metrics::new(scores, threshold)?,
            video_auc: auc.ok(),
            video_points: Some(Points::new(scores)),
        })
    }

    fn former_pooling() -> Pooling {
        Pooling::Mean
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
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn frame(video: &'static str, fake: bool, score: f64) -> FrameScore<'static> {
        FrameScore { key: VideoKey { group: "set", video }, track: None, fake, score }
    }

    #[test]
    fn frames_and_videos_are_counted_separately() {
        // Per frame, one fake ranks below a real sample; pooled, no fake does.
        let frames = [
            frame("a", true, 0.9),
            frame("a", true, 0.3),
            frame("b", false, 0.4),
            frame("b", false, 0.2),
        ];
        let report = Report::new(&frames, 0.5, &Pooling::default()).unwrap();
        assert_eq!((report.frames.n_fake, report.frames.n_real), (2, 2));
        assert_eq!((report.videos.n_fake, report.videos.n_real), (1, 1));
        assert_eq!(report.frames.auc.get(), Some(0.75));
        assert_eq!(report.videos.auc.get(), Some(1.0));
    }

    #[test]
    fn one_class_keeps_the_defined_metrics_and_round_trips_through_json() {
        let frames = [frame("b", false, 0.25), frame("c", false, 0.125)];
        let report = Report::new(&frames, 0.5, &Pooling::default()).unwrap();
        assert_eq!(report.frames.accuracy, 1.0);
        assert_eq!(report.frames.auc.get(), None);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["videos"]["auc"]["undefined"], "no_fake_sample");
        assert_eq!(json["videos"]["precision"]["undefined"], "nothing_called_fake");
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }

    /// Several people in most videos; faces interleaved, as frames come.
    fn crowd() -> Vec<FrameScore<'static>> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut frames = Vec::new();
        for (index, video) in ["a", "b", "c", "d", "e", "f", "g", "h"].into_iter().enumerate() {
            let people = index % 4;
            for _ in 0..rng.random_range(4..20) {
                let track = (people > 0).then(|| rng.random_range(0..people));
                let fake = index % 2 == 0;
                frames.push(FrameScore { track, ..frame(video, fake, rng.random()) });
            }
        }
        frames
    }

    fn mean(scores: &[f64]) -> f64 {
        scores.iter().sum::<f64>() / scores.len() as f64
    }

    #[test]
    fn several_people_in_a_video_are_pooled_by_definition() {
        let frames = crowd();
        let report = Report::new(&frames, 0.5, &Pooling::default()).unwrap();
        // Reference: for every video and every track, filters all faces.
        let (mut tracks, mut videos) = (Vec::new(), Vec::new());
        for video in ["a", "b", "c", "d", "e", "f", "g", "h"] {
            let mut people = Vec::new();
            for track in [None, Some(0), Some(1), Some(2)] {
                let own = frames.iter().filter(|f| f.key.video == video && f.track == track);
                let scores: Vec<f64> = own.map(|f| f.score).collect();
                if !scores.is_empty() {
                    people.push(mean(&scores));
                }
            }
            let fake = frames.iter().find(|f| f.key.video == video).unwrap().fake;
            videos.push((people.iter().copied().fold(0.0, f64::max), fake));
            tracks.extend(people.into_iter().map(|score| (score, fake)));
        }
        assert!(tracks.len() > videos.len());
        assert_eq!(report.tracks.unwrap(), metrics(tracks.into_iter(), 0.5).unwrap());
        assert_eq!(report.videos, metrics(videos.into_iter(), 0.5).unwrap());
        let by_mean = Report::new(&frames, 0.5, &Pooling::Mean).unwrap();
        assert_ne!(report.videos, by_mean.videos);
        assert_eq!(report.frames, by_mean.frames);
    }

    #[test]
    fn a_report_of_the_previous_version_can_be_read() {
        let report = Report::new(&crowd(), 0.5, &Pooling::Mean).unwrap();
        let mut json = serde_json::to_value(&report).unwrap();
        for key in ["tracks", "pooling"] {
            json.as_object_mut().unwrap().remove(key).unwrap();
        }
        let before: Report = serde_json::from_value(json).unwrap();
        assert_eq!(before, Report { tracks: None, ..report });
    }
}
