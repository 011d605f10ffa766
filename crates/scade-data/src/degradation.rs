//! Degradation augmentation of crops, as by cameras and social networks: blur, noise, gamma, and rounds
//! of downscaling and JPEG compression, as when an image is shared repeatedly.
//!
//! Without it, a detector confuses degradation with forgery (Rössler et al., FaceForensics++, ICCV 2019,
//! on compression; Wang et al., CVPR 2020, on blur and JPEG).

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use scade_image::{PixelRect, RgbImage, blur_rgb, jpeg_pass, resize_bilinear};
use serde::{Deserialize, Serialize};

use scade_settings::{SettingError, require};

/// Probabilities and limits of degradation. Applied in this order: blur, noise, gamma, rounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DegradationConfig {
    /// Probability of blurring.
    pub blur_prob: f64,
    /// Largest σ of the Gaussian, in pixels; sampled uniformly from 0.
    pub blur_limit: f64,
    /// Probability of adding noise.
    pub noise_prob: f64,
    /// Largest σ of the noise, as a ratio of 255; sampled uniformly from 0. Independent per channel.
    pub noise_limit: f64,
    /// Probability of changing the gamma.
    pub gamma_prob: f64,
    /// Largest factor of the exponent: 1/factor..factor, log-uniform.
    pub gamma_limit: f64,
    /// Largest number of rounds of scaling and JPEG; sampled uniformly from 1.
    pub rounds: usize,
    /// Probability, in each round, of downscaling and upscaling.
    pub resize_prob: f64,
    /// Smallest scale; sampled uniformly up to 1.
    pub resize_limit: f64,
    /// Probability, in each round, of JPEG compression.
    pub jpeg_prob: f64,
    /// Lowest quality; sampled uniformly up to 95.
    pub jpeg_quality: u8,
}

/// Almost lossless; the default quality of stored crops.
const BEST_QUALITY: u8 = 95;

/// Pixels of a side of the blocks of JPEG.
const GRID: u32 = 8;

/// A smaller σ does not change 8-bit values.
const LEAST_SIGMA: f32 = 0.1;

/// More rounds do not degrade an image further.
const MOST_ROUNDS: usize = 8;

impl Default for DegradationConfig {
    fn default() -> Self {
        Self {
            blur_prob: 0.0,
            blur_limit: 2.0,
            noise_prob: 0.0,
            noise_limit: 0.03,
            gamma_prob: 0.0,
            gamma_limit: 1.5,
            rounds: 1,
            resize_prob: 0.0,
            resize_limit: 0.5,
            jpeg_prob: 0.0,
            jpeg_quality: 40,
        }
    }
}

impl DegradationConfig {
    pub(crate) fn validate(&self) -> Result<(), SettingError> {
        let ranges: [(&'static str, f64, [f64; 2], &'static str); 11] = [
            ("blur_prob", self.blur_prob, [0.0, 1.0], "0..=1"),
            ("blur_limit", self.blur_limit, [0.0, 20.0], "0..=20 pixels"),
            ("noise_prob", self.noise_prob, [0.0, 1.0], "0..=1"),
            ("noise_limit", self.noise_limit, [0.0, 1.0], "0..=1"),
            ("gamma_prob", self.gamma_prob, [0.0, 1.0], "0..=1"),
            ("gamma_limit", self.gamma_limit, [1.0, 10.0], "1..=10"),
            ("rounds", self.rounds as f64, [1.0, MOST_ROUNDS as f64], "1..=8"),
            ("resize_prob", self.resize_prob, [0.0, 1.0], "0..=1"),
            ("resize_limit", self.resize_limit, [0.05, 1.0], "0.05..=1"),
            ("jpeg_prob", self.jpeg_prob, [0.0, 1.0], "0..=1"),
            ("jpeg_quality", f64::from(self.jpeg_quality), [1.0, 95.0], "1..=95"),
        ];
        for (setting, value, [least, most], expected) in ranges {
            require((least..=most).contains(&value), setting, expected, value)?;
        }
        Ok(())
    }

    /// Whether it may change the blur of a crop, or what a defocus map measures as such.
    pub(crate) fn changes_blur(&self) -> bool {
        [self.blur_prob, self.noise_prob, self.resize_prob, self.jpeg_prob].iter().any(|p| *p > 0.0)
    }
}

