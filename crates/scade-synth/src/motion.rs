//! How the head of a clip moves: place, size, roll, yaw, pitch, blinking and talking at each frame.

use std::f32::consts::TAU;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::canvas::Placement;

/// What the face does at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Expression {
    /// Radians; positive turns to the right of the image.
    pub(crate) yaw: f32,
    /// Radians; positive looks down.
    pub(crate) pitch: f32,
    /// 0 open to 1 shut.
    pub(crate) blink: f32,
    /// How far the mouth is open, 0 to 1.
    pub(crate) mouth: f32,
    /// Where the irises look, in fractions of the eye's half width.
    pub(crate) gaze: f32,
}

/// Head and face at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pose {
    pub(crate) head: Placement,
    /// The shoulders, which follow the head partially.
    pub(crate) body: Placement,
    pub(crate) expression: Expression,
}

/// A slow movement: two sines of unlike period.
#[derive(Debug, Clone)]
struct Sway {
    amplitude: f32,
    waves: [(f32, f32); 2],
}

impl Sway {
    fn sample(rng: &mut ChaCha8Rng, amplitude: f32) -> Self {
        let waves = [4.0..7.0, 1.6..3.0]
            .map(|period| (TAU / rng.random_range(period), rng.random_range(0.0..TAU)));
        Self { amplitude, waves }
    }

    fn at(&self, time: f32) -> f32 {
        let [slow, fast] = self.waves.map(|(speed, phase)| (speed * time + phase).sin());
        self.amplitude * (0.7 * slow + 0.3 * fast)
    }
}

/// The movement of one clip, as a function of time in seconds.
#[derive(Debug, Clone)]
pub(crate) struct Motion {
    rest: [f32; 2],
    scale: f32,
    across: Sway,
    down: Sway,
    roll: Sway,
    yaw: Sway,
    pitch: Sway,
    approach: Sway,
    gaze: Sway,
    /// Seconds between blinks, and when the first one comes.
    blink: (f32, f32),
    /// Syllables per second, and their phase.
    speech: (f32, f32),
    phrases: Sway,
}

impl Motion {
    /// The movement of this seed in an image of `width` × `height` pixels.
    pub(crate) fn new(seed: u64, width: u32, height: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let side = width.min(height).max(1) as f32;
        // A head is 2.44 units high: from 48 to 57 % of the image before it approaches.
        let scale = side * rng.random_range(0.48..0.57) / 2.44;
        let mut sway = |amplitude| Sway::sample(&mut rng, amplitude);
        let (across, down) = (sway(0.05 * side), sway(0.02 * side));
        let (roll, yaw, pitch) = (sway(0.10), sway(0.20), sway(0.09));
        let (approach, gaze, phrases) = (sway(0.04), sway(0.25), sway(1.0));
        Self {
            rest: [
                width as f32 * 0.5 + side * rng.random_range(-0.06..0.06),
                height as f32 * 0.5 + side * rng.random_range(-0.03..0.03),
            ],
            scale,
            across,
            down,
            roll,
            yaw,
            pitch,
            approach,
            gaze,
            blink: (rng.random_range(2.0..4.0), rng.random_range(0.2..2.0)),
            speech: (rng.random_range(2.5..4.0), rng.random_range(0.0..TAU)),
            phrases,
        }
    }

    /// The pose at `time` seconds.
    pub(crate) fn at(&self, time: f32) -> Pose {
        let shift = [self.across.at(time), self.down.at(time)];
        let place = |follow: f32| {
            let center = [self.rest[0] + follow * shift[0], self.rest[1] + follow * shift[1]];
            let scale = self.scale * (1.0 + follow * self.approach.at(time));
            Placement::new(center, scale, follow * follow * self.roll.at(time))
        };
        Pose { head: place(1.0), body: place(0.5), expression: self.expression(time) }
    }

    fn expression(&self, time: f32) -> Expression {
        let syllable = (self.speech.0 * TAU * time + self.speech.1).sin();
        Expression {
            yaw: self.yaw.at(time),
            pitch: self.pitch.at(time),
            blink: self.blink_at(time),
            mouth: (0.5 + 0.5 * syllable) * (0.4 + 0.9 * self.phrases.at(time)).clamp(0.0, 1.0),
            gaze: self.gaze.at(time),
        }
    }

    /// Shut and open again within a fifth of a second.
    fn blink_at(&self, time: f32) -> f32 {
        let (every, first) = self.blink;
        let since = (time - first).rem_euclid(every);
        (1.0 - (since - 0.1).abs() / 0.1).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_keep_the_promised_size_and_stay_in_the_image() {
        for seed in 0..20 {
            let motion = Motion::new(seed, 480, 360);
            for frame in 0..200_u8 {
                let pose = motion.at(f32::from(frame) / 25.0);
                let height = 2.44 * pose.head.scale() / 360.0;
                assert!((0.45..=0.60).contains(&height), "seed {seed}: height {height}");
                for corner in [[-1.0, -1.1], [1.0, 1.2]] {
                    let [x, y] = pose.head.to_image(corner);
                    assert!((0.0..480.0).contains(&x) && (0.0..360.0).contains(&y), "{x} {y}");
                }
            }
        }
    }

    #[test]
    fn movement_is_slow_and_faces_blink_and_talk() {
        let motion = Motion::new(3, 480, 360);
        let poses: Vec<Pose> = (0..250_u8).map(|f| motion.at(f32::from(f) / 25.0)).collect();
        for pair in poses.windows(2) {
            let [[x1, y1], [x2, y2]] = [pair[0], pair[1]].map(|p| p.head.to_image([0.0, 0.0]));
            assert!((x2 - x1).hypot(y2 - y1) < 4.0, "a jump");
        }
        let most = |pick: fn(&Expression) -> f32| {
            poses.iter().map(|p| pick(&p.expression)).fold(0.0, f32::max)
        };
        assert!(most(|e| e.blink) > 0.5 && most(|e| e.mouth) > 0.3);
    }
}
