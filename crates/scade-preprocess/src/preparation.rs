//! The settings that decide what a face sample looks like.

use scade_data::FACE_SIZE;
use scade_defocus::Method;
use scade_face::{CropRule, MtcnnConfig};
use serde::{Deserialize, Serialize};

use crate::Error;

/// How a picture becomes a face sample: everything that must be the same in training and at
/// inference. It is kept beside the samples and travels with every trained detector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Preparation {
    /// The face detector.
    pub detector: MtcnnConfig,
    /// How a face is cut out.
    pub crop: CropRule,
    /// Quality, 1..=100, of the JPEG that a crop passes through, on disk and at inference alike.
    pub jpeg_quality: u8,
    /// Whether samples have a defocus map.
    pub compute_defocus: bool,
    /// The method that makes the map, from the crop as it comes out of the JPEG.
    pub defocus: Method,
}

impl Default for Preparation {
    fn default() -> Self {
        Self {
            detector: MtcnnConfig::default(),
            crop: CropRule::default(),
            jpeg_quality: 95,
            compute_defocus: true,
            defocus: Method::default(),
        }
    }
}

impl Preparation {
    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), Error> {
        if !(1..=100).contains(&self.jpeg_quality) {
            let (setting, got) = ("jpeg_quality", self.jpeg_quality.to_string());
            return Err(Error::Setting { setting, expected: "1 to 100", got });
        }
        self.crop.validate(FACE_SIZE as u32)?;
        self.defocus.check()?;
        Ok(self.detector.validate()?)
    }

    /// Channels of a sample: red, green, blue and, if computed, defocus.
    #[must_use]
    pub fn channels(&self) -> usize {
        if self.compute_defocus { 4 } else { 3 }
    }
}
