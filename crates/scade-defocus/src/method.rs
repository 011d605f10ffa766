//! The choice of a method.

use scade_image::Plane;
use scade_settings::SettingError;
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::{BandEnergy, Error, Estimate, GradientRatio, ImageView, JeonWoo, Published};

/// A method that computes defocus maps, with its settings.
///
/// In a configuration: `method = "published"`, with the settings that differ from the default. An
/// unknown method or setting is an error.
///
/// A name alone, as in a flag, is the method with its default settings;
/// [`VariantNames::VARIANTS`] has all names.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(tag = "method", rename_all = "kebab-case")]
#[strum(
    serialize_all = "kebab-case",
    parse_err_ty = UnknownMethod,
    parse_err_fn = UnknownMethod::new
)]
pub enum Method {
    /// Blur in pixels by a regression on band energies; the recommended one.
    BandEnergy(BandEnergy),
    /// Blur in pixels by ratios of gradients at edges; the best one without fitted constants.
    GradientRatio(GradientRatio),
    /// The map of Jeon and Woo's program.
    JeonWoo(JeonWoo),
    /// The map of the published SCADE-Net.
    Published(Published),
}

/// An unknown method name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown defocus method `{0}`: expected {names}", names = Method::VARIANTS.join(", "))]
pub struct UnknownMethod(String);

impl UnknownMethod {
    fn new(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl Default for Method {
    fn default() -> Self {
        Self::BandEnergy(BandEnergy::default())
    }
}

impl Method {
    /// The names of all methods in configurations and flags.
    pub const NAMES: &[&str] = Self::VARIANTS;

    /// The name that is stored with maps.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Checks the settings, before a long run.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        match self {
            Self::BandEnergy(settings) => settings.validate(),
            Self::GradientRatio(_) | Self::JeonWoo(_) => Ok(()),
            Self::Published(settings) => settings.validate(),
        }
    }

