//! Conclusions from the scores of made-up faces.

use super::*;

const SMALL: Reason = Reason::Small { side: 20.0, least: 60.0 };

fn face(frame: u64, track: Option<usize>, score: f64) -> FacePrediction {
    let bbox = FaceBox { x1: 0.0, y1: 0.0, x2: 9.0, y2: 9.0 };
    let label = judge().label(score);
    FacePrediction {
        score,
        label,
        call: Call::of(label),
        excluded: None,
        quality: Quality { side: 9.0, detail: Some(0.7), blocks: Some(1.0) },
        face: FaceEvidence { bbox, detection_score: 0.9, found_by: FoundBy::Mtcnn },
        frame: Some(frame),
        time: Some(frame as f64 / 10.0),
        track,
        sample: None,
    }
}

fn small(frame: u64, track: Option<usize>, score: f64) -> FacePrediction {
    FacePrediction { call: Call::Inconclusive, excluded: Some(SMALL), ..face(frame, track, score) }
}

fn judge() -> Judge {
    Judge { threshold: 0.5, pooling: Pooling::default() }
}

fn video(faces: Vec<FacePrediction>, num_frames: usize) -> VideoPrediction {
    judge().video(faces, Seen { num_frames, ..Seen::default() }).unwrap()
}

/// A person with the same score in frames 0, 1, 2 …
fn person(track: usize, count: u64, score: f64) -> Vec<FacePrediction> {
    (0..count).map(|frame| face(frame, Some(track), score)).collect()
}

#[test]
fn only_scores_above_the_threshold_are_fake() {
    assert_eq!(judge().label(0.5), Label::Real);
    assert_eq!(judge().label(0.5 + 1e-9), Label::Fake);
}

#[test]
fn the_highest_score_that_counts_is_that_of_an_image() {
    let faces = vec![face(0, None, 0.2), face(0, None, 0.7), small(0, None, 0.9)];
    let image = ImagePrediction::of(faces, 14, 0.5).unwrap();
    assert_eq!((image.score, image.call), (0.7, Call::Evidence));
    assert_eq!((image.num_faces, image.faces.len()), (14, 3));
    let image = ImagePrediction::of(vec![small(0, None, 0.9)], 1, 0.5).unwrap();
    assert_eq!((image.score, image.call), (0.9, Call::Inconclusive));
    assert_eq!(image.reasons, [SMALL]);
    assert!(ImagePrediction::of(Vec::new(), 3, 0.5).is_none());
}

#[test]
fn one_frame_of_a_stranger_decides_nothing() {
    let mut faces = person(0, 8, 0.1);
    faces.push(face(3, Some(1), 0.99));
    let video = video(faces, 8);
    assert_eq!((video.call, video.label), (Call::NoEvidence, Label::Real));
    assert!((video.score - 0.1).abs() < 1e-12);
    assert_eq!(video.tracks.len(), 2);
    let stranger = &video.tracks[1];
    assert_eq!((stranger.call, stranger.score), (Call::Inconclusive, 0.99));
    assert_eq!(stranger.reasons, [Reason::FewFrames { frames: 1, least: 3 }]);
    assert!(stranger.segments.is_empty());
}

#[test]
fn a_forged_person_among_real_ones_is_evidence() {
    let mut faces = person(0, 8, 0.1);
    faces.extend(person(1, 3, 0.9));
    let video = video(faces, 8);
    assert_eq!(video.call, Call::Evidence);
    assert!((video.score - 0.9).abs() < 1e-12);
    assert_eq!((video.tracks[0].call, video.tracks[1].call), (Call::NoEvidence, Call::Evidence));
    assert_eq!(video.tracks[1].segments.len(), 1);
    assert_eq!(video.tracks[1].frames, [0, 2]);
}

#[test]
fn excluded_faces_are_not_pooled_unless_there_are_no_others() {
    let mut faces = person(0, 4, 0.2);
    faces.push(small(4, Some(0), 1.0));
    let of_some = video(faces, 5);
    assert_eq!((of_some.call, of_some.tracks[0].num_excluded), (Call::NoEvidence, 1));
    assert!((of_some.score - 0.2).abs() < 1e-12);
    let all: Vec<_> = (0..5).map(|frame| small(frame, Some(0), 1.0)).collect();
    let of_all = video(all, 5);
    assert_eq!((of_all.call, of_all.score), (Call::Inconclusive, 1.0));
    assert_eq!(of_all.reasons, [SMALL]);
}

#[test]
fn a_video_needs_three_usable_frames_or_all_that_it_has() {
    assert_eq!(video(person(0, 2, 0.9), 30).call, Call::Inconclusive);
    assert_eq!(video(person(0, 2, 0.9), 2).call, Call::Evidence);
    assert_eq!(video(person(0, 1, 0.9), 1).call, Call::Evidence);
    // Tracks that were torn by cuts: the mean of all.
    let torn: Vec<_> = (0..6).map(|frame| face(frame, Some(frame as usize), 0.9)).collect();
    assert_eq!(video(torn, 6).call, Call::Evidence);
    assert!(judge().video(Vec::new(), Seen::default()).is_none());
}

#[test]
fn faces_without_tracks_are_pooled_together() {
    let video = video(vec![face(0, None, 0.2), face(1, None, 0.4), face(2, None, 0.9)], 3);
    assert!((video.score - 0.5).abs() < 1e-12 && video.tracks.is_empty());
}

#[test]
fn a_forged_part_is_a_segment_of_its_track() {
    let scores = [0.1, 0.1, 0.1, 0.95, 0.9, 0.95, 0.95, 0.1, 0.1, 0.1, 0.1, 0.1];
    let faces = scores.iter().enumerate();
    let faces = faces.map(|(frame, &score)| face(frame as u64, Some(0), score)).collect();
    let video = video(faces, 12);
    assert_eq!(video.call, Call::NoEvidence);
    let segment = video.tracks[0].segments[0];
    assert_eq!((segment.frames, segment.times), ([3, 6], Some([0.3, 0.6])));
}
