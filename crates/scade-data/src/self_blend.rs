//! A real crop into a self-blended pair: augmentation of the crop, the blend, then the same degradation of
//! both halves.

use rand::Rng;
use scade_blend::{BlendConfig, Pair};
use scade_image::{Landmarks, RgbImage};

use crate::augment::Change;
use crate::{AugmentConfig, Sample};

/// A pair of a crop with these landmarks, in pixels of the crop. `None` when the landmarks determine no pose.
///
/// Color and geometry of `augment` come first, so that both halves share them and the mask fits the face;
/// its degradation comes last, with the same random numbers for both halves: only the blend tells them
/// apart. The result depends only on the arguments.
///
/// # Panics
/// When `augment` or `blend` does not pass its validation.
#[must_use]
pub fn self_blended(
    crop: RgbImage,
    landmarks: Landmarks,
    augment: Option<&AugmentConfig>,
    blend: &BlendConfig,
    rng: &mut impl Rng,
) -> Option<Pair> {
    let change = augment.filter(|config| config.enabled).map(|config| Change::sample(config, rng));
    let (crop, landmarks) = match &change {
        Some(change) => {
            let (width, height) = crop.dimensions();
            let landmarks = change.landmarks(landmarks, width, height);
            (change.move_and_color(Sample { rgb: crop, defocus: None }).rgb, landmarks)
        }
        None => (crop, landmarks),
    };
    let mut pair = blend.sample(&landmarks, crop.width(), rng)?.apply(&crop);
    if let Some(change) = &change {
        change.degrade(&mut pair.target);
        change.degrade(&mut pair.blend);
    }
    Some(pair)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::DegradationConfig;
    use crate::testing::synthetic_face;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const LANDMARKS: Landmarks =
        Landmarks([[98.0, 105.0], [158.0, 104.0], [128.0, 140.0], [103.0, 174.0], [153.0, 174.0]]);

    fn pair(augment: &AugmentConfig, seed: u64) -> Pair {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let blend = BlendConfig::default();
        self_blended(synthetic_face(seed), LANDMARKS, Some(augment), &blend, &mut rng).unwrap()
    }

    #[test]
    fn without_degradation_the_halves_are_equal_outside_the_mask() {
        for seed in 0..8 {
            let Pair { target, blend, mask } = pair(&AugmentConfig::default(), seed);
            assert!(target != blend);
            for ((a, b), share) in target.pixels().zip(blend.pixels()).zip(mask.data()) {
                assert!(*share > 0.0 || a == b);
            }
        }
    }

    #[test]
    fn degradation_reaches_both_halves() {
        let degrade = DegradationConfig {
            noise_prob: 1.0,
            jpeg_prob: 1.0,
            rounds: 3,
            ..DegradationConfig::default()
        };
        let degraded = AugmentConfig { degrade, ..AugmentConfig::default() };
        let (clean, rough) = (pair(&AugmentConfig::default(), 1), pair(&degraded, 1));
        assert!(rough.target != clean.target && rough.blend != clean.blend);
        // Far from the mask they are still almost equal: the same noise, the same compression.
        let corner = |image: &RgbImage| image.get_pixel(2, 2).0;
        let difference = corner(&rough.target)[1].abs_diff(corner(&rough.blend)[1]);
        assert!(difference <= 2, "{difference}");
    }

    #[test]
    fn the_mask_follows_a_mirrored_and_shifted_face() {
        let still = AugmentConfig {
            horizontal_flip_prob: 0.0,
            rotation_prob: 0.0,
            shift_zoom_rotate_prob: 0.0,
            ..AugmentConfig::default()
        };
        let center = |config: &AugmentConfig, face: Landmarks| {
            let blend = BlendConfig { region_shift: 0.0, ..BlendConfig::default() };
            let mut rng = ChaCha8Rng::seed_from_u64(3);
            let pair = self_blended(synthetic_face(3), face, Some(config), &blend, &mut rng);
            let mask = pair.unwrap().mask;
            let sum: f32 = mask.data().iter().sum();
            let weighted = mask.data().iter().enumerate();
            weighted.map(|(i, share)| (i % 256) as f32 * share).sum::<f32>() / sum
        };
        let aside = Landmarks(LANDMARKS.0.map(|[x, y]| [x - 30.0, y]));
        let moved = center(&still, LANDMARKS) - center(&still, aside);
        assert!((moved - 30.0).abs() < 0.5, "{moved}");
        let mirror = AugmentConfig { horizontal_flip_prob: 1.0, ..still };
        assert!(center(&mirror, aside) > 145.0, "{}", center(&mirror, aside));
    }
}
