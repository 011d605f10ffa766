//! Report of a run, as text and as JSON.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use scade_data::{Label, MissedFrames, PreparedDataset, Status, VideoRecord};
use serde::Serialize;

use crate::Ignored;

/// A video without samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// Its label and its name in the prepared dataset.
    pub video: String,
    /// Why it has none.
    pub reason: String,
}

/// Counts over all videos of the dataset, or of the shard, including those of earlier runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// Videos with samples, real.
    pub real_videos: usize,
    /// Videos with samples, fake.
    pub fake_videos: usize,
    /// Videos of an earlier run that were kept.
    pub kept_videos: usize,
    /// Videos without enough frames or without a face.
    pub skipped: Vec<Outcome>,
    /// Videos that could not be decoded.
    pub failed: Vec<Outcome>,
    /// Files and lists that do not match the dataset layout.
    pub ignored: Vec<Ignored>,
    /// Frames in which faces were searched for.
    pub sampled_frames: usize,
    /// Stored faces.
    pub faces: usize,
    /// Frames without a stored face, by reason.
    pub missed: MissedFrames,
    /// Stored faces that are enlarged more than twice.
    pub tiny_faces: usize,
    /// Stored faces whose crops are blurred.
    pub blurred_faces: usize,
    /// Stored faces whose boxes extend beyond the image.
    pub border_faces: usize,
    /// Stored faces with a mask.
    pub masks: usize,
    /// Ratio of the sampled frames with a face.
    pub detection_rate: f64,
    /// Size of the crops on disk.
    pub crop_bytes: u64,
    /// Size of the defocus maps on disk.
    pub map_bytes: u64,
    /// Duration of this run, in seconds.
    pub seconds: f64,
    /// Sampled frames per second of this run.
    pub frames_per_second: f64,
}

impl Report {
    /// Counts one video.
    pub(crate) fn add(&mut self, store: &PreparedDataset, record: &VideoRecord) {
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
        // Records can be edited by hand; their counts must not overflow.
        let add = |sum: &mut usize, count| *sum = sum.saturating_add(count);
        add(&mut self.faces, record.saved_frames);
        add(&mut self.sampled_frames, record.sampled_frames);
        add(&mut self.missed.no_face, record.missed.no_face);
        add(&mut self.missed.outside, record.missed.outside);
        add(&mut self.missed.unforged, record.missed.unforged);
        add(&mut self.tiny_faces, record.tiny_faces);
        add(&mut self.blurred_faces, record.blurred_faces);
        add(&mut self.border_faces, record.border_faces);
        add(&mut self.masks, record.masks);
        let bytes = |path: PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
        let Ok(key) = record.key() else { return };
        for face in record.faces() {
            self.crop_bytes += bytes(store.crop_path(&key, face));
            self.map_bytes += bytes(store.map_path(&key, face));
        }
    }

    /// Whether a video could not be decoded, or part of the dataset could not be read.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        !self.failed.is_empty() || self.ignored.iter().any(|ignored| ignored.unreadable)
    }

    /// Sets the fields that follow from the counts; this run processed `fresh` frames.
    pub(crate) fn finish(&mut self, fresh: usize, elapsed: Duration) {
        let missed = self.missed.total();
        let sampled = self.sampled_frames;
        self.detection_rate = (sampled - missed.min(sampled)) as f64 / sampled.max(1) as f64;
        self.seconds = elapsed.as_secs_f64();
        self.frames_per_second = fresh as f64 / self.seconds.max(f64::MIN_POSITIVE);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Ignored { path, reason, .. } in &self.ignored {
            writeln!(f, "{:14} {}: {reason}", "ignored", path.display())?;
        }
        for (what, outcomes) in [("skipped", &self.skipped), ("failed", &self.failed)] {
            for outcome in outcomes {
                writeln!(f, "{what:14} {}: {}", outcome.video, outcome.reason)?;
            }
        }
        let MissedFrames { no_face, outside, unforged } = self.missed;
        let [crops, maps] = [self.crop_bytes, self.map_bytes].map(|bytes| bytes as f64 / 1e6);
        let mut line = |name: &str, text: String| writeln!(f, "{name:14} {text}");
        line("videos", format!("{} real, {} fake", self.real_videos, self.fake_videos))?;
        line("kept", format!("{} from an earlier run", self.kept_videos))?;
        line("skipped", self.skipped.len().to_string())?;
        line("failed", self.failed.len().to_string())?;
        line("faces", format!("{} in {} sampled frames", self.faces, self.sampled_frames))?;
        line("detection", format!("{:.1} % of the frames", 100.0 * self.detection_rate))?;
        line(
            "no face",
            format!("{no_face} frames without, {outside} with a face outside the image"),
        )?;
        if self.masks + unforged > 0 {
            line("masks", format!("{} faces with one, {unforged} frames unforged", self.masks))?;
        }
        line("tiny", format!("{} faces enlarged more than twice", self.tiny_faces))?;
        line("blurred", format!("{} faces without fine detail", self.blurred_faces))?;
        line("cut off", format!("{} faces at the border of the image", self.border_faces))?;
        line("on disk", format!("{crops:.1} MB of crops, {maps:.1} MB of maps"))?;
        let (seconds, rate) = (self.seconds, self.frames_per_second);
        write!(f, "{:14} {seconds:.1} s, {rate:.1} frames per second", "time")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::VideoKey;

    #[test]
    fn every_video_is_counted_once_and_reasons_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let store =
            PreparedDataset::create(folder.path(), &scade_data::DatasetSpec::default()).unwrap();
        let mut good = VideoRecord::new(&VideoKey::new(Label::Real, "a").unwrap());
        (good.sampled_frames, good.missed.no_face, good.saved_frames) = (10, 1, 9);
        (good.frames, good.tiny_faces) = (vec![0], 3);
        let crop = store.crop_path(&good.key().unwrap(), 0);
        std::fs::create_dir_all(crop.parent().unwrap()).unwrap();
        std::fs::write(crop, "12345").unwrap();
        let mut bad = VideoRecord::new(&VideoKey::new(Label::Fake, "b").unwrap());
        (bad.status, bad.reason) = (Status::Error, Some("no video stream".into()));
        let mut report = Report::default();
        report.add(&store, &good);
        report.add(&store, &bad);
        report.finish(10, Duration::from_secs(2));
        assert_eq!((report.real_videos, report.fake_videos, report.faces), (1, 0, 9));
        assert_eq!((report.detection_rate, report.frames_per_second), (0.9, 5.0));
        assert_eq!((report.crop_bytes, report.map_bytes, report.tiny_faces), (5, 0, 3));
        assert_eq!(report.failed[0].video, "fake/b");
        assert!(report.to_string().contains("failed         fake/b: no video stream"));
    }
}
