//! Settings of the augmentation that `augment` applies.

use serde::{Deserialize, Serialize};

use scade_settings::{SettingError, Within, require};

use crate::DegradationConfig;

/// Settings of the augmentation. Limits are the ends of a uniform distribution around no change; each
/// step is applied with its probability. "Published" values are those of SCADE-Net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentConfig {
    /// Whether samples are augmented at all.
    pub enabled: bool,
    /// Probability of a horizontal flip; published 0.5.
    pub horizontal_flip_prob: f64,
    /// Largest rotation in degrees, of each of the two steps that rotate; published 15.
    pub rotation_limit: f64,
    /// Probability of the step that only rotates; published 0.5.
    pub rotation_prob: f64,
    /// Largest relative change of the scale; published 0.1.
    pub zoom_limit: f64,
    /// Largest shift along each axis, as a ratio of width or height; published 0.05.
    pub shift_limit: f64,
    /// Probability of the step that shifts, zooms and rotates; published 0.5.
    pub shift_zoom_rotate_prob: f64,
    /// Largest change of brightness, as a ratio of 255, and of contrast; published 0.2.
    pub brightness_limit: f64,
    /// Probability of the step that changes brightness and contrast; published 0.5.
    pub brightness_prob: f64,
    /// Largest shift of the hue in half degrees (180 for the whole circle); published 10.
    pub hue_shift_limit: f64,
    /// Probability of shifting the hue; published 0.5.
    pub hue_shift_prob: f64,
    /// Degradation as by cameras and social networks; not in SCADE-Net, and off by default.
    pub degrade: DegradationConfig,
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            horizontal_flip_prob: 0.5,
            rotation_limit: 15.0,
            rotation_prob: 0.5,
            zoom_limit: 0.1,
            shift_limit: 0.05,
            shift_zoom_rotate_prob: 0.5,
            brightness_limit: 0.2,
            brightness_prob: 0.5,
            hue_shift_limit: 10.0,
            hue_shift_prob: 0.5,
            degrade: DegradationConfig::default(),
        }
    }
}

impl AugmentConfig {
    /// Checks that probabilities are in 0..1 and that limits leave a visible image.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let ranges: [(&'static str, f64, f64, &'static str); 10] = [
            ("horizontal_flip_prob", self.horizontal_flip_prob, 1.0, "0..=1"),
            ("rotation_limit", self.rotation_limit, 180.0, "0..=180 degrees"),
            ("rotation_prob", self.rotation_prob, 1.0, "0..=1"),
            ("zoom_limit", self.zoom_limit, 0.9, "0..=0.9"),
            ("shift_limit", self.shift_limit, 1.0, "0..=1"),
            ("shift_zoom_rotate_prob", self.shift_zoom_rotate_prob, 1.0, "0..=1"),
            ("brightness_limit", self.brightness_limit, 1.0, "0..=1"),
            ("brightness_prob", self.brightness_prob, 1.0, "0..=1"),
            ("hue_shift_limit", self.hue_shift_limit, 90.0, "0..=90 half degrees"),
            ("hue_shift_prob", self.hue_shift_prob, 1.0, "0..=1"),
        ];
        for (setting, value, most, expected) in ranges {
            require((0.0..=most).contains(&value), setting, expected, value)?;
        }
        self.degrade.validate().within("degrade")
    }

    /// Whether augmentation may change the blur of a crop, so that its stored defocus map no longer
    /// matches.
    #[must_use]
    pub fn changes_blur(&self) -> bool {
        self.enabled && self.degrade.changes_blur()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_and_values_out_of_range_are_errors() {
        assert!(serde_json::from_str::<AugmentConfig>(r#"{"rotation": 20}"#).is_err());
        let advanced: AugmentConfig = serde_json::from_str(r#"{"rotation_limit": 20}"#).unwrap();
        assert_eq!(advanced, AugmentConfig { rotation_limit: 20.0, ..AugmentConfig::default() });
        advanced.validate().unwrap();
        for wrong in [-0.1, 1.1, f64::NAN] {
            let config = AugmentConfig { horizontal_flip_prob: wrong, ..AugmentConfig::default() };
            assert!(config.validate().is_err(), "{wrong}");
        }
        let vanishing = AugmentConfig { zoom_limit: 1.0, ..AugmentConfig::default() };
        let text = vanishing.validate().unwrap_err().to_string();
        assert_eq!(text, "zoom_limit must be 0..=0.9, got 1");
    }
}
