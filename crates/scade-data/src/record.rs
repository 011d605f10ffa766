//! What is known of one prepared video.

use serde::{Deserialize, Serialize};

use crate::{Label, Part, Result, VideoKey, identities_of};

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
    /// The largest one lies wholly outside the picture.
    pub outside: usize,
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
    /// Indices of the kept frames, ascending; set by [`crate::VideoWriter::finish`].
    #[serde(default)]
    pub frames: Vec<usize>,
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
            source: None,
            identities: identities_of(key.name()),
            part: None,
            missed: MissedFrames::default(),
            tiny_faces: 0,
            frames: Vec::new(),
        }
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
