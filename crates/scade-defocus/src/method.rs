//! The choice of a method.

use scade_image::{Plane, RgbImage};
use serde::{Deserialize, Serialize};

use crate::{Error, Published};

/// How defocus maps are made, with the settings of that way.
///
/// In a configuration: `method = "published"`, and beside it the settings that differ from the
/// default. An unknown method or setting is refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Method {
    /// The map of the published SCADE-Net.
    Published(Published),
}

impl Default for Method {
    fn default() -> Self {
        Self::Published(Published::default())
    }
}

impl Method {
    /// The name that goes into records of how maps were made.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Published(_) => "published",
        }
    }

    /// Whether the settings can be worked with, to be asked before a long run.
    ///
    /// # Errors
    /// [`Error::Setting`] names the first that cannot.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            Self::Published(settings) => settings.check(),
        }
    }

    /// The map of `picture`, 0..1, of the same size; never NaN.
    ///
    /// # Errors
    /// [`Error::Setting`] as [`Self::check`], [`Error::NoPixels`] for an empty picture.
    pub fn map(&self, picture: &RgbImage) -> Result<Plane, Error> {
        match self {
            Self::Published(settings) => settings.map(picture),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_alone_is_the_default() {
        let method: Method = toml::from_str("method = \"published\"").unwrap();
        assert_eq!(method, Method::default());
        assert_eq!(method.name(), "published");
    }

    #[test]
    fn settings_survive_being_saved() {
        let text = "method = \"published\"\ncanny_high = 120\nguided_eps = 0.02";
        let method: Method = toml::from_str(text).unwrap();
        let expected = Published { canny_high: 120, guided_eps: 0.02, ..Published::default() };
        assert_eq!(method, Method::Published(expected));
        assert_eq!(toml::from_str::<Method>(&toml::to_string(&method).unwrap()).unwrap(), method);
    }

    #[test]
    fn unknown_methods_and_settings_are_refused() {
        for text in ["method = \"best\"", "method = \"published\"\nbox = 3", "canny_low = 50"] {
            assert!(toml::from_str::<Method>(text).is_err(), "{text}");
        }
    }
}
