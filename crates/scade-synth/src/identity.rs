//! A synthetic person: every measure and color of the face, from a seed.
//!
//! What changes from clip to clip (clothes, light, background, motion) is not here.

use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::canvas::{Color, Point, mix, shade};

/// One synthetic person: face parameters sampled from a seed. Lengths are in face units (about
/// half a face width), measured from the middle of the face, y down.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    seed: u64,
    pub(crate) skin: Skin,
    pub(crate) head: Head,
    pub(crate) hair: Hair,
    pub(crate) eyes: Eyes,
    pub(crate) brows: Brows,
    pub(crate) nose: Nose,
    pub(crate) mouth: Mouth,
}

/// Color and texture of the skin.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Skin {
    pub(crate) color: Color,
    /// Amplitude of the pores.
    pub(crate) grain: f32,
    /// 0 to 1.
    pub(crate) freckles: f32,
    /// 0 to 1.
    pub(crate) stubble: f32,
    /// Depth of the folds beside nose and mouth and on the forehead, 0 to 1.
    pub(crate) folds: f32,
    pub(crate) moles: Vec<Point>,
    /// Seed of the noise.
    pub(crate) seed: u32,
}

/// Outline of the head.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Head {
    pub(crate) radii: Point,
    /// By how much the chin is narrower than the cheeks, 0 to 1.
    pub(crate) taper: f32,
}

/// Hair of the head.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hair {
    pub(crate) color: Color,
    /// Height of the hairline above the middle of the forehead, negative.
    pub(crate) line: f32,
    /// Where the hair is parted.
    pub(crate) parting: f32,
    /// Size of the cap relative to the head.
    pub(crate) volume: f32,
    /// How far it hangs beside the face.
    pub(crate) length: f32,
}

/// The eyes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Eyes {
    pub(crate) color: Color,
    pub(crate) spacing: f32,
    pub(crate) height: f32,
    pub(crate) radii: Point,
    /// Radians; the outer corner higher when positive.
    pub(crate) tilt: f32,
}

/// The eyebrows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Brows {
    pub(crate) color: Color,
    /// Above the eye.
    pub(crate) gap: f32,
    pub(crate) length: f32,
    pub(crate) thickness: f32,
    pub(crate) arch: f32,
    pub(crate) tilt: f32,
}

/// The nose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Nose {
    pub(crate) width: f32,
    pub(crate) tip: f32,
    /// How strongly light and shadow model it.
    pub(crate) relief: f32,
}

/// The mouth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mouth {
    pub(crate) color: Color,
    pub(crate) height: f32,
    pub(crate) half_width: f32,
    pub(crate) upper: f32,
    pub(crate) lower: f32,
}

const SKINS: [Color; 6] = [
    [0.94, 0.78, 0.68],
    [0.88, 0.69, 0.57],
    [0.82, 0.63, 0.49],
    [0.72, 0.52, 0.39],
    [0.60, 0.42, 0.31],
    [0.50, 0.35, 0.27],
];
const HAIRS: [Color; 7] = [
    [0.10, 0.08, 0.08],
    [0.20, 0.13, 0.10],
    [0.33, 0.21, 0.14],
    [0.46, 0.24, 0.13],
    [0.66, 0.50, 0.30],
    [0.55, 0.54, 0.53],
    [0.15, 0.10, 0.07],
];
const IRISES: [Color; 5] = [
    [0.25, 0.15, 0.09],
    [0.36, 0.24, 0.12],
    [0.30, 0.42, 0.55],
    [0.30, 0.42, 0.30],
    [0.40, 0.45, 0.48],
];

