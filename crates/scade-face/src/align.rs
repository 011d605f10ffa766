//! Alignment: target positions of the five landmarks in an upright crop.

use scade_image::{FaceBox, Landmarks, Similarity};

use crate::Face;

/// The five points of a typical upright face, in an image of 112 × 112: the reference points that
/// face recognition has aligned to since InsightFace (Deng et al., "ArcFace", 2019). Only their
/// relative places matter here.
const TEMPLATE: [[f32; 2]; 5] = [
    [38.2946, 51.6963],
    [73.5318, 51.5014],
    [56.0252, 71.7366],
    [41.5493, 92.3655],
    [70.7299, 92.2041],
];

/// The detector's box around that face: the mean over 1,313 photographed faces, each taken to the
/// template by its landmarks. The sides of four faces in five are within 9 % of these.
const TEMPLATE_BOX: FaceBox = FaceBox { x1: 13.8, y1: 14.3, x2: 97.1, y2: 113.0 };

/// The map from a square crop of `size` pixels to the image `face` was found in.
///
/// The template's face box, made square by its longer side, gets `margin` of its side on each side.
/// If the landmarks determine no pose, for example because they coincide, the crop is not rotated but
/// centered on the face's own box. `None` if that box is also empty or not finite.
pub(crate) fn crop_to_image(face: &Face, margin: f32, size: u32) -> Option<Similarity> {
    let Landmarks(points) = face.landmarks;
    let pairs: Vec<_> = TEMPLATE.into_iter().zip(points).collect();
    let (frame, to_image) = match Similarity::fit(&pairs) {
        Some(pose) => (TEMPLATE_BOX, pose),
        None => (face.bbox, Similarity::IDENTITY),
    };
    Some(crop_to_frame(&frame, margin, size)?.then(&to_image))
}

/// The map from the crop to the coordinates in which `frame` is the face box; no rotation.
fn crop_to_frame(frame: &FaceBox, margin: f32, size: u32) -> Option<Similarity> {
    let half = frame.width().max(frame.height()) * (0.5 + margin);
    let center = [(frame.x1 + frame.x2) / 2.0, (frame.y1 + frame.y2) / 2.0];
    let size = size as f32;
    let corner = |sign: f32| [center[0] + sign * half, center[1] + sign * half];
    let pairs = [([0.0, 0.0], corner(-1.0)), ([size, size], corner(1.0))];
    // Two pairs along the main diagonal: no rotation unless the box is inverted.
    if half > 0.0 { Similarity::fit(&pairs) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A face whose landmarks are the template's after rotation, scaling and translation.
    fn posed(pose: &Similarity) -> Face {
        let landmarks = Landmarks(TEMPLATE.map(|point| pose.apply(point)));
        let bbox = FaceBox { x1: 0.0, y1: 0.0, x2: 10.0, y2: 10.0 };
        Face { bbox, score: 1.0, landmarks }
    }

    fn assert_near(got: [f32; 2], expected: [f32; 2]) {
        let near = got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-2);
        assert!(near, "{got:?} {expected:?}");
    }

    #[test]
    fn landmarks_of_any_pose_map_to_the_same_positions() {
        let reference = crop_to_image(&posed(&Similarity::IDENTITY), 0.3, 256).unwrap();
        let places = TEMPLATE.map(|point| reference.inverse().apply(point));
        for (angle, scale, shift) in
            [(0.6, 0.4, [-30.0, 500.0]), (-2.0, 7.0, [9.0, 1.0]), (0.0, 1.0, [80.0, 0.0])]
        {
            let face = posed(&Similarity::around([50.0, 60.0], angle, scale, shift));
            let map = crop_to_image(&face, 0.3, 256).unwrap().inverse();
            for (point, place) in face.landmarks.0.into_iter().zip(places) {
                assert_near(map.apply(point), place);
            }
        }
    }

    #[test]
    fn the_margin_is_a_fraction_of_the_face_box_on_each_side() {
        let map = crop_to_image(&posed(&Similarity::IDENTITY), 0.3, 256).unwrap().inverse();
        let top = map.apply([TEMPLATE_BOX.x1, TEMPLATE_BOX.y1]);
        let bottom = map.apply([TEMPLATE_BOX.x2, TEMPLATE_BOX.y2]);
        // The box is taller than wide: its height is 256 / 1.6 = 160, with 48 above and below.
        assert!((top[1] - 48.0).abs() < 1e-3 && (bottom[1] - 208.0).abs() < 1e-3);
        assert!((top[0] + bottom[0] - 256.0).abs() < 1e-3);
    }

    #[test]
    fn a_face_without_a_pose_is_cropped_around_its_box() {
        let mut face = posed(&Similarity::IDENTITY);
        face.bbox = FaceBox { x1: 10.0, y1: 20.0, x2: 50.0, y2: 100.0 };
        for landmarks in [[[7.0, 7.0]; 5], [[f32::NAN; 2]; 5]] {
            face.landmarks = Landmarks(landmarks);
            let map = crop_to_image(&face, 0.5, 80).unwrap();
            assert_near(map.apply([0.0, 0.0]), [-50.0, -20.0]);
            assert_near(map.apply([80.0, 80.0]), [110.0, 140.0]);
        }
        for corner in [10.0, 5.0, f32::NAN, f32::INFINITY] {
            face.bbox = FaceBox { x1: 10.0, y1: 10.0, x2: corner, y2: corner };
            assert_eq!(crop_to_image(&face, 0.3, 80), None);
        }
    }
}
