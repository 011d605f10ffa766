//! A detected face, and selection among several.

use scade_image::{FaceBox, Landmarks};
use serde::{Deserialize, Serialize};

/// A detected face, in pixels of its image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// The box around forehead, chin and cheeks; may extend beyond the image.
    pub bbox: FaceBox,
    /// Probability of a face according to the last network, 0..1.
    pub score: f32,
    /// Eyes, nose and mouth corners.
    pub landmarks: Landmarks,
}

/// The face with the largest box; of equal sizes the first.
#[must_use]
pub fn select_largest(faces: &[Face]) -> Option<&Face> {
    // `max_by` returns the last of equal elements, hence the reversal.
    faces.iter().rev().max_by(|a, b| a.bbox.area().total_cmp(&b.bbox.area()))
}

/// The face with the highest score; of equal scores the first.
#[must_use]
pub fn select_best(faces: &[Face]) -> Option<&Face> {
    faces.iter().rev().max_by(|a, b| a.score.total_cmp(&b.score))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(width: f32, score: f32) -> Face {
        let bbox = FaceBox { x1: 5.0, y1: 5.0, x2: 5.0 + width, y2: 25.0 };
        Face { bbox, score, landmarks: Landmarks([[0.0; 2]; 5]) }
    }

    #[test]
    fn the_largest_box_is_selected() {
        let faces = [face(10.0, 0.99), face(30.0, 0.95), face(30.0, 0.93)];
        assert_eq!(select_largest(&faces), Some(&faces[1]));
        assert_eq!(select_largest(&[]), None);
    }

    #[test]
    fn the_highest_score_is_selected() {
        let faces = [face(10.0, 0.95), face(30.0, 0.99), face(40.0, 0.99)];
        assert_eq!(select_best(&faces), Some(&faces[1]));
        assert_eq!(select_best(&[]), None);
    }
}
