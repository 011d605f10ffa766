//! Settings of the detector.

use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

/// Side of the smallest face the first network sees, in pixels: its receptive field.
pub(crate) const CELL_SIZE: u32 = 12;

/// Range of [`MtcnnConfig::factor`]: below it faces of some sizes are missed; above it the pyramid has
/// hundreds of levels that differ by less than a pixel.
const FACTOR_RANGE: std::ops::RangeInclusive<f64> = 0.1..=0.95;

/// Settings of [`crate::Mtcnn`]; the defaults are those of SCADE-Net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MtcnnConfig {
    /// Side of the smallest face to look for, in pixels, at least 12. Time grows with its inverse
    /// square.
    pub min_face_size: u32,
    /// Minimum probabilities after the first, second and third network, each above 0 and below 1.
    pub thresholds: [f32; 3],
    /// Size of each pyramid level relative to the one before, 0.1..=0.95.
    pub factor: f64,
}

impl Default for MtcnnConfig {
    fn default() -> Self {
        // 0.709 is about sqrt(1/2): each level has half the pixels of the one before.
        Self { min_face_size: 60, thresholds: [0.6, 0.7, 0.9], factor: 0.709 }
    }
}

impl MtcnnConfig {
    /// Checks every setting against its range.
    ///
    /// # Errors
    /// For the first setting out of range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let &Self { min_face_size, thresholds, factor } = self;
        require(min_face_size >= CELL_SIZE, "min_face_size", "at least 12 pixels", min_face_size)?;
        let holds = thresholds.iter().all(|&t| t > 0.0 && t < 1.0);
        require(holds, "thresholds", "above 0 and below 1", format_args!("{thresholds:?}"))?;
        require(FACTOR_RANGE.contains(&factor), "factor", "from 0.1 to 0.95", factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_valid_and_used_for_missing_keys() {
        MtcnnConfig::default().validate().unwrap();
        let config: MtcnnConfig = serde_json::from_str(r#"{"min_face_size": 40}"#).unwrap();
        assert_eq!(config, MtcnnConfig { min_face_size: 40, ..MtcnnConfig::default() });
    }

    #[test]
    fn a_misspelled_key_is_rejected() {
        assert!(serde_json::from_str::<MtcnnConfig>(r#"{"min_face": 40}"#).is_err());
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let check = |change: fn(&mut MtcnnConfig)| {
            let mut config = MtcnnConfig::default();
            change(&mut config);
            config.validate().unwrap_err().path
        };
        assert_eq!(check(|c| c.min_face_size = 11), "min_face_size");
        assert_eq!(check(|c| c.thresholds[1] = 1.0), "thresholds");
        assert_eq!(check(|c| c.thresholds[2] = f32::NAN), "thresholds");
        assert_eq!(check(|c| c.factor = 1.0), "factor");
        assert_eq!(check(|c| c.factor = f64::NAN), "factor");
    }
}
