//! What the detector says.

use std::collections::BTreeMap;

use scade_data::Label;
use scade_face::Face;
use scade_image::FaceBox;
use serde::Serialize;

/// The verdict on one face.
#[derive(Debug, Clone, Serialize)]
pub struct FaceVerdict {
    /// Probability of a fake, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// How far the score is from the threshold, on the side of the label: 0.5 at the threshold, 1 at
    /// the end. At a threshold of 0.5 it is the score of a fake, and one minus that of a real face.
    pub confidence: f64,
    /// The face that was judged.
    pub face: FaceEvidence,
    /// Number of the frame, in a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// Seconds since the start, in a video that tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// Number of the person followed through the video, where all faces are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<usize>,
}

/// Where a judged face lies.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct FaceEvidence {
    /// In pixels of the picture.
    pub bbox: FaceBox,
    /// How sure the face detector is, 0..1.
    pub detection_score: f32,
}

impl From<&Face> for FaceEvidence {
    fn from(face: &Face) -> Self {
        Self { bbox: face.bbox, detection_score: face.score }
    }
}

/// The verdict on a video.
#[derive(Debug, Clone, Serialize)]
pub struct VideoVerdict {
    /// Mean of the scores of its faces, 0..1; where all faces are judged, the highest of the means of
    /// its tracks.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// As of a face.
    pub confidence: f64,
    /// Frames in which a face was looked for.
    pub num_frames: usize,
    /// Frames among them without a face.
    pub frames_without_face: usize,
    /// What is wrong with the file, in words: the verdict is on what could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// The verdict on each person followed through the video, where all faces are judged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<TrackVerdict>,
    /// The verdict on each face, in order of time.
    pub faces: Vec<FaceVerdict>,
}

/// The verdict on one person in a video.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackVerdict {
    /// Its number; see [`FaceVerdict::track`].
    pub track: usize,
    /// Mean of the scores of its faces, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// As of a face.
    pub confidence: f64,
    /// Frames in which it was seen.
    pub num_frames: usize,
    /// The first and the last of them.
    pub frames: [u64; 2],
}

impl TrackVerdict {
    /// Those of faces in order of time, by number; none where faces have no tracks.
    pub(crate) fn of(faces: &[FaceVerdict], threshold: f64) -> Vec<Self> {
        let mut tracks = BTreeMap::<usize, Vec<&FaceVerdict>>::new();
        for face in faces {
            if let Some(track) = face.track {
                tracks.entry(track).or_default().push(face);
            }
        }
        let verdict = |(track, faces): (usize, Vec<&FaceVerdict>)| {
            let score = mean(faces.iter().copied());
            let (label, confidence) = decide(score, threshold);
            let end = |face: Option<&&FaceVerdict>| face.and_then(|face| face.frame).unwrap_or(0);
            let frames = [end(faces.first()), end(faces.last())];
            Self { track, score, label, confidence, num_frames: faces.len(), frames }
        };
        tracks.into_iter().map(verdict).collect()
    }
}

/// Mean score; of at least one face.
pub(crate) fn mean<'a>(faces: impl ExactSizeIterator<Item = &'a FaceVerdict>) -> f64 {
    let count = faces.len() as f64;
    faces.map(|face| face.score).sum::<f64>() / count
}

/// Label and confidence of a score.
pub(crate) fn decide(score: f64, threshold: f64) -> (Label, f64) {
    // A threshold at an end leaves one side without room: what lies there lies at the threshold.
    let share = |distance: f64, room: f64| if room > 0.0 { distance / room } else { 0.0 };
    if score > threshold {
        (Label::Fake, 0.5 + 0.5 * share(score - threshold, 1.0 - threshold))
    } else {
        (Label::Real, 0.5 + 0.5 * share(threshold - score, threshold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_above_the_threshold_is_fake() {
        assert_eq!(decide(0.5, 0.5), (Label::Real, 0.5));
        assert_eq!(decide(0.25, 0.5), (Label::Real, 0.75));
        assert_eq!(decide(0.75, 0.5), (Label::Fake, 0.75));
        assert_eq!(decide(0.25, 0.2).0, Label::Fake);
    }

    #[test]
    fn each_person_is_judged_by_a_mean_of_its_own() {
        let bbox = FaceBox { x1: 0.0, y1: 0.0, x2: 9.0, y2: 9.0 };
        let face = |frame, track, score| FaceVerdict {
            score,
            label: Label::Real,
            confidence: 0.5,
            face: FaceEvidence { bbox, detection_score: 0.9 },
            frame: Some(frame),
            time: None,
            track,
        };
        let faces = [face(0, Some(1), 0.2), face(0, Some(0), 0.9), face(30, Some(1), 0.4)];
        let tracks = TrackVerdict::of(&faces, 0.5);
        assert_eq!(tracks.len(), 2);
        assert_eq!(
            (tracks[0].label, tracks[0].frames, tracks[0].num_frames),
            (Label::Fake, [0, 0], 1)
        );
        assert!((tracks[1].score - 0.3).abs() < 1e-12 && tracks[1].frames == [0, 30]);
        assert!(TrackVerdict::of(&[face(0, None, 0.9)], 0.5).is_empty());
    }

    #[test]
    fn confidence_is_the_way_from_the_threshold() {
        assert_eq!(decide(0.75, 0.75), (Label::Real, 0.5));
        assert_eq!(decide(0.375, 0.75), (Label::Real, 0.75));
        assert_eq!(decide(0.875, 0.75), (Label::Fake, 0.75));
        assert_eq!(decide(0.0, 0.0), (Label::Real, 0.5));
        assert_eq!(decide(1.0, 1.0), (Label::Real, 0.5));
        assert_eq!(decide(1.0, 0.0), (Label::Fake, 1.0));
    }
}
