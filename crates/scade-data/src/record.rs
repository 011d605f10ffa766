//! What is known of one prepared video.

use serde::{Deserialize, Serialize};

use crate::{FaceId, Label, Part, Result, VideoKey, identities_of};

/// How the preparation of a video ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// At least one face was saved.
    Success,
    /// The video was read but is of no use, as [`VideoRecord::reason`] says.
    Skipped,
    /// The video could not be prepared, as [`VideoRecord::reason`] says.
    Error,
}

/// Sampled frames without a stored face, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MissedFrames {
    /// The detector found none.
    pub no_face: usize,
    /// The chosen one lies wholly outside the picture.
    pub outside: usize,
    /// A mask says that none of the faces in this frame of a fake is forged.
    #[serde(skip_serializing_if = "is_zero")]
    pub unforged: usize,
}

impl MissedFrames {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> usize {
        // Records can be edited by hand; no count of theirs may end the run.
        self.no_face.saturating_add(self.outside).saturating_add(self.unforged)
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The file that a video was read from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VideoFile {
    /// Its place below the dataset.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// One line of `metadata.json`: the published fields, then ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoRecord {
    /// Name of the video in the store.
    pub video: String,
    /// How it ended.
    pub status: Status,
    /// Its class.
    pub label: Label,
    /// Frames in the video.
    pub total_frames: usize,
    /// Frames per second; 0 where unknown.
    pub fps: f64,
    /// Frames looked at.
    pub sampled_frames: usize,
    /// Faces kept; set by [`crate::VideoWriter::finish`].
    pub saved_frames: usize,
    /// Sampled frames that gave no face; [`VideoRecord::missed`] tells why.
    pub failed_detections: usize,
    /// Share of the sampled frames with a face, 0..1; set by [`crate::VideoWriter::finish`].
    pub detection_rate: f64,
    /// Why the video was skipped or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong with a file that was used all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// Which file it is; a video of the same name in another file is another one. Unknown in older
    /// stores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<VideoFile>,
    /// Name of the clip that a fake was made from, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Who is seen, and for a fake also who was put in; see [`VideoRecord::people`].
    #[serde(default)]
    pub identities: Vec<String>,
    /// The part that the dataset itself puts the video into, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// Why frames gave no face.
    #[serde(default)]
    pub missed: MissedFrames,
    /// Kept faces so small that their crops show them more than twice enlarged.
    #[serde(default)]
    pub tiny_faces: usize,
    /// Kept faces whose crops are blurred.
    #[serde(default)]
    pub blurred_faces: usize,
    /// Kept faces whose boxes reach beyond the picture.
    #[serde(default)]
    pub border_faces: usize,
    /// Kept faces with the dataset's mask beside them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub masks: usize,
    /// Frames of the kept faces, ascending; set by [`crate::VideoWriter::finish`].
    #[serde(default)]
    pub frames: Vec<usize>,
    /// Track of each of these faces; empty where one face of each frame was taken. Set by
    /// [`crate::VideoWriter::finish`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<usize>,
}

impl VideoRecord {
    /// A record of `key` that knows nothing yet: success, all counts 0, identities by
    /// [`identities_of`] the name.
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
            tiny_faces: 0,
            blurred_faces: 0,
            border_faces: 0,
            masks: 0,
            frames: Vec::new(),
            tracks: Vec::new(),
        }
    }

    /// The kept faces, by frame and track.
    #[must_use]
    pub fn faces(&self) -> Vec<FaceId> {
        let face = |(place, &frame)| FaceId { frame, track: self.tracks.get(place).copied() };
        self.frames.iter().enumerate().map(face).collect()
    }

    /// The video this record is about.
    ///
    /// # Errors
    /// [`crate::Error::VideoName`] when it is no usable name.
    pub fn key(&self) -> Result<VideoKey> {
        VideoKey::new(self.label, &*self.video)
    }

    /// The identities; where none are recorded, [`identities_of`] the name.
    #[must_use]
    pub fn people(&self) -> Vec<String> {
        if self.identities.is_empty() {
            identities_of(&self.video)
        } else {
            self.identities.clone()
        }
    }
}

/// The published fields of a record.
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

    /// The published fields, as the published program lists them.
    const PUBLISHED: &str = r#"{"video": "000_003", "status": "success", "label": "fake",
        "total_frames": 300, "fps": 25.0, "sampled_frames": 30, "saved_frames": 29,
        "failed_detections": 1, "detection_rate": 0.9666666666666667}"#;

    #[test]
    fn published_fields_are_read_and_written_under_their_names() {
        let record: VideoRecord = serde_json::from_str(PUBLISHED).unwrap();
        assert_eq!(record.people(), ["000", "003"]);
        let written = serde_json::to_value(&record).unwrap();
        let published: serde_json::Value = serde_json::from_str(PUBLISHED).unwrap();
        for (name, value) in published.as_object().unwrap() {
            assert_eq!(&written[name], value, "{name}");
        }
    }
}
