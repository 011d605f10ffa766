//! Following faces from frame to frame: which of this frame is which of the frames before.

use scade_image::FaceBox;

/// Least overlap, intersection over union, of a face with where it was last seen. At the usual three
/// frames a second a talking head stays well above it, and two heads side by side below.
const LEAST_OVERLAP: f32 = 0.3;

/// Frames without a face after which its track ends.
const PATIENCE: usize = 5;

/// Numbers the faces of a video, frame by frame, so that one person keeps one number.
///
/// Each face goes to the track that it overlaps most, each track to one face, the largest overlap
/// first; a face without a track begins one. It goes by place alone: someone who leaves the picture
/// and comes back is someone new, and after a cut one may take the number of another in the same
/// place.
#[derive(Debug, Clone, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
}

#[derive(Debug, Clone)]
struct Track {
    /// Where it was last seen.
    bbox: FaceBox,
    /// Frames since then.
    missing: usize,
}

impl Tracker {
    /// A tracker before the first frame.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The track of each of the faces of the next frame, given by their boxes, counted from 0 in order of appearance.
    pub fn assign(&mut self, faces: &[FaceBox]) -> Vec<usize> {
        for track in &mut self.tracks {
            track.missing += 1;
        }
        let mut pairs = self.pairs(faces);
        // Ties go to the earlier track and face: the result depends on nothing but the frames.
        pairs.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
        let mut assigned = vec![None; faces.len()];
        let mut taken = vec![false; self.tracks.len()];
        for (track, face, _) in pairs {
            if !taken[track] && assigned[face].is_none() {
                taken[track] = true;
                assigned[face] = Some(track);
            }
        }
        let numbered = assigned.into_iter().zip(faces).map(|(track, face)| {
            let seen = Track { bbox: *face, missing: 0 };
            if let Some(track) = track {
                self.tracks[track] = seen;
                return track;
            }
            self.tracks.push(seen);
            self.tracks.len() - 1
        });
        numbered.collect()
    }

    /// Every living track with every face that overlaps it enough: track, face, overlap.
    fn pairs(&self, faces: &[FaceBox]) -> Vec<(usize, usize, f32)> {
        let mut pairs = Vec::new();
        for (number, track) in self.tracks.iter().enumerate() {
            // One frame further than those it may be missing in.
            if track.missing > PATIENCE + 1 {
                continue;
            }
            for (place, face) in faces.iter().enumerate() {
                let overlap = overlap(&track.bbox, face);
                if overlap >= LEAST_OVERLAP {
                    pairs.push((number, place, overlap));
                }
            }
        }
        pairs
    }
}

/// Intersection over union, 0..1; 0 for boxes without an area.
fn overlap(a: &FaceBox, b: &FaceBox) -> f32 {
    let width = a.x2.min(b.x2) - a.x1.max(b.x1);
    let height = a.y2.min(b.y2) - a.y1.max(b.y1);
    let shared = width.max(0.0) * height.max(0.0);
    let union = a.area() + b.area() - shared;
    if union > 0.0 { shared / union } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A face of 100 × 100 pixels whose box begins at column `x`.
    fn at(x: f32) -> FaceBox {
        FaceBox { x1: x, y1: 0.0, x2: x + 100.0, y2: 100.0 }
    }

    #[test]
    fn moving_faces_keep_their_numbers_whatever_their_order() {
        let mut tracker = Tracker::new();
        assert_eq!(tracker.assign(&[at(0.0), at(300.0)]), [0, 1]);
        assert_eq!(tracker.assign(&[at(270.0), at(30.0)]), [1, 0]);
        assert_eq!(tracker.assign(&[at(60.0), at(500.0), at(240.0)]), [0, 2, 1]);
    }

    #[test]
    fn the_larger_overlap_wins_and_each_track_has_one_face() {
        let mut tracker = Tracker::new();
        assert_eq!(tracker.assign(&[at(0.0)]), [0]);
        assert_eq!(tracker.assign(&[at(20.0), at(5.0)]), [1, 0]);
        assert_eq!(tracker.assign(&[at(5.0), at(5.0)]), [0, 1]);
    }

    #[test]
    fn a_short_gap_is_bridged_and_a_long_one_is_not() {
        for (gap, expected) in [(PATIENCE, 0), (PATIENCE + 1, 1)] {
            let mut tracker = Tracker::new();
            tracker.assign(&[at(0.0)]);
            for _ in 0..gap {
                assert!(tracker.assign(&[]).is_empty());
            }
            assert_eq!(tracker.assign(&[at(10.0)]), [expected], "after {gap} frames");
        }
    }

    #[test]
    fn overlap_is_that_of_areas() {
        assert!((overlap(&at(0.0), &at(50.0)) - 1.0 / 3.0).abs() < 1e-6);
        assert_eq!(overlap(&at(0.0), &at(100.0)), 0.0);
        let point = FaceBox { x1: 1.0, y1: 1.0, x2: 1.0, y2: 1.0 };
        assert_eq!(overlap(&point, &point), 0.0);
    }
}
