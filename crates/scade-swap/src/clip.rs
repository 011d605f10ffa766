//! What moves in a clip made of a photograph: the virtual camera and, in forgeries, the landmarks.

use std::f32::consts::TAU;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use scade_image::{Landmarks, Similarity};

/// Enlargement around which the camera moves, so that the border of the photograph stays out of sight.
const ZOOM: f32 = 1.06;

/// Largest movements: relative to the shorter side, of the enlargement, in radians.
const SHIFT: f32 = 0.010;
const APPROACH: f32 = 0.015;
const ROLL: f32 = 0.014;

/// Standard deviation of the error of a landmark, in distances of the eyes: least and most.
const JITTER: [f32; 2] = [0.004, 0.012];

/// The smooth movement of a camera in front of a photograph, as if held in a hand.
#[derive(Debug, Clone, PartialEq)]
pub struct Camera {
    across: Sway,
    down: Sway,
    approach: Sway,
    roll: Sway,
}

/// Two sines of unlike periods, within -1 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sway([[f32; 2]; 2]);

impl Sway {
    fn sample(rng: &mut ChaCha8Rng) -> Self {
        let wave = |least: f32, most: f32, rng: &mut ChaCha8Rng| {
            [TAU / rng.random_range(least..most), rng.random_range(0.0..TAU)]
        };
        Self([wave(1.5, 3.0, rng), wave(0.5, 1.2, rng)])
    }

    fn at(self, time: f32) -> f32 {
        let [slow, fast] = self.0.map(|[speed, phase]| (speed * time + phase).sin());
        0.8 * slow + 0.2 * fast
    }
}

impl Camera {
    /// The movement of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let [across, down, approach, roll] = [(); 4].map(|()| Sway::sample(&mut rng));
        Self { across, down, approach, roll }
    }

    /// The map from a frame to the photograph, both of `width` × `height` pixels, at a time in seconds.
    ///
    /// # Panics
    /// When the time is not finite.
    #[must_use]
    pub fn view(&self, time: f32, width: u32, height: u32) -> Similarity {
        let side = width.min(height) as f32;
        let center = [width as f32 / 2.0, height as f32 / 2.0];
        let zoom = ZOOM + APPROACH * self.approach.at(time);
        let shift = [self.across, self.down].map(|sway| SHIFT * side * sway.at(time));
        Similarity::around(center, ROLL * self.roll.at(time), 1.0 / zoom, shift)
    }
}

/// The errors of the landmarks that a face tracker makes from frame to frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jitter {
    seed: u64,
    /// σ in pixels.
    sigma: f32,
}

impl Jitter {
    /// Errors for a face whose eyes are this far apart.
    pub(crate) fn new(seed: u64, eyes: f32) -> Self {
        let amount = ChaCha8Rng::seed_from_u64(seed).random_range(JITTER[0]..=JITTER[1]);
        Self { seed, sigma: amount * eyes }
    }

    /// The landmarks as found in a frame.
    pub(crate) fn at(&self, landmarks: &Landmarks, frame: u32) -> Landmarks {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(1 + u64::from(frame));
        let mut normal = || -> f32 {
            let value: f32 = StandardNormal.sample(&mut rng);
            self.sigma * value
        };
        // Half of the error is common to all points: the whole face is misplaced.
        let common = [normal(), normal()];
        Landmarks(landmarks.0.map(|point| {
            let own = [normal(), normal()];
            [0, 1].map(|axis| point[axis] + 0.7 * (common[axis] + own[axis]))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_of_the_photograph_stays_out_of_sight_and_motion_is_smooth() {
        for seed in 0..20 {
            let camera = Camera::new(seed);
            for frame in 0..60 {
                let view = camera.view(frame as f32 / 25.0, 640, 480);
                for corner in [[0.0, 0.0], [640.0, 0.0], [0.0, 480.0], [640.0, 480.0]] {
                    let [x, y] = view.apply(corner);
                    assert!((0.0..=640.0).contains(&x) && (0.0..=480.0).contains(&y), "{x} {y}");
                }
                let next = camera.view((frame + 1) as f32 / 25.0, 640, 480);
                let (a, b) = (view.apply([600.0, 30.0]), next.apply([600.0, 30.0]));
                assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 4.0);
            }
        }
        assert_eq!(Camera::new(3), Camera::new(3));
        assert_ne!(Camera::new(3), Camera::new(4));
    }

    #[test]
    fn landmarks_jitter_by_about_a_hundredth_of_the_eye_distance() {
        let landmarks = Landmarks([[50.0; 2]; 5]);
        let (mut sum, mut count) = (0.0, 0.0);
        for seed in 0..40 {
            let jitter = Jitter::new(seed, 100.0);
            assert_eq!(jitter.at(&landmarks, 3), jitter.at(&landmarks, 3));
            assert_ne!(jitter.at(&landmarks, 3), jitter.at(&landmarks, 4));
            for [x, y] in (0..10).flat_map(|frame| jitter.at(&landmarks, frame).0) {
                sum += (x - 50.0).powi(2) + (y - 50.0).powi(2);
                count += 2.0;
            }
        }
        let sigma: f32 = f32::sqrt(sum / count);
        assert!((0.4..1.2).contains(&sigma), "{sigma}");
    }
}
