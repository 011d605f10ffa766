//! The core benchmark: 24 synthetic images, five kinds of blur, with and without noise.

use rayon::prelude::*;
use scade_image::RgbImage;

use crate::blur::{BlurStack, rounded};
use crate::leaves::leaves;
use crate::rng::Rng;
use crate::sigma::{Kind, scene};

/// The images have the seeds from 1 to this.
pub(crate) const IMAGES: u64 = 24;

/// An image of known blur.
pub(crate) struct Case {
    pub(crate) image: RgbImage,
    /// Blur of each pixel, pixels of σ, row by row.
    pub(crate) sigma: Vec<f64>,
}

/// The ten cases of an image: of each kind of blur first the clean one, then one with noise of
/// deviation 2, the same in all channels.
pub(crate) fn cases(seed: u64) -> Vec<Case> {
    let before = if seed == 1 { IMAGES } else { seed - 1 };
    let stacks: Vec<BlurStack> =
        [seed, before].par_iter().map(|&seed| BlurStack::new(&leaves(seed))).collect();
    let of_kind = |(number, kind): (usize, &Kind)| {
        let mut rng = Rng::new(0xD0_F0C5 * 1_000_003 + seed * 64 + number as u64);
        let (planes, sigma) = scene(*kind, &stacks[0], &stacks[1], &mut rng);
        let mut noise = rng.normals(sigma.len());
        noise.iter_mut().for_each(|value| *value *= 2.0);
        [None, Some(noise.as_slice())]
            .map(|noise| Case { image: rounded(&planes, noise), sigma: sigma.clone() })
    };
    Kind::ALL.iter().enumerate().flat_map(of_kind).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::SIDE;
    use crate::benchmark::doubles;
    use crate::scores::{mean, pearson};
    use scade_defocus::{Layer, Method, Network, band_energy};

    /// From the benchmark's definition, computed with NumPy and OpenCV: blur, gray levels, and the
    /// correlation of the published map.
    #[test]
    fn the_first_ramp_equals_the_definition() {
        let ramp = cases(1).remove(0);
        for ((x, y), expected) in [((0, 0), 2.6738), ((128, 128), 2.0670), ((255, 255), 1.4649)] {
            let got = ramp.sigma[y * SIDE + x];
            assert!((got - expected).abs() < 1e-4, "{got} {expected}");
        }
        assert_eq!(ramp.image.get_pixel(128, 128).0, [176, 176, 182]);
        let published: Method = "published".parse().unwrap();
        let map = published.map(&ramp.image).unwrap();
        let map: Vec<f64> = map.data().iter().map(|&value| value.into()).collect();
        let correlation = pearson(&map, &ramp.sigma);
        assert!((correlation + 0.2226).abs() < 2e-3, "{correlation}");
    }

    /// The maps of the networks of the definition: mean, two pixels, correlation.
    #[test]
    fn maps_of_the_networks_equal_the_definition() {
        let text = include_str!("../../scade-defocus/fixtures/networks.json");
        let networks: BTreeMap<String, Vec<Layer>> = serde_json::from_str(text).unwrap();
        let ramp = cases(1).remove(0);
        for (name, expected) in [
            ("small", [2.0882, 2.4225, 2.0883, 0.9906]),
            ("large", [2.1014, 2.5451, 2.0994, 0.9903]),
        ] {
            let network = Network::new(networks[name].clone()).unwrap();
            let map = doubles(&band_energy(&ramp.image, &network).unwrap().values);
            let got = [mean(&map), map[0], map[128 * SIDE + 128], pearson(&map, &ramp.sigma)];
            for (got, expected) in got.into_iter().zip(expected) {
                assert!((got - expected).abs() < 1e-3, "{name}: {got} {expected}");
            }
        }
    }
}