/// The sampled degradation of one crop.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Degradation {
    /// σ in pixels.
    blur: Option<f32>,
    /// σ in gray levels, and the seed of the noise.
    noise: Option<(f32, u64)>,
    /// Exponent.
    gamma: Option<f32>,
    rounds: Vec<Round>,
}

/// Scaling, and JPEG compression after it.
#[derive(Debug, Clone, PartialEq)]
struct Round {
    scale: Option<f32>,
    /// Quality, and offset of the grid of blocks: images are cropped between two compressions.
    jpeg: Option<(u8, [u32; 2])>,
}

impl Degradation {
    /// No change.
    #[cfg(test)]
    pub(crate) const NONE: Self = Self { blur: None, noise: None, gamma: None, rounds: Vec::new() };

    pub(crate) fn sample(config: &DegradationConfig, rng: &mut impl Rng) -> Self {
        let blur = rng
            .random_bool(config.blur_prob)
            .then(|| rng.random_range(0.0..=config.blur_limit) as f32);
        let noise = rng
            .random_bool(config.noise_prob)
            .then(|| (255.0 * rng.random_range(0.0..=config.noise_limit) as f32, rng.random()));
        let gamma = rng.random_bool(config.gamma_prob).then(|| {
            let reach = config.gamma_limit.ln();
            rng.random_range(-reach..=reach).exp() as f32
        });
        let rounds = (0..rng.random_range(1..=config.rounds))
            .map(|_| {
                let scale = rng
                    .random_bool(config.resize_prob)
                    .then(|| rng.random_range(config.resize_limit..=1.0) as f32);
                let jpeg = rng.random_bool(config.jpeg_prob).then(|| {
                    let quality = rng.random_range(config.jpeg_quality..=BEST_QUALITY);
                    (quality, [(); 2].map(|()| rng.random_range(0..GRID)))
                });
                Round { scale, jpeg }
            })
            .collect();
        Self { blur, noise, gamma, rounds }
    }

    pub(crate) fn apply(&self, crop: &mut RgbImage) {
        if let Some(sigma) = self.blur.filter(|sigma| *sigma >= LEAST_SIGMA) {
            *crop = blur_rgb(crop, sigma);
        }
        if let Some((sigma, seed)) = self.noise {
            add_noise(crop, sigma, seed);
        }
        if let Some(exponent) = self.gamma {
            change_gamma(crop, exponent);
        }
        for Round { scale, jpeg } in &self.rounds {
            if let Some(scale) = *scale {
                *crop = scaled_down_and_up(crop, scale);
            }
            if let Some((quality, offset)) = *jpeg {
                *crop = jpeg_pass(crop, quality, offset);
            }
        }
    }
}

fn add_noise(crop: &mut RgbImage, sigma: f32, seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for value in crop.iter_mut() {
        let normal: f32 = StandardNormal.sample(&mut rng);
        *value = (f32::from(*value) + sigma * normal).round() as u8;
    }
}

fn change_gamma(crop: &mut RgbImage, exponent: f32) {
    let change = |value: u8| (255.0 * (f32::from(value) / 255.0).powf(exponent)).round() as u8;
    let table: [u8; 256] = std::array::from_fn(|value| change(value as u8));
    for value in crop.iter_mut() {
        *value = table[usize::from(*value)];
    }
}

