//! Suspect segments: the parts of a person's track whose scores speak of forgery.
//!
//! Each frame is real or forged, and changes of state are rare. The likeliest sequence of states is that of
//! a hidden Markov model with two states (Viterbi 1967): a frame costs the state that its score speaks
//! against, by the distance of its log odds from those of the threshold, and each change costs
//! [`CHANGE`]. One outlying frame is thus not a segment, and one frame within a segment does not end it.

use serde::Serialize;

/// Cost of a change of state, in log odds: that of two or three clear frames.
const CHANGE: f64 = 4.0;

/// Most that one frame speaks for a state, in log odds.
const CLEAR: f64 = 3.0;

/// Frames of a segment, at least.
const LEAST: usize = 2;

/// A part of a track that is likely forged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Segment {
    /// Its first and last sampled frame.
    pub frames: [u64; 2],
    /// Their times in seconds since the start, in a video with time stamps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<[f64; 2]>,
    /// The mean score of its frames, 0..1.
    pub score: f64,
}

/// A scored frame of a track.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Point {
    pub(crate) frame: u64,
    pub(crate) time: Option<f64>,
    pub(crate) score: f64,
}

/// The segments of a track, in order of time. `points` are in order of time too.
pub(crate) fn segments(points: &[Point], threshold: f64) -> Vec<Segment> {
    let states = likeliest(points, threshold);
    let mut segments = Vec::new();
    let mut start = 0;
    for run in states.chunk_by(|a, b| a == b) {
        let points = &points[start..start + run.len()];
        start += run.len();
        let (true, Some(first), Some(last)) = (run[0], points.first(), points.last()) else {
            continue;
        };
        if points.len() >= LEAST {
            let score = points.iter().map(|point| point.score).sum::<f64>() / points.len() as f64;
            let times = first.time.zip(last.time).map(|(first, last)| [first, last]);
            segments.push(Segment { frames: [first.frame, last.frame], times, score });
        }
    }
    segments
}

/// The likeliest state of each frame: true for forged.
fn likeliest(points: &[Point], threshold: f64) -> Vec<bool> {
    // Cost of the best sequence that ends in each state (real, forged), and the state before.
    // A video is real until its frames speak against it.
    let mut costs = [0.0, CHANGE];
    let mut before: Vec<[usize; 2]> = Vec::with_capacity(points.len());
    for point in points {
        let evidence = (log_odds(point.score) - log_odds(threshold)).clamp(-CLEAR, CLEAR);
        let mut next = [0.0; 2];
        let mut from = [0; 2];
        for state in 0..2 {
            let (stay, change) = (costs[state], costs[1 - state] + CHANGE);
            // Equal costs stay.
            from[state] = if change < stay { 1 - state } else { state };
            let against = if state == 0 { evidence.max(0.0) } else { (-evidence).max(0.0) };
            next[state] = stay.min(change) + against;
        }
        costs = next;
        before.push(from);
    }
    // A tie is real.
    let mut state = usize::from(costs[1] < costs[0]);
    let mut states: Vec<bool> = before
        .iter()
        .rev()
        .map(|from| {
            let here = state == 1;
            state = from[state];
            here
        })
        .collect();
    states.reverse();
    states
}

fn log_odds(probability: f64) -> f64 {
    // An end of the range would be infinite.
    let p = probability.clamp(1e-9, 1.0 - 1e-9);
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(scores: &[f64]) -> Vec<Point> {
        let point = |(frame, &score): (usize, &f64)| Point {
            frame: 10 * frame as u64,
            time: Some(frame as f64),
            score,
        };
        scores.iter().enumerate().map(point).collect()
    }

    fn runs(scores: &[f64]) -> Vec<[u64; 2]> {
        segments(&points(scores), 0.5).iter().map(|segment| segment.frames).collect()
    }

    /// Every sequence of states, by its definition.
    fn cheapest(points: &[Point], threshold: f64) -> f64 {
        let cost = |states: usize| {
            let forged = |i: usize| states >> i & 1 == 1;
            let start = if forged(0) { CHANGE } else { 0.0 };
            let frames = points.iter().enumerate().map(|(i, point)| {
                let evidence = (log_odds(point.score) - log_odds(threshold)).clamp(-CLEAR, CLEAR);
                let against = if forged(i) { -evidence } else { evidence };
                let change = i > 0 && forged(i) != forged(i - 1);
                against.max(0.0) + if change { CHANGE } else { 0.0 }
            });
            start + frames.sum::<f64>()
        };
        (0..1_usize << points.len()).map(cost).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn no_sequence_of_states_is_cheaper() {
        let mut seed = 7_u64;
        for _ in 0..200 {
            let scores: Vec<f64> = (0..9)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 40) as f64 / (1_u64 << 24) as f64
                })
                .collect();
            let points = points(&scores);
            let states = likeliest(&points, 0.6);
            let bits = states.iter().enumerate().map(|(i, &forged)| usize::from(forged) << i);
            let chosen: usize = bits.sum();
            let own = {
                let forged = |i: usize| chosen >> i & 1 == 1;
                let mut sum = if forged(0) { CHANGE } else { 0.0 };
                for (i, point) in points.iter().enumerate() {
                    let evidence = (log_odds(point.score) - log_odds(0.6)).clamp(-CLEAR, CLEAR);
                    sum += if forged(i) { (-evidence).max(0.0) } else { evidence.max(0.0) };
                    sum += if i > 0 && forged(i) != forged(i - 1) { CHANGE } else { 0.0 };
                }
                sum
            };
            assert!((own - cheapest(&points, 0.6)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_forged_middle_is_found() {
        let scores = [0.1, 0.2, 0.1, 0.9, 0.95, 0.4, 0.9, 0.9, 0.1, 0.2, 0.1];
        let found = segments(&points(&scores), 0.5);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].frames, found[0].times), ([30, 70], Some([3.0, 7.0])));
        assert!((found[0].score - 0.81).abs() < 1e-12);
    }

    #[test]
    fn one_outlier_is_no_segment_and_a_forged_track_is_one() {
        assert!(runs(&[0.1, 0.1, 0.99, 0.1, 0.1]).is_empty());
        assert_eq!(runs(&[0.9; 6]), [[0, 50]]);
        assert!(runs(&[]).is_empty());
        assert!(runs(&[0.99]).is_empty());
        assert!(runs(&[0.5; 9]).is_empty());
        // Barely above the threshold is no evidence of a part.
        assert!(runs(&[0.501; 9]).is_empty());
    }

    #[test]
    fn extreme_scores_and_thresholds_are_finite() {
        assert_eq!(segments(&points(&[1.0, 1.0, 1.0]), 1.0), []);
        assert_eq!(segments(&points(&[1.0, 1.0, 1.0]), 0.0).len(), 1);
        assert_eq!(segments(&points(&[0.0, 0.0, 0.0]), 0.0), []);
    }
}
