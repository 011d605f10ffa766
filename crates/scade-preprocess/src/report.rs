//! What a run of preparation did, for people and for programs.

use std::fmt;
use std::time::Duration;

use scade_data::{Label, Status, VideoRecord};
use serde::Serialize;

/// One video that gave no samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Its name in the store, behind its label.
    pub video: String,
    /// Why it gave none.
    pub reason: String,
}

/// Counts over all videos of the dataset, whichever run prepared them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Videos with samples, real.
    pub real_videos: usize,
    /// Videos with samples, fake.
    pub fake_videos: usize,
    /// Videos that were finished by an earlier run and left alone.
    pub kept_videos: usize,
    /// Videos without enough frames or without a face.
    pub skipped: Vec<Outcome>,
    /// Videos that could not be decoded.
    pub failed: Vec<Outcome>,
    /// Frames in which a face was looked for.
    pub sampled_frames: usize,
    /// Faces stored.
    pub faces: usize,
    /// Share of the sampled frames in which a face was found.
    pub detection_rate: f64,
    /// Duration of this run, in seconds.
    pub seconds: f64,
}

impl Report {
    pub(crate) fn new(records: &[VideoRecord], kept: usize, elapsed: Duration) -> Self {
        let mut report =
            Self { kept_videos: kept, seconds: elapsed.as_secs_f64(), ..Self::default() };
        for record in records {
            report.add(record);
        }
        let sampled: usize = records.iter().map(|record| record.sampled_frames).sum();
        let missed: usize = records.iter().map(|record| record.failed_detections).sum();
        report.sampled_frames = sampled;
        report.detection_rate = (sampled - missed) as f64 / (sampled.max(1)) as f64;
        report
    }

    fn add(&mut self, record: &VideoRecord) {
        let outcome = || Outcome {
            video: format!("{}/{}", record.label.name(), record.video),
            reason: record.reason.clone().unwrap_or_default(),
        };
        match (record.status, record.label) {
            (Status::Success, Label::Real) => self.real_videos += 1,
            (Status::Success, Label::Fake) => self.fake_videos += 1,
            (Status::Skipped, _) => self.skipped.push(outcome()),
            (Status::Error, _) => self.failed.push(outcome()),
        }
        self.faces += record.saved_frames;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, outcomes) in [("skipped", &self.skipped), ("failed", &self.failed)] {
            for outcome in outcomes {
                writeln!(f, "{what:14} {}: {}", outcome.video, outcome.reason)?;
            }
        }
        let kept = self.kept_videos;
        writeln!(f, "{:14} {} real, {} fake", "videos", self.real_videos, self.fake_videos)?;
        writeln!(f, "{:14} {kept} from an earlier run", "kept")?;
        writeln!(f, "{:14} {}", "skipped", self.skipped.len())?;
        writeln!(f, "{:14} {}", "failed", self.failed.len())?;
        writeln!(f, "{:14} {} in {} sampled frames", "faces", self.faces, self.sampled_frames)?;
        writeln!(f, "{:14} {:.1} % of the frames", "detection", 100.0 * self.detection_rate)?;
        write!(f, "{:14} {:.1} s", "time", self.seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::VideoKey;

    #[test]
    fn every_video_is_counted_once_and_reasons_are_kept() {
        let mut good = VideoRecord::new(&VideoKey::new(Label::Real, "a").unwrap());
        (good.sampled_frames, good.failed_detections, good.saved_frames) = (10, 1, 9);
        let mut bad = VideoRecord::new(&VideoKey::new(Label::Fake, "b").unwrap());
        (bad.status, bad.reason) = (Status::Error, Some("no video stream".into()));
        let report = Report::new(&[good, bad], 0, Duration::from_secs(2));
        assert_eq!((report.real_videos, report.fake_videos, report.faces), (1, 0, 9));
        assert_eq!(report.detection_rate, 0.9);
        assert_eq!(report.failed[0].video, "fake/b");
        assert!(report.to_string().contains("failed         fake/b: no video stream"));
    }
}
