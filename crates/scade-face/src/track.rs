//! Tracking: greedy nearest-center assignment with constant velocity.

use scade_image::FaceBox;

/// Maximum distance of a face from its last or predicted position, in sizes of the face.
const REACH: f32 = 1.0;

/// Maximum ratio of the sizes of a face in consecutive frames.
const MOST_GROWTH: f32 = 1.5;

/// Number of frames without a face after which its track ends.
const PATIENCE: usize = 2;

/// Assigns track numbers to the faces of a video, frame by frame, so that a person keeps one number.
///
/// The distance of a face to a track is measured to the track's last position or to the position predicted
/// from its last motion, whichever is nearer. Pairs are assigned greedily, one face per track: tracks seen
/// most recently first, then by distance. An unassigned face starts a new track.
///
/// Only position and size are compared. A person who leaves the frame and returns, or moves too far between
/// two frames, gets a new track. After a cut a person at the same position would continue another's track:
/// [`Self::end_tracks`] prevents it.
#[derive(Debug, Clone, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
}

#[derive(Debug, Clone)]
struct Track {
    /// Last position: the center of the box.
    center: [f32; 2],
    /// The longer side of the box.
    size: f32,
    /// Pixels per frame.
    motion: [f32; 2],
    /// Frames since it was last seen.
    missing: usize,
}

impl Track {
    fn new(face: &FaceBox) -> Self {
        Self { center: center(face), size: size(face), motion: [0.0; 2], missing: 0 }
    }

    /// Updates the track with its face in the current frame.
    fn see(&mut self, face: &FaceBox) {
        let (now, frames) = (Self::new(face), self.missing.max(1) as f32);
        let motion = [0, 1].map(|axis| (now.center[axis] - self.center[axis]) / frames);
        *self = Self { motion, ..now };
    }

    /// Distance of `face` from the last or predicted position, in face sizes; `None` if they cannot match.
    fn distance(&self, face: &FaceBox) -> Option<f32> {
        let (found, found_size) = (center(face), size(face));
        let from = |frames: f32| {
            let away = |axis| found[axis] - self.center[axis] - frames * self.motion[axis];
            f32::hypot(away(0), away(1)) / (0.5 * (self.size + found_size))
        };
        let distance = from(0.0).min(from(self.missing as f32));
        let growth = (self.size / found_size).max(found_size / self.size);
        // NaN is not a valid face.
        (distance <= REACH && growth <= MOST_GROWTH).then_some(distance)
    }
}

impl Tracker {
    /// A tracker before the first frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The track of each face of the next frame, given by its box; tracks are numbered from 0 in order of
    /// appearance.
    pub fn assign(&mut self, faces: &[FaceBox]) -> Vec<usize> {
        for track in &mut self.tracks {
            track.missing += 1;
        }
        let mut pairs = self.pairs(faces);
        // Ties go to the earlier track and face, so that the result is deterministic.
        let missing = |pair: &(usize, usize, f32)| self.tracks[pair.0].missing;
        pairs.sort_by(|a, b| {
            let nearer = a.2.total_cmp(&b.2);
            missing(a).cmp(&missing(b)).then(nearer).then((a.0, a.1).cmp(&(b.0, b.1)))
        });
        let mut assigned = vec![None; faces.len()];
        let mut taken = vec![false; self.tracks.len()];
        for (track, face, _) in pairs {
            if !taken[track] && assigned[face].is_none() {
                taken[track] = true;
                assigned[face] = Some(track);
            }
        }
        let numbered = assigned.into_iter().zip(faces).map(|(track, face)| {
            if let Some(track) = track {
                self.tracks[track].see(face);
                return track;
            }
            self.tracks.push(Track::new(face));
            self.tracks.len() - 1
        });
        numbered.collect()
    }

    /// Ends all tracks: no face of a later frame continues one of them.
    pub fn end_tracks(&mut self) {
        for track in &mut self.tracks {
            track.missing = PATIENCE + 1;
        }
    }

    /// All pairs of an active track and a face that may match: track, face, distance.
    fn pairs(&self, faces: &[FaceBox]) -> Vec<(usize, usize, f32)> {
        // One frame further than those it may be missing in.
        let living = self.tracks.iter().enumerate().filter(|(_, t)| t.missing <= PATIENCE + 1);
        let mut pairs = Vec::new();
        for (number, track) in living {
            let near = faces
                .iter()
                .enumerate()
                .filter_map(|(place, face)| Some((number, place, track.distance(face)?)));
            pairs.extend(near);
        }
        pairs
    }
}

fn center(face: &FaceBox) -> [f32; 2] {
    [0.5 * (face.x1 + face.x2), 0.5 * (face.y1 + face.y2)]
}

fn size(face: &FaceBox) -> f32 {
    face.width().max(face.height())
}

#[cfg(test)]
mod tests;
