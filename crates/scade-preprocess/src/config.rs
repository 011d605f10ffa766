//! What a run of the program is told, from a file and from flags.

use std::path::{Path, PathBuf};

use scade_cli::config::{put, put_all};
use scade_data::{DatasetSpec, FileFormats, Shares, SplitRule, Tree};
use scade_sample::{FaceSelection, FrameSampling, SampleSpec};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

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
        let Shares { val, test } = Shares::default();
        Self { rule: SplitRule::default(), val, test, seed: 42 }
    }
}

impl Split {
    /// The shares of the held-out parts.
    #[must_use]
    pub fn shares(&self) -> Shares {
        Shares { val: self.val, test: self.test }
    }
}

impl Config {
    /// Checks every setting before work begins.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), Error> {
        for (setting, value) in
            [("frames.every", self.frames.every), ("frames.max", self.frames.max)]
        {
            if value == 0 {
                return Err(Error::Setting { setting, expected: "at least 1", got: "0".into() });
            }
        }
        if self.compression.is_some() && !matches!(self.layout, Layout::FaceForensics | Layout::Dfd)
        {
            let (setting, got) = ("compression", format!("layout {}", self.layout));
            return Err(Error::Setting { setting, expected: "left out for this layout", got });
        }
        if self.official_split.is_some() && self.layout != Layout::FaceForensics {
            let (setting, got) = ("official_split", format!("layout {}", self.layout));
            return Err(Error::Setting { setting, expected: "left out for this layout", got });
        }
        self.split.shares().check()?;
        if self.layout_version == Tree::Published {
            self.check_published()?;
        }
        Ok(self.preparation.validate()?)
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
    fn check_published(&self) -> Result<(), Error> {
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
        Err(Error::Setting {
            setting,
            expected: "the default in the published layout",
            got: got.into(),
        })
    }

    /// The keys of the published flat configuration, in our structure. Such a file asks for the
    /// published split and defocus map, a margin in it for the published crop.
    #[must_use]
    pub fn from_published(flat: &Table) -> Table {
        let mut table = Table::new();
        put_all(&mut table, flat, &PLACES);
        put(&mut table, "split.rule", "video".into());
        put(&mut table, "preparation.defocus.method", "published".into());
        if let Some(margin) = flat.get("face_margin") {
            put(&mut table, "preparation.crop.rule", "published".into());
            put(&mut table, "preparation.crop.margin_px", margin_in_pixels(margin));
        }
        if let Some(last) = flat.get("face_detection_threshold") {
            // The published key is the threshold of the last stage; the first two are fixed.
            let thresholds = vec![Value::Float(0.6), Value::Float(0.7), last.clone()];
            put(&mut table, "preparation.detector.thresholds", Value::Array(thresholds));
        }
        table
    }
}

/// Published keys and where their values belong.
const PLACES: [(&str, &str); 15] = [
    ("dataset_root", "dataset"),
    ("preprocessed_root", "output"),
    ("max_frames_per_video", "frames.max"),
    ("frame_sampling_rate", "frames.every"),
    ("min_frames_per_video", "frames.min"),
    ("min_face_size", "preparation.detector.min_face_size"),
    ("compute_defocus", "preparation.compute_defocus"),
    ("canny_threshold1", "preparation.defocus.canny_low"),
    ("canny_threshold2", "preparation.defocus.canny_high"),
    ("edge_blur_kernel_size", "preparation.defocus.box_size"),
    ("guided_filter_radius", "preparation.defocus.guided_radius"),
    ("guided_filter_eps", "preparation.defocus.guided_eps"),
    ("val_split", "split.val"),
    ("test_split", "split.test"),
    ("random_seed", "split.seed"),
];

/// The published code turns the fraction into pixels of the output: `int(256 · 0.3)` is 76.
fn margin_in_pixels(margin: &Value) -> Value {
    let fraction = margin.as_float().or(margin.as_integer().map(|whole| whole as f64));
    fraction.map_or(margin.clone(), |fraction| Value::Integer((256.0 * fraction) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_face::CropRule;

    #[test]
    fn the_defaults_are_sound_and_survive_a_file() {
        let config = Config::default();
        config.validate().unwrap();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
    }

    #[test]
    fn published_keys_reach_their_settings() {
        let flat: Table = toml::from_str(
            "face_margin = 0.3\nface_detection_threshold = 0.8\ncanny_threshold1 = 40\n\
             frame_sampling_rate = 5\nval_split = 0.2\nbatch_size = 75\ncompute_defocus = false",
        )
        .unwrap();
        let config: Config = Config::from_published(&flat).try_into().unwrap();
        assert_eq!(config.preparation.crop, CropRule::Published { margin_px: 76 });
        assert_eq!(config.preparation.detector.thresholds, [0.6, 0.7, 0.8]);
        assert_eq!((config.frames.every, config.split.val), (5, 0.2));
        assert_eq!(config.split.rule, SplitRule::Video);
        assert_eq!(config.preparation.defocus, None);
    }

    #[test]
    fn published_keys_of_the_map_reach_its_settings() {
        let flat: Table = toml::from_str("canny_threshold1 = 40\ncompute_defocus = true").unwrap();
        let config: Config = Config::from_published(&flat).try_into().unwrap();
        let json = serde_json::to_value(&config.preparation.defocus).unwrap();
        assert_eq!(json["canny_low"], 40.0);
    }

    #[test]
    fn a_published_file_means_the_published_map() {
        let flat: Table = toml::from_str("batch_size = 75").unwrap();
        let config: Config = Config::from_published(&flat).try_into().unwrap();
        assert_eq!(config.preparation.defocus.unwrap().name(), "published");
        assert_eq!(Config::default().preparation.defocus.unwrap().name(), "band-energy");
    }

    #[test]
    fn a_file_may_name_a_method_and_its_settings() {
        let text = "[preparation.defocus]\nmethod = \"band-energy\"\nnetwork = \"small\"";
        let config: Config = toml::from_str(text).unwrap();
        let defocus = serde_json::to_value(&config.preparation.defocus).unwrap();
        assert_eq!(defocus["network"], "small");
        let text = "[preparation.defocus]\nmethod = \"band-energy\"\nconstants = 999";
        let config: Config = toml::from_str(text).unwrap();
        assert!(config.validate().unwrap_err().to_string().starts_with("constants must be"));
    }
}
