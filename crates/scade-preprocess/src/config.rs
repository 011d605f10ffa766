//! Settings of a run, from a file and from flags.

use std::path::{Path, PathBuf};

use scade_data::{DatasetSpec, FileFormats, FileLayout, SplitRatios, SplitRule};
use scade_sample::{FaceSelection, FrameSampling, SampleSpec};
use scade_settings::{SettingError, Within, require};
use serde::{Deserialize, Serialize};

use crate::{Error, Identities, Layout, Shard};

/// Settings of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Folder of the dataset; the list itself for the layout `csv`.
    pub dataset: PathBuf,
    /// Dataset layout.
    pub layout: Layout,
    /// Compression to use, where there are several: `raw`, `c0`, `c23` or `c40`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression: Option<String>,
    /// What the identities of the layout `flat` are: `name`, the default, `file` or `folder`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identities: Option<Identities>,
    /// Folder with the official `train.json`, `val.json` and `test.json` of FaceForensics++.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub official_split: Option<PathBuf>,
    /// Folder of the prepared dataset.
    pub output: PathBuf,
    /// File layout of the prepared dataset: `1` or `published`.
    pub layout_version: FileLayout,
    /// Which frames are sampled.
    pub frames: FrameSampling,
    /// Extract only faces that the dataset's masks mark as forged, and store the masks.
    pub masks: bool,
    /// Specification of a sample.
    pub preparation: SampleSpec,
    /// How the videos are split.
    pub split: Split,
    /// Videos processed in parallel; 0 is one per core.
    pub jobs: usize,
    /// Process only this shard of the videos, into a folder of its own. Not in configuration files, so
    /// that all shards have the same one.
    #[serde(skip)]
    pub shard: Shard,
}

/// How videos are split into training, validation and test subset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Split {
    /// What may not be in two subsets.
    pub rule: SplitRule,
    /// Ratio of videos for validation.
    pub val: f64,
    /// Ratio of videos for the test.
    pub test: f64,
    /// Random seed of the split.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dataset: "./dataset".into(),
            layout: Layout::default(),
            compression: None,
            identities: None,
            official_split: None,
            output: "./preprocessed".into(),
            layout_version: FileLayout::default(),
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
    /// The ratios of the held-out subsets.
    #[must_use]
    pub fn ratios(&self) -> SplitRatios {
        SplitRatios { val: self.val, test: self.test }
    }
}

impl Config {
    /// Checks every setting.
    ///
    /// # Errors
    /// The first setting that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let Self { layout, frames, .. } = self;
        require(frames.every > 0, "frames.every", "at least 1", frames.every)?;
        require(frames.max > 0, "frames.max", "at least 1", frames.max)?;
        let compressed = matches!(layout, Layout::FaceForensics | Layout::Dfd);
        let absent = "absent for this layout";
        let got = format!("layout {layout}");
        require(self.compression.is_none() || compressed, "compression", absent, &got)?;
        let is_flat = *layout == Layout::Flat;
        require(self.identities.is_none() || is_flat, "identities", absent, &got)?;
        let has_split = *layout == Layout::FaceForensics;
        require(self.official_split.is_none() || has_split, "official_split", absent, &got)?;
        self.split.ratios().validate().within("split")?;
        if self.layout_version == FileLayout::Published {
            self.validate_published()?;
        }
        self.preparation.validate().within("preparation")
    }

    /// The specification of this run's samples, with the face detector's weights in `weights`, a converted
    /// file.
    ///
    /// # Errors
    /// Weights that cannot be read, or that are not those of the configuration.
    pub fn spec(&self, weights: &Path) -> Result<DatasetSpec, Error> {
        let detector_weights = Some(self.preparation.check_weights(weights)?);
        let sample = SampleSpec { detector_weights, ..self.preparation.clone() };
        Ok(DatasetSpec { sample, frames: self.frames, masks: self.masks })
    }

    /// The published layout has no files for what SCADE-Net does not produce.
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
    fn the_defaults_are_valid_and_survive_a_file() {
        let config = Config::default();
        config.validate().unwrap();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
    }

    #[test]
    fn identities_are_a_setting_of_the_flat_layout_alone() {
        let read = |text: &str| toml::from_str::<Config>(text).unwrap();
        let config = read("identities = \"folder\"");
        assert_eq!(config.identities, Some(Identities::Folder));
        config.validate().unwrap();
        let error = read("layout = \"csv\"\nidentities = \"name\"").validate().unwrap_err();
        let text = "identities must be absent for this layout, got layout csv";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn a_file_may_have_a_method_and_its_settings() {
        let text = "[preparation.defocus]\nmethod = \"band-energy\"\nnetwork = \"small\"";
        let config: Config = toml::from_str(text).unwrap();
        let defocus = serde_json::to_value(&config.preparation.defocus).unwrap();
        assert_eq!(defocus["network"], "small");
        let text = "[preparation.defocus]\nmethod = \"band-energy\"\nconstants = 999";
        let config: Config = toml::from_str(text).unwrap();
        assert!(
            config
                .validate()
                .unwrap_err()
                .to_string()
                .starts_with("preparation.defocus.constants must be")
        );
    }
}
