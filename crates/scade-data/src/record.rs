//! The record of one preprocessed video.

use scade_image::Landmarks;
use serde::{Deserialize, Serialize};

use crate::{FaceId, Label, Result, Subset, VideoKey, identities_of};

/// Result of preprocessing a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// At least one face was stored.
    Success,
    /// The video was read but yields no sample; see [`VideoRecord::reason`].
    Skipped,
    /// The video could not be read; see [`VideoRecord::reason`].
    Error,
}

/// Sampled frames without a stored face, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MissedFrames {
    /// The detector found no face.
    pub no_face: usize,
    /// The selected face is entirely outside the image.
    pub outside: usize,
    /// The mask of a fake marks none of the faces in this frame.
    #[serde(skip_serializing_if = "is_zero")]
    pub unforged: usize,
}

impl MissedFrames {
    /// Sum over all reasons.
    #[must_use]
    pub fn total(&self) -> usize {
        // Records can be edited by hand; their counts must not overflow.
        self.no_face.saturating_add(self.outside).saturating_add(self.unforged)
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The file that a video was read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VideoFile {
    /// Its path relative to the dataset.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// One entry of `metadata.json`: SCADE-Net's fields, then ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoRecord {
    /// Name of the video in the prepared dataset.
    pub video: String,
    /// Result of preprocessing it.
    pub status: Status,
    /// Its class.
    pub label: Label,
    /// Frames in the video.
    pub total_frames: usize,
    /// Frames per second; 0 where unknown.
    pub fps: f64,
    /// Frames in which faces were searched for.
    pub sampled_frames: usize,
    /// Stored faces; set by [`crate::VideoWriter::finish`].
    pub saved_frames: usize,
    /// Sampled frames without a stored face; [`VideoRecord::missed`] has the reasons.
    pub failed_detections: usize,
    /// Ratio of the sampled frames with a face, 0..1; set by [`crate::VideoWriter::finish`].
    pub detection_rate: f64,
    /// Why the video was skipped or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Defects of a file that was used nevertheless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// The source file; a video of the same name in another file is another video. Absent in older
    /// datasets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<VideoFile>,
    /// Name of the source clip of a fake, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Identities in the video, for a fake target and source; see [`VideoRecord::people`].
    #[serde(default)]
    pub identities: Vec<String>,
    /// The video's subset in the official split of the dataset, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Subset>,
    /// Frames without a stored face, by reason.
    #[serde(default)]
    pub missed: MissedFrames,
    /// Frames whose faces were found at a second look.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub second_look_frames: usize,
    /// Frames whose faces were found by OpenCV's cascade.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub haar_frames: usize,
    /// Stored faces that are enlarged more than twice.
    #[serde(default)]
    pub tiny_faces: usize,
    /// Stored faces whose crops are blurred.
    #[serde(default)]
    pub blurred_faces: usize,
    /// Stored faces whose boxes extend beyond the image.
    #[serde(default)]
    pub border_faces: usize,
    /// Stored faces with a mask of the dataset.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub masks: usize,
    /// Frames of the stored faces, ascending; set by [`crate::VideoWriter::finish`].
    #[serde(default)]
    pub frames: Vec<usize>,
    /// Track of each of these faces; empty where one face per frame was selected. Set by
    /// [`crate::VideoWriter::finish`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<usize>,
    /// The five points of each of these faces, in pixels of its crop, where the detector found them; empty
    /// where it found none, and in older datasets. Set by [`crate::VideoWriter::finish`].
    #[serde(default, skip_serializing_if = "has_none")]
    pub landmarks: Vec<Option<Landmarks>>,
}

fn has_none(landmarks: &[Option<Landmarks>]) -> bool {
    landmarks.iter().all(Option::is_none)
}

impl VideoRecord {
    /// An initial record of `key`: success, all counts 0, identities by [`identities_of`] the name.
    #[must_use]
    pub fn new(key: &VideoKey) -> Self {
        Self {
            video: key.name().to_owned(),
            status: Status::Success,
            label: key.label(),
            total_frames: 0,
            fps: 0.0,
            sampled_frames: 0,
            saved_frames: 0,
            failed_detections: 0,
            detection_rate: 0.0,
            reason: None,
            damage: None,
            file: None,
            source: None,
            identities: identities_of(key.name()),
            part: None,
            missed: MissedFrames::default(),
            second_look_frames: 0,
            haar_frames: 0,
            tiny_faces: 0,
            blurred_faces: 0,
            border_faces: 0,
            masks: 0,
            frames: Vec::new(),
            tracks: Vec::new(),
            landmarks: Vec::new(),
        }
    }

    /// The stored faces, by frame and track.
    #[must_use]
    pub fn faces(&self) -> Vec<FaceId> {
        let face = |(place, &frame)| FaceId { frame, track: self.tracks.get(place).copied() };
        self.frames.iter().enumerate().map(face).collect()
    }

    /// The stored faces and, where they are known, their landmarks.
    pub(crate) fn faces_with_landmarks(&self) -> Vec<(FaceId, Option<Landmarks>)> {
        // Older records have no landmarks.
        let landmarks = self.landmarks.iter().copied().chain(std::iter::repeat(None));
        self.faces().into_iter().zip(landmarks).collect()
    }

    /// The video of this record.
    ///
    /// # Errors
    /// [`crate::Error::VideoName`] when its name is invalid.
    pub fn key(&self) -> Result<VideoKey> {
        VideoKey::new(self.label, &*self.video)
    }

    /// The identities; where none are recorded, those of [`identities_of`] the name.
    #[must_use]
    pub fn people(&self) -> Vec<String> {
        if self.identities.is_empty() {
            identities_of(&self.video)
        } else {
            self.identities.clone()
        }
    }
}

/// SCADE-Net's fields of a record.
#[derive(Serialize)]
pub(crate) struct PublishedRecord<'a> {
    video: &'a str,
    status: Status,
    label: Label,
    total_frames: usize,
    fps: f64,
    sampled_frames: usize,
    saved_frames: usize,
    failed_detections: usize,
    detection_rate: f64,
}

impl<'a> PublishedRecord<'a> {
    pub(crate) fn of(record: &'a VideoRecord) -> Self {
        Self {
            video: &record.video,
            status: record.status,
            label: record.label,
            total_frames: record.total_frames,
            fps: record.fps,
            sampled_frames: record.sampled_frames,
            saved_frames: record.saved_frames,
            failed_detections: record.failed_detections,
            detection_rate: record.detection_rate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry as SCADE-Net writes it.
    const PUBLISHED: &str = r#"{"video": "000_003", "status": "success", "label": "fake",
        "total_frames": 300, "fps": 25.0, "sampled_frames": 30, "saved_frames": 29,
        "failed_detections": 1, "detection_rate": 0.9666666666666667}"#;

    #[test]
    fn published_fields_are_read_and_written_under_their_names() {
        let record: VideoRecord = serde_json::from_str(PUBLISHED).unwrap();
        assert_eq!(record.people(), ["000", "003"]);
        assert_eq!(record.landmarks, []);
        let written = serde_json::to_value(&record).unwrap();
        let published: serde_json::Value = serde_json::from_str(PUBLISHED).unwrap();
        for (name, value) in published.as_object().unwrap() {
            assert_eq!(&written[name], value, "{name}");
        }
    }

    #[test]
    fn landmarks_are_written_where_there_are_any() {
        let mut record: VideoRecord = serde_json::from_str(PUBLISHED).unwrap();
        record.frames = vec![0, 10];
        record.landmarks = vec![None, None];
        assert_eq!(serde_json::to_value(&record).unwrap().get("landmarks"), None);
        record.landmarks[1] = Some(Landmarks([[100.25, 99.5]; 5]));
        let text = serde_json::to_string(&record).unwrap();
        assert!(text.contains(r#""landmarks":[null,[[100.25,99.5],"#), "{text}");
        assert_eq!(serde_json::from_str::<VideoRecord>(&text).unwrap(), record);
    }
}
