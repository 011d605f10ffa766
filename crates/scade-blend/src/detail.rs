//! Changes of detail: what resampling, sharpening, compression and denoising do to one side of a blend.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use scade_image::{Filter, RgbImage, blur_rgb, jpeg_pass, resize_rgb};

use crate::BlendConfig;

/// The sampled change of the detail of an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Detail {
    /// Blurred by a Gaussian of σ pixels.
    Blur(f32),
    /// Reduced by a factor below 1, and enlarged again.
    Resample {
        /// Size after reduction, relative to the size before.
        scale: f32,
        /// Filter of the reduction.
        down: Filter,
        /// Filter of the enlargement.
        up: Filter,
    },
    /// Unsharp masking: this amount of the difference to a blurred copy is added.
    Sharpen {
        /// Factor of the difference.
        amount: f32,
        /// σ of the blur in pixels.
        sigma: f32,
    },
    /// Compressed as JPEG of this quality.
    Compress(u8),
    /// Gaussian noise of σ gray levels.
    Noise(f32, u64),
}

impl Detail {
    /// One of the changes, each with the probability and in the ranges of `config`.
    pub fn sample(config: &BlendConfig, rng: &mut impl Rng) -> Self {
        let mut within = |[least, most]: [f64; 2]| rng.random_range(least..=most) as f32;
        // All numbers are drawn, so that each change has the same ones whichever is chosen.
        let (blur, scale) = (within(config.blur), within(config.resample));
        let (amount, sigma) = (within(config.sharpen), within(config.sharpen_sigma));
        let (quality, noise) = (within(config.jpeg_quality), within(config.noise));
        let down = [Filter::Area, Filter::Linear][rng.random_range(0..2)];
        let ups = [Filter::Linear, Filter::Cubic, Filter::Lanczos, Filter::Nearest];
        let up = ups[rng.random_range(0..ups.len())];
        let seed = rng.random();
        match rng.random_range(0..6) {
            0 => Self::Blur(blur),
            1 | 2 => Self::Resample { scale, down, up },
            3 => Self::Sharpen { amount, sigma },
            4 => Self::Compress(quality.round() as u8),
            _ => Self::Noise(noise, seed),
        }
    }

    /// The changed image.
    #[must_use]
    pub fn apply(&self, image: &RgbImage) -> RgbImage {
        match *self {
            Self::Blur(sigma) => blur_rgb(image, sigma),
            Self::Resample { scale, down, up } => {
                let (width, height) = image.dimensions();
                let [w, h] =
                    [width, height].map(|side| ((side as f32 * scale).round() as u32).max(1));
                resize_rgb(&resize_rgb(image, w, h, down), width, height, up)
            }
            Self::Sharpen { amount, sigma } => {
                let mut sharp = blur_rgb(image, sigma);
                for (out, value) in sharp.iter_mut().zip(image.iter()) {
                    let (blurred, value) = (f32::from(*out), f32::from(*value));
                    *out = (value + amount * (value - blurred) + 0.5) as u8;
                }
                sharp
            }
            Self::Compress(quality) => jpeg_pass(image, quality, [0, 0]),
            Self::Noise(sigma, seed) => {
                let mut noisy = image.clone();
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                for value in noisy.iter_mut() {
                    let normal: f32 = StandardNormal.sample(&mut rng);
                    *value = (f32::from(*value) + sigma * normal + 0.5) as u8;
                }
                noisy
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks() -> RgbImage {
        RgbImage::from_fn(64, 64, |x, y| {
            [if (x / 4 + y / 4) % 2 == 0 { 70 } else { 180 }; 3].into()
        })
    }

    /// Sum of squared differences between neighbors in a row.
    fn detail(image: &RgbImage) -> f64 {
        let difference = |pair: &[u8]| f64::from(pair[0].abs_diff(pair[3])).powi(2);
        image.windows(4).step_by(3).map(difference).sum()
    }

    #[test]
    fn each_change_has_its_direction() {
        let before = detail(&checks());
        let after = |change: Detail| detail(&change.apply(&checks()));
        assert!(after(Detail::Blur(1.0)) < before);
        let (down, up) = (Filter::Area, Filter::Linear);
        assert!(after(Detail::Resample { scale: 0.4, down, up }) < before);
        assert!(after(Detail::Sharpen { amount: 1.0, sigma: 1.0 }) > before);
        assert!(after(Detail::Noise(6.0, 1)) > before);
        assert!(Detail::Compress(30).apply(&checks()) != checks());
    }

    #[test]
    fn every_change_occurs_and_respects_its_range() {
        let config = BlendConfig::default();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut counts = [0; 5];
        for _ in 0..600 {
            let (kind, value, range) = match Detail::sample(&config, &mut rng) {
                Detail::Blur(sigma) => (0, sigma, config.blur),
                Detail::Resample { scale, .. } => (1, scale, config.resample),
                Detail::Sharpen { amount, .. } => (2, amount, config.sharpen),
                Detail::Compress(quality) => (3, quality.into(), config.jpeg_quality),
                Detail::Noise(sigma, _) => (4, sigma, config.noise),
            };
            counts[kind] += 1;
            assert!((range[0] - 1e-5..=range[1] + 1e-5).contains(&f64::from(value)));
        }
        assert!(counts.iter().all(|count| *count > 60), "{counts:?}");
    }
}
