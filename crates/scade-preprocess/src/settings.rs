//! What a store says about how it was made.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Config, Error, Frames, Preparation};

/// Everything that decides which samples a store holds and what they look like. Two stores with
/// equal settings hold equal samples of equal videos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// What a sample looks like.
    pub sample: Preparation,
    /// Which frames were looked at.
    pub frames: Frames,
    /// Whether masks, where the dataset has them, decide which faces of a fake are samples.
    #[serde(default, skip_serializing_if = "is_false")]
    pub masks: bool,
    /// Digest of the face detector's weights; empty in a detector trained before it was noted.
    #[serde(default)]
    pub detector_weights: String,
}

impl StoreSettings {
    /// The settings of a run with the weights in `weights`, a converted file.
    ///
    /// # Errors
    /// Weights that cannot be read.
    pub fn new(config: &Config, weights: &Path) -> Result<Self, Error> {
        Ok(Self {
            sample: config.preparation.clone(),
            frames: config.frames.clone(),
            masks: config.masks,
            detector_weights: scade_face::weights::digest(weights)?,
        })
    }

    /// The settings as they stand in a store or beside a trained detector.
    ///
    /// # Errors
    /// What serde says about a value that was not written by this version.
    pub fn from_value(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value(value.clone())
    }

    /// The settings as a store keeps them.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        // Plain numbers, strings and structs always have a JSON form.
        serde_json::to_value(self).unwrap_or_default()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scade_train::Maps::Live` finds the method there, without knowing this crate.
    #[test]
    fn a_store_says_where_training_looks_how_maps_are_made() {
        let settings = StoreSettings {
            sample: Preparation::default(),
            frames: Frames::default(),
            masks: false,
            detector_weights: String::new(),
        };
        let sample = &settings.to_value()["sample"];
        assert_eq!(sample["compute_defocus"], true);
        let method = scade_defocus::Method::deserialize(&sample["defocus"]).unwrap();
        assert_eq!(method, Preparation::default().defocus);
        assert_eq!(StoreSettings::from_value(&settings.to_value()).unwrap(), settings);
        assert!(settings.to_value().get("masks").is_none(), "older stores stay as they are");
    }

    #[test]
    fn a_store_finds_its_file_formats_where_it_looks_for_them() {
        let files = scade_data::Files { maps: scade_data::MapFormat::Png, ..Default::default() };
        let sample = Preparation { files, ..Preparation::default() };
        let config = Config { preparation: sample.clone(), ..Config::default() };
        let frames = config.frames.clone();
        let settings = StoreSettings { sample, frames, masks: true, detector_weights: "".into() };
        let value = settings.to_value();
        let found = value.pointer(scade_data::Files::PLACE).unwrap();
        assert_eq!(found, &serde_json::to_value(files).unwrap());
    }
}
