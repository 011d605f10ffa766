//! What the detector predicts.

use scade_face::FoundBy;
use scade_image::FaceBox;
use scade_metrics::Pooling;
use scade_sample::Label;
use serde::Serialize;

/// The prediction for one face.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FacePrediction {
    /// Probability of fake, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// How far the score is from the threshold, on the side of the label: 0.5 at the threshold, 1 at
    /// the end. At a threshold of 0.5 it is the score of a fake, and one minus that of a real face.
    pub confidence: f64,
    /// The face that was scored.
    pub face: FaceEvidence,
    /// Number of the frame, in a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// Seconds since the start, in a video with time stamps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// Number of the track, where all faces are scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<usize>,
}

/// Where a scored face is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FaceEvidence {
    /// In pixels of the image.
    pub bbox: FaceBox,
    /// Score of the face detector, 0..1; see [`FoundBy::Haar`] for what it is there.
    pub detection_score: f32,
    /// Which detector found it; absent in JSON for the first.
    #[serde(skip_serializing_if = "FoundBy::is_mtcnn")]
    pub found_by: FoundBy,
}

/// The prediction for an image.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImagePrediction {
    /// The highest score of its faces, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// As of a face.
    pub confidence: f64,
    /// The face with that score.
    pub face: FaceEvidence,
    /// Number of faces found, scored or not.
    pub num_faces: usize,
    /// The prediction for each scored face, in the order of the face detector: the chosen one, or all
    /// with [`scade_sample::FaceSelection::All`].
    pub faces: Vec<FacePrediction>,
}

impl ImagePrediction {
    /// Of the scored faces; `None` without one.
    pub(crate) fn of(faces: Vec<FacePrediction>, num_faces: usize) -> Option<Self> {
        let highest = faces.iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
        let &FacePrediction { score, label, confidence, face, .. } = highest;
        Some(Self { score, label, confidence, face, num_faces, faces })
    }
}

/// The prediction for a video.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VideoPrediction {
    /// The scores of its faces, pooled by the detector's rule, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// As of a face.
    pub confidence: f64,
    /// Frames in which a face was looked for.
    pub num_frames: usize,
    /// Frames among them without a face.
    pub frames_without_face: usize,
    /// What is wrong with the file, in words: the prediction rests on what could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
    /// The prediction for each track, where all faces are scored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<TrackPrediction>,
    /// The prediction for each face, in order of time.
    pub faces: Vec<FacePrediction>,
}

/// The prediction for one person tracked through a video.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrackPrediction {
    /// Number of the track; see [`FacePrediction::track`].
    pub track: usize,
    /// The scores of its faces, pooled by the detector's rule, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// As of a face.
    pub confidence: f64,
    /// Frames in which the person was seen.
    pub num_frames: usize,
    /// The first and the last of them.
    pub frames: [u64; 2],
}

impl TrackPrediction {
    /// Those of faces in order of time, by number; none where faces have no tracks.
    pub(crate) fn of(faces: &[FacePrediction], pooling: &Pooling, threshold: f64) -> Vec<Self> {
        let scores = faces.iter().map(|face| (face.track, face.score));
        let predict = |(track, score): (usize, f64)| {
            let frames = faces.iter().filter(|face| face.track == Some(track));
            let frames: Vec<u64> = frames.filter_map(|face| face.frame).collect();
            let ends = [frames.first().copied()?, frames.last().copied()?];
            let Decision { label, confidence } = Decision::new(score, threshold);
            let num_frames = frames.len();
            Some(Self { track, score, label, confidence, num_frames, frames: ends })
        };
        let tracks = pooling.tracks(scores).into_iter();
        tracks.filter_map(|pooled| predict((pooled.track, pooled.score))).collect()
    }
}

/// What a threshold makes of a score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Decision {
    pub(crate) label: Label,
    pub(crate) confidence: f64,
}

impl Decision {
    pub(crate) fn new(score: f64, threshold: f64) -> Self {
        // A threshold at an end leaves one side without room: a score there is at the threshold.
        let ratio = |distance: f64, room: f64| if room > 0.0 { distance / room } else { 0.0 };
        let (label, ratio) = if score > threshold {
            (Label::Fake, ratio(score - threshold, 1.0 - threshold))
        } else {
            (Label::Real, ratio(threshold - score, threshold))
        };
        Self { label, confidence: 0.5 + 0.5 * ratio }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(score: f64, threshold: f64) -> (Label, f64) {
        let Decision { label, confidence } = Decision::new(score, threshold);
        (label, confidence)
    }

    #[test]
    fn only_scores_above_the_threshold_are_fake() {
        assert_eq!(decide(0.5, 0.5), (Label::Real, 0.5));
        assert_eq!(decide(0.25, 0.5), (Label::Real, 0.75));
        assert_eq!(decide(0.75, 0.5), (Label::Fake, 0.75));
        assert_eq!(decide(0.25, 0.2).0, Label::Fake);
    }

    #[test]
    fn the_highest_score_is_that_of_an_image() {
        let bbox = FaceBox { x1: 0.0, y1: 0.0, x2: 9.0, y2: 9.0 };
        let face = |score, detection_score| FacePrediction {
            score,
            label: Label::Real,
            confidence: 0.5,
            face: FaceEvidence { bbox, detection_score, found_by: FoundBy::Mtcnn },
            frame: None,
            time: None,
            track: None,
        };
        let image = ImagePrediction::of(vec![face(0.2, 0.9), face(0.7, 0.8)], 14).unwrap();
        assert_eq!((image.score, image.face.detection_score), (0.7, 0.8));
        assert_eq!((image.num_faces, image.faces.len()), (14, 2));
        assert!(ImagePrediction::of(Vec::new(), 3).is_none());
    }

    #[test]
    fn each_person_is_scored_by_their_own_faces() {
        let bbox = FaceBox { x1: 0.0, y1: 0.0, x2: 9.0, y2: 9.0 };
        let face = |frame, track, score| FacePrediction {
            score,
            label: Label::Real,
            confidence: 0.5,
            face: FaceEvidence { bbox, detection_score: 0.9, found_by: FoundBy::Mtcnn },
            frame: Some(frame),
            time: None,
            track,
        };
        let of = |faces: &[FacePrediction]| TrackPrediction::of(faces, &Pooling::default(), 0.5);
        let tracks = of(&[face(0, Some(1), 0.2), face(0, Some(0), 0.9), face(30, Some(1), 0.4)]);
        assert_eq!(tracks.len(), 2);
        assert_eq!(
            (tracks[0].label, tracks[0].frames, tracks[0].num_frames),
            (Label::Fake, [0, 0], 1)
        );
        assert!((tracks[1].score - 0.3).abs() < 1e-12 && tracks[1].frames == [0, 30]);
        assert!(of(&[face(0, None, 0.9)]).is_empty());
    }

    #[test]
    fn confidence_is_the_distance_from_the_threshold() {
        assert_eq!(decide(0.75, 0.75), (Label::Real, 0.5));
        assert_eq!(decide(0.375, 0.75), (Label::Real, 0.75));
        assert_eq!(decide(0.875, 0.75), (Label::Fake, 0.75));
        assert_eq!(decide(0.0, 0.0), (Label::Real, 0.5));
        assert_eq!(decide(1.0, 1.0), (Label::Real, 0.5));
        assert_eq!(decide(1.0, 0.0), (Label::Fake, 1.0));
    }
}
