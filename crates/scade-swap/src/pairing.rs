//! Which face replaces which: those that are held alike.

use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use scade_image::Landmarks;

/// Largest differences within a pair, and the largest turn of a face that is used.
const YAW: f32 = 0.07;
const PITCH: f32 = 0.09;
const LENGTH: f32 = 0.16;
const LUMA: f32 = 45.0;
const MOST_TURNED: f32 = 0.14;

/// Least size of the source's face, relative to the target's.
const LEAST_SIZE: f32 = 0.5;

/// How a face is held, by its five landmarks after correction of its roll, and how bright it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Distance of the eyes in pixels.
    pub eyes: f32,
    /// Offset of the nose from the middle line, in distances of the eyes; positive where it is to the right.
    pub yaw: f32,
    /// Height of the nose between eyes and mouth, 0 to 1.
    pub pitch: f32,
    /// Distance of eyes and mouth, in distances of the eyes.
    pub length: f32,
    /// Mean luma of the inner face, 0 to 255.
    pub luma: f32,
}

impl Pose {
    /// The pose of a face with this luma; `None` when eyes or eyes and mouth coincide.
    #[must_use]
    pub fn of(landmarks: &Landmarks, luma: f32) -> Option<Self> {
        let [left, right, nose, mouth_left, mouth_right] = landmarks.0;
        let middle = |a: [f32; 2], b: [f32; 2]| [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
        let (center, mouth) = (middle(left, right), middle(mouth_left, mouth_right));
        let across = [right[0] - left[0], right[1] - left[1]];
        let eyes = across[0].hypot(across[1]);
        let frame = |[x, y]: [f32; 2]| {
            let (x, y) = (x - center[0], y - center[1]);
            let square = eyes * eyes;
            [(x * across[0] + y * across[1]) / square, (y * across[0] - x * across[1]) / square]
        };
        let (nose, mouth) = (frame(nose), frame(mouth));
        let pitch = nose[1] / mouth[1];
        let pose = Self { eyes, yaw: nose[0] - pitch * mouth[0], pitch, length: mouth[1], luma };
        let sound = eyes > 0.0 && mouth[1] > 0.0 && pose.yaw.is_finite() && pitch.is_finite();
        sound.then_some(pose)
    }

    /// Whether the face looks roughly at the camera.
    #[must_use]
    pub fn is_frontal(&self) -> bool {
        self.yaw.abs() <= MOST_TURNED
            && (0.25..0.75).contains(&self.pitch)
            && (0.7..1.6).contains(&self.length)
    }

    /// Whether the face of `source` can replace this one without looking misplaced.
    #[must_use]
    pub fn is_like(&self, source: &Self) -> bool {
        let near = |a: f32, b: f32, limit: f32| (a - b).abs() <= limit;
        near(self.yaw, source.yaw, YAW)
            && near(self.pitch, source.pitch, PITCH)
            && near(self.length, source.length, LENGTH)
            && near(self.luma, source.luma, LUMA)
            && source.eyes >= LEAST_SIZE * self.eyes
    }
}

/// A target and the source of its new face, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The photograph that keeps everything but its face.
    pub target: usize,
    /// The photograph that gives its face.
    pub source: usize,
}

/// Pairs of different faces with similar poses, at most `most`, in the order of their targets. Each face is
/// a target at most once; sources are chosen at random among those that were chosen least. O(n²).
#[must_use]
pub fn pair_up(poses: &[Pose], most: Option<u32>, seed: u64) -> Vec<Pair> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut targets: Vec<usize> = (0..poses.len()).collect();
    targets.shuffle(&mut rng);
    let mut uses = vec![0_u32; poses.len()];
    let mut pairs = Vec::new();
    for target in targets {
        if most.is_some_and(|most| pairs.len() >= most as usize) {
            break;
        }
        let fits = |source: &usize| *source != target && poses[target].is_like(&poses[*source]);
        let fitting: Vec<usize> = (0..poses.len()).filter(fits).collect();
        let Some(least) = fitting.iter().map(|&source| uses[source]).min() else { continue };
        let fresh: Vec<usize> =
            fitting.into_iter().filter(|&source| uses[source] == least).collect();
        if let Some(&source) = fresh.choose(&mut rng) {
            uses[source] += 1;
            pairs.push(Pair { target, source });
        }
    }
    pairs.sort_by_key(|pair| pair.target);
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    fn poses(count: usize) -> Vec<Pose> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut pose = || Pose {
            eyes: rng.random_range(40.0..160.0),
            yaw: rng.random_range(-0.14..0.14),
            pitch: rng.random_range(0.4..0.6),
            length: rng.random_range(1.0..1.3),
            luma: rng.random_range(80.0..180.0),
        };
        (0..count).map(|_| pose()).collect()
    }

    #[test]
    fn roll_and_size_do_not_change_a_pose() {
        let face =
            Landmarks([[40.0, 50.0], [80.0, 52.0], [63.0, 75.0], [44.0, 97.0], [78.0, 98.0]]);
        let turn = scade_image::Similarity::around([3.0, 4.0], 0.5, 2.0, [70.0, 20.0]);
        let (a, b) = (
            Pose::of(&face, 100.0).unwrap(),
            Pose::of(&Landmarks(face.0.map(|point| turn.apply(point))), 100.0).unwrap(),
        );
        assert!((b.eyes - 2.0 * a.eyes).abs() < 1e-3);
        for (a, b) in [(a.yaw, b.yaw), (a.pitch, b.pitch), (a.length, b.length)] {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
        assert!(a.is_frontal());
        assert_eq!(Pose::of(&Landmarks([[1.0; 2]; 5]), 100.0), None);
        assert_eq!(Pose::of(&Landmarks([[f32::NAN; 2]; 5]), 100.0), None);
    }

    #[test]
    fn no_face_is_its_own_source_and_pairs_are_alike() {
        let poses = poses(80);
        let pairs = pair_up(&poses, None, 7);
        assert!(pairs.len() > 40, "{}", pairs.len());
        for (i, pair) in pairs.iter().enumerate() {
            assert_ne!(pair.target, pair.source);
            assert!(poses[pair.target].is_like(&poses[pair.source]));
            assert!(pairs[..i].iter().all(|other| other.target < pair.target));
        }
        assert_eq!(pair_up(&poses, None, 7), pairs);
        assert_ne!(pair_up(&poses, None, 8), pairs);
        assert_eq!(pair_up(&poses, Some(5), 7).len(), 5);
        assert_eq!(pair_up(&poses[..1], None, 7), []);
    }
}