fn scaled_down_and_up(crop: &RgbImage, scale: f32) -> RgbImage {
    let [width, height] = [crop.width(), crop.height()];
    let [w, h] = [width, height].map(|size| ((size as f32 * scale).round() as u32).max(1));
    let small = resize_bilinear(crop, PixelRect::whole(crop), w, h);
    resize_bilinear(&small, PixelRect::whole(&small), width, height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::synthetic_face;

    fn always() -> DegradationConfig {
        DegradationConfig {
            blur_prob: 1.0,
            noise_prob: 1.0,
            gamma_prob: 1.0,
            resize_prob: 1.0,
            jpeg_prob: 1.0,
            rounds: 3,
            ..DegradationConfig::default()
        }
    }

    fn sampled(config: &DegradationConfig, seed: u64) -> Degradation {
        Degradation::sample(config, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    fn degraded(degradation: &Degradation) -> RgbImage {
        let mut crop = synthetic_face(5);
        degradation.apply(&mut crop);
        crop
    }

    /// Sum of squared differences between neighbors, which blur reduces.
    fn detail(crop: &RgbImage) -> f64 {
        let row = |y: u32| (1..crop.width()).map(move |x| (x, y));
        (0..crop.height())
            .flat_map(row)
            .map(|(x, y)| {
                let [a, b] = [x - 1, x].map(|x| f64::from(crop.get_pixel(x, y)[0]));
                (a - b).powi(2)
            })
            .sum()
    }

    #[test]
    fn the_default_changes_nothing() {
        let config = DegradationConfig::default();
        assert!(!config.changes_blur());
        for seed in 0..20 {
            assert_eq!(degraded(&sampled(&config, seed)), synthetic_face(5));
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_pixels_and_another_seed_others() {
        let config = always();
        config.validate().unwrap();
        assert_eq!(degraded(&sampled(&config, 1)), degraded(&sampled(&config, 1)));
        assert_ne!(degraded(&sampled(&config, 1)), degraded(&sampled(&config, 2)));
    }

    #[test]
    fn samples_respect_their_limits() {
        let config = always();
        let mut counts = [0; 4];
        for seed in 0..500 {
            let degradation = sampled(&config, seed);
            assert!((0.0..=2.0).contains(&degradation.blur.unwrap()));
            assert!((0.0..=0.03 * 255.0).contains(&degradation.noise.unwrap().0));
            assert!((0.666..=1.501).contains(&degradation.gamma.unwrap()));
            counts[degradation.rounds.len()] += 1;
            for Round { scale, jpeg } in degradation.rounds {
                assert!((0.5..=1.0).contains(&scale.unwrap()));
                let (quality, offset) = jpeg.unwrap();
                assert!((40..=95).contains(&quality) && offset.iter().all(|shift| *shift < 8));
            }
        }
        assert_eq!(counts[0], 0);
        assert!(counts[1..].iter().all(|count| (120..220).contains(count)), "{counts:?}");
    }

    #[test]
    fn each_step_has_its_effect() {
        let face = synthetic_face(5);
        let blurred = degraded(&Degradation { blur: Some(2.0), ..Degradation::NONE });
        assert!(detail(&blurred) < detail(&face));
        let noisy = degraded(&Degradation { noise: Some((5.0, 1)), ..Degradation::NONE });
        let spread = noisy.iter().zip(face.iter()).map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2));
        let sigma = (spread.sum::<f64>() / face.len() as f64).sqrt();
        assert!((sigma - 5.0).abs() < 0.2, "{sigma}");
        let dark = degraded(&Degradation { gamma: Some(1.5), ..Degradation::NONE });
        assert!(dark.iter().zip(face.iter()).all(|(a, b)| a <= b) && dark != face);
        let round = |scale, jpeg| {
            degraded(&Degradation { rounds: vec![Round { scale, jpeg }], ..Degradation::NONE })
        };
        assert!(detail(&round(Some(0.25), None)) < detail(&face));
        assert_eq!(round(Some(1.0), None), face);
        assert_ne!(round(None, Some((10, [3, 0]))), face);
    }

    #[test]
    fn white_stays_white_under_blur_and_gamma() {
        let mut white = RgbImage::from_pixel(256, 256, image::Rgb([255; 3]));
        Degradation { blur: Some(3.0), gamma: Some(0.7), ..Degradation::NONE }.apply(&mut white);
        assert!(white.iter().all(|value| *value == 255));
    }

    #[test]
    fn values_out_of_range_are_named() {
        let config = DegradationConfig { gamma_limit: 0.5, ..DegradationConfig::default() };
        let text = config.validate().unwrap_err().to_string();
        assert_eq!(text, "gamma_limit must be 1..=10, got 0.5");
        assert!(
            DegradationConfig { rounds: 0, ..DegradationConfig::default() }.validate().is_err()
        );
        assert!(
            DegradationConfig { blur_prob: f64::NAN, ..DegradationConfig::default() }
                .validate()
                .is_err()
        );
    }
}
