//! The outline of a face, and of regions of it, placed by the five landmarks of a detector.
//!
//! Outlines are given in the *face frame*: the origin is midway between the eyes, the unit is the distance
//! of the eyes, y points down. They follow the mean shape of 68 landmarks, made symmetric and rounded.

use scade_image::{Landmarks, Similarity};

/// The five landmarks of a frontal face, in the face frame, in the order of [`Landmarks`].
const FRONTAL: [[f32; 2]; 5] =
    [[-0.5, 0.0], [0.5, 0.0], [0.0, 0.571], [-0.41, 1.155], [0.41, 1.155]];

/// The jaw on the right of the image, from the temple to the chin.
const JAW: [[f32; 2]; 9] = [
    [1.17, 0.01],
    [1.16, 0.32],
    [1.13, 0.64],
    [1.07, 0.94],
    [0.95, 1.23],
    [0.76, 1.48],
    [0.54, 1.70],
    [0.29, 1.87],
    [0.0, 1.92],
];

/// The brow on the right, from the nose outwards, and the point above the nose.
const BROW: [[f32; 2]; 6] =
    [[0.0, -0.27], [0.19, -0.29], [0.38, -0.35], [0.58, -0.38], [0.78, -0.35], [0.92, -0.24]];

/// The hairline on the right, from the middle outwards.
const HAIRLINE: [[f32; 2]; 4] = [[0.0, -1.10], [0.38, -1.04], [0.74, -0.86], [1.0, -0.55]];

/// Brows, eyes, nose and mouth without cheeks and chin.
const INNER: [[f32; 2]; 8] = [
    [0.0, -0.34],
    [0.45, -0.40],
    [0.86, -0.26],
    [0.90, 0.12],
    [0.68, 0.62],
    [0.66, 1.12],
    [0.40, 1.42],
    [0.0, 1.50],
];

/// Below the eyes, where the jaw continues.
const LOWER: [[f32; 2]; 3] = [[0.0, 0.34], [0.6, 0.33], [1.14, 0.34]];

const MOUTH: [[f32; 2]; 5] = [[0.0, 0.84], [0.42, 0.86], [0.70, 1.10], [0.48, 1.40], [0.0, 1.50]];

const EYES: [[f32; 2]; 7] = [
    [0.0, -0.26],
    [0.5, -0.36],
    [0.95, -0.24],
    [1.02, 0.08],
    [0.66, 0.32],
    [0.2, 0.26],
    [0.0, 0.30],
];

/// Narrowest far half of a turned face, relative to the near one.
const NARROWEST: f32 = 0.6;

/// A part of the face that a forgery replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// From the brows to the chin.
    Face,
    /// From the hairline to the chin.
    FaceAndForehead,
    /// Brows, eyes, nose and mouth.
    Inner,
    /// From below the eyes to the chin.
    Lower,
    /// The mouth.
    Mouth,
    /// Brows and eyes.
    Eyes,
}

impl Region {
    /// All regions.
    pub const ALL: [Self; 6] =
        [Self::Face, Self::FaceAndForehead, Self::Inner, Self::Lower, Self::Mouth, Self::Eyes];

    /// The closed outline in the face frame, clockwise on the screen from the top; symmetric about x = 0.
    #[must_use]
    pub fn outline(self) -> Vec<[f32; 2]> {
        let right: Vec<[f32; 2]> = match self {
            Self::Face => BROW.into_iter().chain(JAW).collect(),
            Self::FaceAndForehead => HAIRLINE.into_iter().chain(JAW).collect(),
            Self::Inner => INNER.to_vec(),
            Self::Lower => {
                LOWER.into_iter().chain(JAW.into_iter().filter(|p| p[1] > 0.4)).collect()
            }
            Self::Mouth => MOUTH.to_vec(),
            Self::Eyes => EYES.to_vec(),
        };
        // First and last point lie on the middle line and occur once.
        let left = right[1..right.len() - 1].iter().rev().map(|[x, y]| [-x, *y]);
        let left: Vec<_> = left.collect();
        right.into_iter().chain(left).collect()
    }
}

/// Where the face frame lies in an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceFrame {
    to_image: Similarity,
    /// Widths of the left and right half, relative to those of a frontal face.
    halves: [f32; 2],
}

impl FaceFrame {
    /// The frame of a face with these landmarks, by least squares; the far half of a turned face is
    /// narrower. `None` when the landmarks determine no pose.
    #[must_use]
    pub fn of(landmarks: &Landmarks) -> Option<Self> {
        let pairs: Vec<_> = FRONTAL.into_iter().zip(landmarks.0).collect();
        let to_image = Similarity::fit(&pairs)?;
        let back = to_image.inverse();
        let [left, right, nose] = [0, 1, 2].map(|i| back.apply(landmarks.0[i])[0]);
        let (near_left, near_right) = ((nose - left).max(0.0), (right - nose).max(0.0));
        let widest = near_left.max(near_right).max(f32::MIN_POSITIVE);
        let halves = [near_left, near_right].map(|width| (width / widest).max(NARROWEST));
        Some(Self { to_image, halves })
    }

    /// Where a point of the face frame lies in the image, in pixels.
    #[must_use]
    pub fn place(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        self.to_image.apply([x * self.halves[usize::from(x > 0.0)], y])
    }

    /// The distance of the eyes in pixels.
    #[must_use]
    pub fn unit(&self) -> f32 {
        self.to_image.scale() as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frontal(scale: f32, shift: [f32; 2]) -> Landmarks {
        Landmarks(FRONTAL.map(|[x, y]| [scale * x + shift[0], scale * y + shift[1]]))
    }

    #[test]
    fn a_frontal_face_has_its_outline_where_its_landmarks_are() {
        let frame = FaceFrame::of(&frontal(60.0, [128.0, 100.0])).unwrap();
        assert!((frame.unit() - 60.0).abs() < 1e-3);
        let [x, y] = frame.place([1.17, 0.01]);
        assert!((x - 198.2).abs() < 0.01 && (y - 100.6).abs() < 0.01, "{x} {y}");
    }

    #[test]
    fn the_far_half_of_a_turned_face_is_narrower() {
        let mut points = frontal(60.0, [128.0, 100.0]);
        points.0[2][0] += 15.0;
        let frame = FaceFrame::of(&points).unwrap();
        let center = frame.place([0.0, 0.0])[0];
        let [left, right] = [-1.0, 1.0].map(|x| (frame.place([x, 0.0])[0] - center).abs());
        assert!(right < 0.75 * left && right >= 0.59 * left, "{left} {right}");
    }

    #[test]
    fn outlines_are_symmetric_and_contain_no_point_twice() {
        for region in Region::ALL {
            let outline = region.outline();
            for (i, point) in outline.iter().enumerate() {
                assert!(outline.iter().any(|other| *other == [-point[0], point[1]]), "{region:?}");
                assert!(!outline[..i].contains(point), "{region:?}: {point:?}");
            }
        }
    }

    #[test]
    fn landmarks_without_a_pose_have_no_frame() {
        assert_eq!(FaceFrame::of(&Landmarks([[3.0, 3.0]; 5])), None);
        assert_eq!(FaceFrame::of(&Landmarks([[f32::NAN; 2]; 5])), None);
    }
}