    /// The blur of `image`: values in pixels, or relative ones.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`Self::validate`], [`Error::NoPixels`] for an empty image.
    pub fn estimate<'a>(&self, image: impl Into<ImageView<'a>>) -> Result<Estimate, Error> {
        let image = image.into();
        match self {
            Self::BandEnergy(settings) => settings.estimate(image),
            Self::GradientRatio(method) => method.estimate(image),
            Self::JeonWoo(method) => method.estimate(image),
            Self::Published(settings) => settings.estimate(image),
        }
    }

    /// The map of `image` as a channel of the detector: 0..1, of the same size, never NaN.
    ///
    /// # Errors
    /// As [`Self::estimate`].
    pub fn map<'a>(&self, image: impl Into<ImageView<'a>>) -> Result<Plane, Error> {
        Ok(self.estimate(image)?.into_channel())
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;
    use scade_image::{GrayImage, RgbImage};

    use super::*;
    use crate::{Gray16Image, NetworkSize, Unit, testing};

    fn all() -> Vec<Method> {
        let small = BandEnergy { network: NetworkSize::Small, ..BandEnergy::default() };
        let named = Method::NAMES.iter().map(|name| name.parse().unwrap());
        named.chain([Method::BandEnergy(small)]).collect()
    }

    #[test]
    fn a_name_alone_is_the_default() {
        for &name in Method::NAMES {
            let method: Method = toml::from_str(&format!("method = \"{name}\"")).unwrap();
            assert_eq!(method, name.parse().unwrap());
            assert_eq!(method.name(), name);
            assert_eq!(method.validate(), Ok(()));
        }
        assert_eq!(Method::default().name(), "band-energy");
    }

    #[test]
    fn settings_round_trip() {
        let text = "method = \"published\"\ncanny_high = 120\nguided_eps = 0.02";
        let method: Method = toml::from_str(text).unwrap();
        let expected = Published { canny_high: 120, guided_eps: 0.02, ..Published::default() };
        assert_eq!(method, Method::Published(expected));
        for method in all().into_iter().chain([method]) {
            let saved = toml::to_string(&method).unwrap();
            assert_eq!(toml::from_str::<Method>(&saved).unwrap(), method);
        }
    }

    #[test]
    fn unknown_methods_and_settings_are_refused() {
        for text in [
            "method = \"best\"",
            "method = \"published\"\nbox = 3",
            "method = \"jeon-woo\"\nradius = 3",
            "method = \"band-energy\"\nnetwork = \"huge\"",
            "canny_low = 50",
        ] {
            assert!(toml::from_str::<Method>(text).is_err(), "{text}");
        }
        let error = "best".parse::<Method>().unwrap_err().to_string();
        assert!(error.ends_with("expected band-energy, gradient-ratio, jeon-woo, published"));
    }

    /// A detector that was trained with other constants must not run with these.
    #[test]
    fn constants_of_another_fit_are_refused() {
        let method: Method = toml::from_str("method = \"band-energy\"\nconstants = 999").unwrap();
        assert!(method.validate().is_err());
        assert!(method.map(&testing::rendered()).is_err());
    }

    /// Checks range and size of the maps of any image.
    fn check<'a>(image: impl Into<ImageView<'a>>) {
        let image = image.into();
        let (width, height) = image.size().unwrap();
        for method in all() {
            let estimate = method.estimate(image).unwrap();
            let most = if estimate.unit == Unit::BlurSigma { 5.0 } else { 1.0 };
            let confidence = estimate.confidence.clone();
            let channel = method.map(image).unwrap();
            for (plane, most) in
                [(Some(estimate.values), most), (confidence, 1.0), (Some(channel), 1.0)]
            {
                let Some(plane) = plane else { continue };
                assert_eq!((plane.width(), plane.height()), (width, height));
                let inside = plane.data().iter().all(|value| (0.0..=most).contains(value));
                assert!(inside, "{} at {width} x {height}", method.name());
            }
        }
    }

    #[test]
    fn images_of_any_size_and_depth_give_numbers_in_range() {
        let mut rng = testing::rng(41);
        for round in 0..40 {
            let (width, height) = if round == 0 { (1, 1) } else { testing::size(&mut rng) };
            let (w, h) = (width as u32, height as u32);
            let levels = testing::levels(&mut rng, 3 * width, height);
            check(&RgbImage::from_raw(w, h, levels).unwrap());
            check(&GrayImage::from_raw(w, h, testing::levels(&mut rng, width, height)).unwrap());
            let levels = (0..width * height).map(|_| rng.random()).collect();
            check(&Gray16Image::from_raw(w, h, levels).unwrap());
        }
    }

    #[test]
    fn flat_images_give_flat_maps() {
        for level in [0, 1, 128, 255] {
            let mut image = RgbImage::new(37, 22);
            image.fill(level);
            check(&image);
            for method in all() {
                let map = method.map(&image).unwrap();
                let first = map.data()[0];
                assert!(map.data().iter().all(|value| (value - first).abs() < 1e-3));
            }
        }
    }

    #[test]
    fn empty_images_are_errors() {
        for method in all() {
            let error = method.map(&RgbImage::new(3, 0)).unwrap_err();
            assert_eq!(error, Error::NoPixels { width: 3, height: 0 });
        }
    }

    /// For methods that measure blur: an image with detail everywhere, increasingly blurred, has
    /// increasing estimates.
    #[test]
    fn more_blur_gives_a_larger_estimate() {
        let mut rng = testing::rng(42);
        let sharp = testing::levels(&mut rng, 96, 64);
        let sharp = Plane::from_vec(96, 64, sharp.into_iter().map(f32::from).collect()).unwrap();
        let measures = |method: &Method| {
            method.estimate(&testing::rendered()).unwrap().unit == Unit::BlurSigma
        };
        for method in all().into_iter().filter(measures) {
            let mean = |sigma: f64| {
                let kernel = scade_image::Kernel::gaussian(sigma, 12);
                let blurred = scade_image::filter_separable(&sharp, &kernel, &kernel);
                let levels = blurred.data().iter().map(|&level| level.round() as u8).collect();
                let image = GrayImage::from_raw(96, 64, levels).unwrap();
                let values = method.estimate(&image).unwrap().values;
                values.data().iter().sum::<f32>() / values.data().len() as f32
            };
            let means = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0].map(mean);
            assert!(means.windows(2).all(|pair| pair[0] < pair[1]), "{}: {means:?}", method.name());
            assert!((means[1] - 1.0).abs() < 0.35, "{}: {means:?}", method.name());
        }
    }
}
