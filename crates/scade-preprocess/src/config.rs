//! What a run of the program is told, from a file and from flags.

use std::path::{Path, PathBuf};

use scade_data::{DatasetSpec, FileFormats, SplitRatios, SplitRule, Tree};
use scade_sample::{FaceSelection, FrameSampling, SampleSpec};
use scade_settings::{SettingError, Within, require};
use serde::{Deserialize, Serialize};

use crate::{Error, Layout, Shard};

/// Settings of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the dataset; the list itself for the layout `csv`.
    pub dataset: PathBuf,
    /// How the dataset lies there.
    pub layout: Layout,
    /// Which of several compressions: `raw`, `c0`, `c23` or `c40`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// Folder with the official `train.json`, `val.json` and `test.json` of FaceForensics++.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub official_split: Option<PathBuf>,
    /// Folder of the store to fill.
    pub output: PathBuf,
    /// Which files the store holds: `1` or `published`.
    pub layout_version: Tree,
    /// Which frames are looked at.
    pub frames: FrameSampling,
    /// Let the dataset's masks decide which faces of a fake are samples, and keep them.
    pub masks: bool,
    /// What a sample looks like.
    pub preparation: SampleSpec,
    /// Who trains and who is tested.
    pub split: Split,
    /// Videos in work at the same time; 0 is one per core.
    pub jobs: usize,
    /// Prepare only this share of the videos, into a store of its own. Never from a file: it is
    /// what tells the runs of one file apart.
    #[serde(skip)]
    pub shard: Shard,
}

/// How videos are divided into training, validation and test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Split {
    /// What may not be in two parts.
    pub rule: SplitRule,
    /// Share of the videos for validation.
    pub val: f64,
    /// Share of the videos for the test.
    pub test: f64,
    /// Seed of the shuffle.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dataset: "./dataset".into(),
            layout: Layout::default(),
            compression: None,
            official_split: None,
            output: "./preprocessed".into(),
            layout_version: Tree::default(),
            masks: false,
            frames: FrameSampling::default(),
            preparation: SampleSpec::default(),
            split: Split::default(),
            jobs: 0,
            shard: Shard::WHOLE,
        }
    }
}

impl Default for Split {
    fn default() -> Self {
        let SplitRatios { val, test } = SplitRatios::default();
        Self { rule: SplitRule::default(), val, test, seed: 42 }
    }
}

impl Split {
    /// The shares of the held-out parts.
    #[must_use]
    pub fn ratios(&self) -> SplitRatios {
        SplitRatios { val: self.val, test: self.test }
    }
}

impl Config {
    /// Checks every setting before work begins.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let Self { layout, frames, .. } = self;
        require(frames.every > 0, "frames.every", "at least 1", frames.every)?;
        require(frames.max > 0, "frames.max", "at least 1", frames.max)?;
        let compressed = matches!(layout, Layout::FaceForensics | Layout::Dfd);
        let absent = "absent for this layout";
        let got = format!("layout {layout}");
        require(self.compression.is_none() || compressed, "compression", absent, &got)?;
        let has_split = *layout == Layout::FaceForensics;
        require(self.official_split.is_none() || has_split, "official_split", absent, &got)?;
        self.split.ratios().validate().within("split")?;
        if self.layout_version == Tree::Published {
            self.validate_published()?;
        }
        self.preparation.validate().within("preparation")
    }

    /// How this run makes samples with the face detector's weights in `weights`, a converted file.
    ///
    /// # Errors
    /// Weights that cannot be read, or that are not those that the configuration names.
    pub fn spec(&self, weights: &Path) -> Result<DatasetSpec, Error> {
        let detector_weights = Some(self.preparation.check_weights(weights)?);
        let sample = SampleSpec { detector_weights, ..self.preparation.clone() };
        Ok(DatasetSpec { sample, frames: self.frames, masks: self.masks })
    }

    /// The published tree has no place for what the published program does not make.
    fn validate_published(&self) -> Result<(), SettingError> {
        let SampleSpec { faces, files, .. } = self.preparation;
        let (setting, got) = if faces == FaceSelection::All {
            ("preparation.faces", "all")
        } else if files != FileFormats::default() {
            ("preparation.files", "another format")
        } else if self.masks {
            ("masks", "true")
        } else {
            return Ok(());
        };
        Err(SettingError::new(setting, "the default in the published layout", got))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound_and_survive_a_file() {
        let config = Config::default();
        config.validate().unwrap();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
    }

    #[test]
    fn a_file_may_name_a_method_and_its_settings() {
        let text = "[preparation.defocus]\nmethod = \"band-energy\"\nnetwork = \"small\"";
        let config: Config = toml::from_str(text).unwrap();
        let defocus = serde_json::to_value(&config.preparation.defocus).unwrap();
        assert_eq!(defocus["network"], "small");
        let text = "[preparation.defocus]\nmethod = \"band-energy\"\nconstants = 999";
        let config: Config = toml::from_str(text).unwrap();
        assert!(config.validate().unwrap_err().to_string().starts_with("preparation.defocus.constants must be"));
    }
}
