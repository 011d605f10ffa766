//! What the detector predicts.

use std::sync::Arc;

use scade_face::FoundBy;
use scade_image::{FaceBox, Quality};
use scade_metrics::Pooling;
use scade_sample::{FaceSample, Label};
use serde::Serialize;

use crate::call::{Call, Reason, counted, least_frames};
use crate::segments::{Point, Segment, segments};

/// The prediction for one face.
#[derive(Debug, Clone, Serialize)]
pub struct FacePrediction {
    /// Probability of fake by the network, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// What may be concluded.
    pub call: Call,
    /// Why it is inconclusive: such a face is not pooled with others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Reason>,
    /// The face that was scored.
    pub face: FaceEvidence,
    /// Its size and detail.
    pub quality: Quality,
    /// Number of the frame, in a video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// Seconds since the start, in a video with time stamps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<f64>,
    /// Number of the track, where all faces are scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track: Option<usize>,
    /// The pixels that were scored, where they are kept.
    #[serde(skip)]
    pub sample: Option<Arc<FaceSample>>,
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
#[derive(Debug, Clone, Serialize)]
pub struct ImagePrediction {
    /// The highest score of its faces that the gate passes, or of all where it passes none, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// What may be concluded.
    pub call: Call,
    /// Why it is inconclusive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Score above which a face is `Fake`.
    pub threshold: f64,
    /// The face with that score.
    pub face: FaceEvidence,
    /// Number of faces found, scored or not.
    pub num_faces: usize,
    /// The prediction for each scored face, in the order of the face detector: all, or the chosen one.
    pub faces: Vec<FacePrediction>,
}

impl ImagePrediction {
    /// Of the scored faces; `None` without one.
    pub(crate) fn of(faces: Vec<FacePrediction>, num_faces: usize, threshold: f64) -> Option<Self> {
        let (judged, reasons) = counted(&faces, |face| face.excluded);
        let highest = judged.into_iter().max_by(|a, b| a.score.total_cmp(&b.score))?;
        let &FacePrediction { score, label, call, face, .. } = highest;
        Some(Self { score, label, call, reasons, threshold, face, num_faces, faces })
    }
}

/// The prediction for a video.
#[derive(Debug, Clone, Serialize)]
pub struct VideoPrediction {
    /// The scores of its faces, without those that the gate excludes, pooled by the detector's rule, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// What may be concluded.
    pub call: Call,
    /// Why it is inconclusive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Score above which a face is `Fake`.
    pub threshold: f64,
    /// Frames in which a face was looked for.
    pub num_frames: usize,
    /// Frames among them without a face.
    pub frames_without_face: usize,
    /// Sampled frames with which a new shot begins; tracks end there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<u64>,
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
    /// The scores of its faces, without those that the gate excludes, pooled by the detector's rule, 0..1.
    pub score: f64,
    /// `Fake` above the detector's threshold.
    pub label: Label,
    /// What may be concluded.
    pub call: Call,
    /// Why it is inconclusive.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Frames in which the person was seen.
    pub num_frames: usize,
    /// Those of them that the gate excludes.
    pub num_excluded: usize,
    /// The first and the last of them.
    pub frames: [u64; 2],
    /// Parts of the track that are likely forged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
}

/// What is known of a video besides its faces.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) num_frames: usize,
    pub(crate) frames_without_face: usize,
    pub(crate) cuts: Vec<u64>,
    pub(crate) damage: Option<String>,
}

/// How a detector judges.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judge {
    pub(crate) threshold: f64,
    pub(crate) pooling: Pooling,
}

impl Judge {
    pub(crate) fn label(&self, score: f64) -> Label {
        if score > self.threshold { Label::Fake } else { Label::Real }
    }

    /// A video from its faces in order of time; `None` without one.
    pub(crate) fn video(&self, faces: Vec<FacePrediction>, seen: Seen) -> Option<VideoPrediction> {
        let least = least_frames(&self.pooling, seen.num_frames);
        let (judged, mut reasons) = counted(&faces, |face| face.excluded);
        let score = self.pooling.pool(judged.iter().map(|face| (face.track, face.score)))?;
        if judged.len() < least {
            reasons.push(Reason::FewFrames { frames: judged.len(), least });
        }
        let label = self.label(score);
        let call = if reasons.is_empty() { Call::of(label) } else { Call::Inconclusive };
        let tracks = self.tracks(&faces, least);
        let Seen { num_frames, frames_without_face, cuts, damage } = seen;
        Some(VideoPrediction {
            score,
            label,
            call,
            reasons,
            threshold: self.threshold,
            num_frames,
            frames_without_face,
            cuts,
            damage,
            tracks,
            faces,
        })
    }

    /// Those of faces in order of time, by number; none where faces have no tracks.
    fn tracks(&self, faces: &[FacePrediction], least: usize) -> Vec<TrackPrediction> {
        let most = faces.iter().filter_map(|face| face.track).max();
        (0..most.map_or(0, |most| most + 1))
            .filter_map(|track| {
                let own: Vec<_> = faces.iter().filter(|face| face.track == Some(track)).collect();
                self.track(track, &own, least)
            })
            .collect()
    }

    fn track(
        &self,
        track: usize,
        faces: &[&FacePrediction],
        least: usize,
    ) -> Option<TrackPrediction> {
        let frames = [faces.first()?.frame?, faces.last()?.frame?];
        let (judged, mut reasons) = counted(faces, |face| face.excluded);
        let score = self.pooling.pool(judged.iter().map(|face| (Some(track), face.score)))?;
        let num_excluded = faces.iter().filter(|face| face.excluded.is_some()).count();
        if judged.len() < least {
            reasons.push(Reason::FewFrames { frames: judged.len(), least });
        }
        let label = self.label(score);
        let call = if reasons.is_empty() { Call::of(label) } else { Call::Inconclusive };
        let point = |face: &&&FacePrediction| {
            Some(Point { frame: face.frame?, time: face.time, score: face.score })
        };
        let points: Vec<_> = judged.iter().filter_map(point).collect();
        let segments = match call {
            Call::Inconclusive => Vec::new(),
            Call::Evidence | Call::NoEvidence => segments(&points, self.threshold),
        };
        let num_frames = faces.len();
        Some(TrackPrediction {
            track,
            score,
            label,
            call,
            reasons,
            num_frames,
            num_excluded,
            frames,
            segments,
        })
    }
}

#[cfg(test)]
mod tests;
