//! Blur in pixels from the energy of five bands, by a regression on synthetic images.
//!
//! Blur takes energy from fine bands before it takes any from coarse ones. How fast the energy of
//! gradients falls from scale to scale therefore measures blur at any texture, not only at edges, and
//! does not depend on contrast. A very small network maps five logarithms to a σ and its confidence; a
//! smoothing weighted by the confidence fills in flat areas. No guide image is used, because edges of
//! the image are not edges of its depth.
//!
//! The network is fitted on synthetic images of known blur (`cargo xtask fit-defocus`), never on
//! photographs or forgeries.

mod constants;
mod features;
mod network;

use scade_image::Plane;
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

pub use network::{Layer, Network};

use crate::filters::{enlarge, smooth_paths};
use crate::{Error, Estimate, ImageView, Unit};

/// Largest estimate, in pixels; blur up to about 3 pixels is measurable.
const MOST: f32 = 5.0;

/// Strengths of the smoothing, from coarse to fine, in squared pixels of the half resolution. Half
/// as much costs 0.01 of rank correlation, twice as much would hide small splices.
const SMOOTHING: [f32; 3] = [100.0, 25.0, 6.25];

/// Range of the logarithm of the error's scale, which gives the weights; as in the fit.
const LOG_SCALE: (f32, f32) = (-4.0, 3.0);

/// Settings of the band-energy method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BandEnergy {
    /// Size of the regression.
    pub network: NetworkSize,
    /// Number of the fit of its constants. A detector needs the maps that it was trained with, and a new
    /// fit gives different maps: a version with other constants rejects this number.
    pub constants: u32,
}

/// Size of the regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NetworkSize {
    /// 5-8-2: 66 constants.
    Small,
    /// 5-16-16-2: 402 constants; slightly better and slightly slower.
    #[default]
    Large,
}

impl Default for BandEnergy {
    fn default() -> Self {
        Self { network: NetworkSize::default(), constants: constants::NUMBER }
    }
}

impl NetworkSize {
    /// The network of this size, with the constants of this version.
    #[must_use]
    pub fn network(self) -> Network {
        match self {
            Self::Small => Network::shipped(&constants::SMALL),
            Self::Large => Network::shipped(&constants::LARGE),
        }
    }
}

impl BandEnergy {
    /// Whether the constants are those of this version.
    pub(crate) fn validate(self) -> Result<(), SettingError> {
        let holds = self.constants == constants::NUMBER;
        require(holds, "constants", constants::EXPECTED, self.constants)
    }

    /// The blur of `image` in pixels.
    pub(crate) fn estimate(self, image: ImageView<'_>) -> Result<Estimate, Error> {
        self.validate()?;
        band_energy(image, &self.network.network())
    }
}

/// The features that a [`Network`] maps to blur, at half the resolution of `image` (rounded up):
/// four differences of log energies between neighboring scales, and half the log energy of the
/// middle scale.
///
/// # Errors
/// [`Error::NoPixels`] for an empty image.
pub fn features<'a>(image: impl Into<ImageView<'a>>) -> Result<[Plane; features::COUNT], Error> {
    Ok(features::features(&image.into().luma()?))
}

/// The blur of `image` in pixels, by a network with other constants than the shipped ones.
///
/// The confidence is `1 / (1 + e²)`, with `e` the error in pixels that the regression predicts for a
/// single pixel, before the smoothing: ½ for an error of one pixel.
///
/// # Errors
/// [`Error::NoPixels`] for an empty image.
pub fn band_energy<'a>(
    image: impl Into<ImageView<'a>>,
    network: &Network,
) -> Result<Estimate, Error> {
    let image = image.into();
    let (width, height) = image.size()?;
    let [mut blur, mut weight] = network.apply(&features(image)?);
    let mut confidence = weight.clone();
    let pixels = blur.data_mut().iter_mut().zip(weight.data_mut()).zip(confidence.data_mut());
    for ((blur, weight), confidence) in pixels {
        // The inverse square of the expected error.
        *weight = (-2.0 * weight.clamp(LOG_SCALE.0, LOG_SCALE.1)).exp();
        *blur *= *weight;
        *confidence = *weight / (1.0 + *weight);
    }
    smooth_paths(&mut blur, &SMOOTHING);
    smooth_paths(&mut weight, &SMOOTHING);
    for (blur, weight) in blur.data_mut().iter_mut().zip(weight.data()) {
        *blur /= *weight;
    }
    let mut values = enlarge(&blur, width, height);
    values.data_mut().iter_mut().for_each(|value| *value = value.clamp(0.0, MOST));
    let confidence = Some(enlarge(&confidence, width, height));
    Ok(Estimate { values, unit: Unit::BlurSigma, confidence })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing;

    /// A network of `fixtures/networks.json`: an earlier fit, with PyTorch, which pins the arithmetic
    /// independently of the shipped constants.
    fn fixture(name: &str) -> Network {
        let text = include_str!("../../fixtures/networks.json");
        let mut all: BTreeMap<String, Vec<Layer>> = serde_json::from_str(text).unwrap();
        Network::new(all.remove(name).unwrap()).unwrap()
    }

    /// By `fixtures/make_golden.py`: NumPy, OpenCV 4.10, dense linear systems.
    #[test]
    fn agrees_with_numpy() {
        for (name, expected) in [
            ("small", [0.93721, 1.59762, 0.84306, 1.17837]),
            ("large", [0.90465, 1.56554, 0.80596, 1.15028]),
        ] {
            let estimate = band_energy(&testing::rendered_even(), &fixture(name)).unwrap();
            testing::assert_golden(&estimate.values, expected);
        }
    }

    #[test]
    fn the_shipped_networks_have_their_sizes() {
        for (size, count) in [(NetworkSize::Small, 66), (NetworkSize::Large, 402)] {
            let network = size.network();
            assert_eq!(network.len(), count);
            assert_eq!(Network::new(network.layers().to_vec()).unwrap(), network);
        }
    }

    /// A flat half next to a textured one: the filled-in half has less confidence.
    #[test]
    fn flat_areas_are_less_certain() {
        let noisy = |x: u32, y: u32| if x < 64 { 128 } else { (x * 37 + y * 91 + x * y) as u8 };
        let image = image::GrayImage::from_fn(128, 64, |x, y| image::Luma([noisy(x, y)]));
        let confidence = BandEnergy::default().estimate((&image).into()).unwrap().confidence;
        let confidence = confidence.unwrap();
        let (flat, textured) = (confidence.at(8, 32), confidence.at(120, 32));
        assert!(flat < 0.8 * textured, "{flat} {textured}");
    }
}