impl Identity {
    /// The person of this seed; equal seeds give equal persons.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let skin = Skin::sample(&mut rng);
        let hair = Hair::sample(&mut rng, skin.color);
        let brows = Brows::sample(&mut rng, hair.color);
        let mouth = Mouth::sample(&mut rng, skin.color);
        Self {
            seed,
            skin,
            hair,
            brows,
            mouth,
            head: Head {
                radii: [rng.random_range(0.86..0.97), rng.random_range(1.16..1.26)],
                taper: rng.random_range(0.08..0.26),
            },
            eyes: Eyes {
                color: *IRISES.choose(&mut rng).unwrap_or(&IRISES[0]),
                spacing: rng.random_range(0.35..0.41),
                height: rng.random_range(-0.21..-0.14),
                radii: [rng.random_range(0.165..0.190), rng.random_range(0.080..0.100)],
                tilt: rng.random_range(-0.08..0.14),
            },
            nose: Nose {
                width: rng.random_range(0.12..0.18),
                tip: rng.random_range(0.27..0.35),
                relief: rng.random_range(0.8..1.2),
            },
        }
    }

    /// The seed it was made from.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }
}

impl Skin {
    fn sample(rng: &mut ChaCha8Rng) -> Self {
        let tone = rng.random_range(0.0..(SKINS.len() - 1) as f32);
        let color = mix(SKINS[tone as usize], SKINS[tone as usize + 1], tone.fract());
        Self {
            color: color.map(|v| v * rng.random_range(0.97..1.03)),
            grain: rng.random_range(0.065..0.100),
            freckles: if rng.random_bool(0.3) { rng.random_range(0.3..1.0) } else { 0.0 },
            stubble: if rng.random_bool(0.4) { rng.random_range(0.3..1.0) } else { 0.0 },
            folds: rng.random_range(0.1..1.0),
            moles: (0..rng.random_range(0..4))
                .map(|_| [rng.random_range(-0.6..0.6), rng.random_range(-0.7..0.9)])
                .collect(),
            seed: rng.random(),
        }
    }
}

impl Hair {
    fn sample(rng: &mut ChaCha8Rng, skin: Color) -> Self {
        let color = *HAIRS.choose(rng).unwrap_or(&HAIRS[0]);
        // Fair hair on dark skin would leave too little contrast at the hairline.
        let color = if skin[1] < 0.5 { shade(color, 0.5) } else { color };
        Self {
            color,
            line: rng.random_range(-0.92..-0.74),
            parting: rng.random_range(-0.4..0.4),
            volume: rng.random_range(1.06..1.16),
            length: if rng.random_bool(0.45) {
                rng.random_range(0.7..1.6)
            } else {
                rng.random_range(-0.4..0.1)
            },
        }
    }
}

impl Brows {
    fn sample(rng: &mut ChaCha8Rng, hair: Color) -> Self {
        Self {
            color: shade(mix(hair, [0.16, 0.11, 0.09], 0.6), 0.9),
            gap: rng.random_range(0.20..0.25),
            length: rng.random_range(0.20..0.25),
            thickness: rng.random_range(0.030..0.055),
            arch: rng.random_range(0.02..0.07),
            tilt: rng.random_range(-0.12..0.15),
        }
    }
}

impl Mouth {
    fn sample(rng: &mut ChaCha8Rng, skin: Color) -> Self {
        let red = [0.62, 0.22, 0.22];
        Self {
            color: shade(mix(skin, red, rng.random_range(0.35..0.75)), 0.85),
            height: rng.random_range(0.62..0.69),
            half_width: rng.random_range(0.26..0.33),
            upper: rng.random_range(0.045..0.065),
            lower: rng.random_range(0.060..0.085),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_one_person() {
        assert_eq!(Identity::new(5), Identity::new(5));
        assert_ne!(Identity::new(5).skin, Identity::new(6).skin);
    }

    #[test]
    fn colors_of_many_persons_can_be_shown() {
        for identity in (0..200).map(Identity::new) {
            for color in [identity.skin.color, identity.hair.color, identity.mouth.color] {
                assert!(color.iter().all(|v| (0.02..=1.0).contains(v)), "{color:?}");
            }
        }
    }
}
