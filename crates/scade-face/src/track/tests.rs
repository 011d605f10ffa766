//! Boxes that move like people.

use super::*;

/// A face of 100 × 100 pixels whose box begins at column `x`.
fn at(x: f32) -> FaceBox {
    FaceBox { x1: x, y1: 0.0, x2: x + 100.0, y2: 100.0 }
}

#[test]
fn moving_faces_keep_their_tracks_in_any_order() {
    let mut tracker = Tracker::new();
    assert_eq!(tracker.assign(&[at(0.0), at(300.0)]), [0, 1]);
    assert_eq!(tracker.assign(&[at(270.0), at(30.0)]), [1, 0]);
    assert_eq!(tracker.assign(&[at(60.0), at(500.0), at(240.0)]), [0, 2, 1]);
}

#[test]
fn a_track_gets_one_face_the_nearest() {
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

/// A person moving one face size per frame is matched at the predicted position.
#[test]
fn motion_is_extrapolated() {
    let mut tracker = Tracker::new();
    let passing = [0.0, 90.0, 270.0, 450.0].map(at);
    let tracks: Vec<_> = passing.iter().map(|face| tracker.assign(&[*face])[0]).collect();
    assert_eq!(tracks, [0; 4]);
    // Missing for two frames while moving on.
    tracker.assign(&[]);
    tracker.assign(&[]);
    assert_eq!(tracker.assign(&[at(990.0)]), [0]);
}

#[test]
fn another_size_or_an_invalid_box_starts_a_new_track() {
    let mut tracker = Tracker::new();
    let sized = |side: f32| FaceBox { x1: -side, y1: -side, x2: side, y2: side };
    let tracks = [10.0, 14.0, 22.0, f32::NAN, 0.0].map(|side| tracker.assign(&[sized(side)])[0]);
    assert_eq!(tracks, [0, 0, 1, 2, 3]);
}
