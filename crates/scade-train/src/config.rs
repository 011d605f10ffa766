//! What a run is told, from a file and from flags.

use std::path::PathBuf;

use burn::tensor::DType;
use burn::tensor::backend::Backend;
use scade_data::AugmentConfig;
use scade_loss::{ClassificationLoss, SingleCenterLossConfig};
use scade_model::NetworkConfig;
use serde::{Deserialize, Serialize};

use crate::error::require;
use crate::{Algorithm, Balance, Error, Maps, ScheduleConfig};

/// Settings of one training run. The defaults are the published recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The store of face samples.
    pub data: PathBuf,
    /// Folder that gets a new run folder, `run-1`, `run-2` ….
    pub output: PathBuf,
    /// Decides initial weights, dropout, order and augmentation.
    pub seed: u64,
    /// Most passes over the training set.
    pub epochs: u64,
    /// Samples in a step.
    pub batch_size: usize,
    /// Threads that prepare batches.
    pub workers: usize,
    /// Most samples taken from one video, spread over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_frames_per_video: Option<usize>,
    /// Where defocus maps come from.
    pub maps: Maps,
    /// Checkpoints that are kept: the newest, and others to go back to should it be damaged.
    pub keep_checkpoints: usize,
    /// A control experiment: labels of training and validation videos are dealt out at random, so
    /// that a sound pipeline must end at chance on the test set.
    pub shuffle_labels: bool,
    /// Train although videos, identities or source clips are in several parts of the split. The
    /// figures on validation and test set then flatter the detector.
    pub allow_leaks: bool,
    /// How the imbalance of the classes is met.
    pub balance: Balance,
    /// The network.
    pub network: NetworkConfig,
    /// What is minimised.
    pub loss: LossConfig,
    /// How.
    pub optimizer: OptimizerConfig,
    /// The learning rate over time.
    pub schedule: ScheduleConfig,
    /// When to stop before the last epoch.
    pub early_stopping: EarlyStopping,
    /// Random changes of the training samples.
    pub augment: AugmentConfig,
}

/// Classification plus `lambda` times the single-center loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossConfig {
    /// The loss on the logit.
    pub classification: ClassificationLoss,
    /// The loss on the features.
    pub single_center: SingleCenterLossConfig,
    /// Weight of the single-center loss; 0 leaves it out.
    pub lambda: f64,
}

/// Adam or AdamW, and clipping of the network's gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The rule by which gradients become steps.
    pub algorithm: Algorithm,
    /// Learning rate that the schedule starts from.
    pub learning_rate: f64,
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// Decay of the weights, as the algorithm does it.
    pub weight_decay: f64,
    /// In which numbers the network computes; weights, batch statistics and loss stay single.
    #[serde(skip_serializing_if = "Precision::is_single")]
    pub precision: Precision,
    /// Largest norm of the network's gradient, the centre's left out; 0 does not clip.
    pub clip_norm: f64,
    /// Batches whose mean gradient makes one step: what fits no memory at once.
    pub accumulate: usize,
    /// Decay of a moving average of the weights, which is then what is validated, tested and kept;
    /// 0 keeps the weights themselves.
    pub ema_decay: f64,
}

/// Numbers that convolutions, activations and pooling are computed in during training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    Single,
    /// 16 bits, of which 8 are the exponent's: the range of single precision, so that no loss needs to be
    /// scaled. Where the backend has it.
    Bfloat16,
}

impl Precision {
    /// Left out of files, where older ones do not have it.
    fn is_single(&self) -> bool {
        *self == Self::Single
    }

    /// Checks that the backend has it.
    ///
    /// # Errors
    /// [`Error::Setting`].
    pub(crate) fn check<B: Backend>(self, device: &B::Device) -> Result<(), Error> {
        if self == Self::Single || B::supports_dtype(device, DType::BF16) {
            return Ok(());
        }
        let (setting, expected) = ("optimizer.precision", "single on this backend");
        Err(Error::Setting { setting, expected, got: "bfloat16".into() })
    }
}

/// When an unchanging validation AUC ends the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// Epochs without a gain; 0 never stops early.
    pub patience: u64,
    /// Gain of AUC that counts.
    pub min_delta: f64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: "./preprocessed".into(),
            output: "./outputs".into(),
            seed: 42,
            epochs: 50,
            batch_size: 75,
            workers: 2,
            max_frames_per_video: None,
            maps: Maps::default(),
            keep_checkpoints: 2,
            shuffle_labels: false,
            allow_leaks: false,
            balance: Balance::default(),
            network: NetworkConfig::default(),
            loss: LossConfig::default(),
            optimizer: OptimizerConfig::default(),
            schedule: ScheduleConfig::default(),
            early_stopping: EarlyStopping::default(),
            augment: AugmentConfig::default(),
        }
    }
}

impl Default for LossConfig {
    fn default() -> Self {
        let (classification, single_center) = Default::default();
        Self { classification, single_center, lambda: 0.1 }
    }
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self {
            algorithm: Algorithm::default(),
            learning_rate: 1e-3,
            beta1: 0.9,
            beta2: 0.999,
            weight_decay: 0.0,
            precision: Precision::Single,
            clip_norm: 1.0,
            accumulate: 1,
            ema_decay: 0.0,
        }
    }
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { patience: 10, min_delta: 0.001 }
    }
}

impl Config {
    /// Checks every setting before work begins.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), Error> {
        let at_least_1 =
            |setting, value: u64| require(value >= 1, setting, "at least 1", value as f64);
        at_least_1("epochs", self.epochs)?;
        at_least_1("batch_size", self.batch_size as u64)?;
        at_least_1("max_frames_per_video", self.max_frames_per_video.unwrap_or(1) as u64)?;
        at_least_1("keep_checkpoints", self.keep_checkpoints as u64)?;
        let optimizer = &self.optimizer;
        at_least_1("optimizer.accumulate", optimizer.accumulate as u64)?;
        let lr = optimizer.learning_rate;
        require(lr > 0.0 && lr < 1.0, "optimizer.learning_rate", "between 0 and 1", lr)?;
        for (setting, beta) in [
            ("optimizer.beta1", optimizer.beta1),
            ("optimizer.beta2", optimizer.beta2),
            ("optimizer.ema_decay", optimizer.ema_decay),
        ] {
            require((0.0..1.0).contains(&beta), setting, "at least 0 and below 1", beta)?;
        }
        for (setting, value) in [
            ("optimizer.weight_decay", optimizer.weight_decay),
            ("optimizer.clip_norm", optimizer.clip_norm),
            ("loss.lambda", self.loss.lambda),
            ("early_stopping.min_delta", self.early_stopping.min_delta),
        ] {
            require(value >= 0.0 && value.is_finite(), setting, "at least 0", value)?;
        }
        self.schedule.validate(lr)?;
        self.loss.classification.validate()?;
        self.loss.single_center.validate()?;
        self.network.validate().map_err(scade_model::ArtefactError::from)?;
        let dim = self.loss.single_center.feature_dim;
        let expected = "1024, the features of the networks";
        require(
            dim == self.network.feature_dim(),
            "loss.single_center.feature_dim",
            expected,
            dim as f64,
        )?;
        self.augment.check()?;
        let stale = self.maps == Maps::Stored
            && self.network.input_channels() == 4
            && self.augment.changes_blur();
        if stale {
            let expected = "`live` with augment.degrade, which changes what the maps measure";
            let got = "`stored`".to_owned();
            return Err(Error::Setting { setting: "maps", expected, got });
        }
        Ok(())
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
    fn numbers_out_of_range_are_named() {
        let mut config = Config { batch_size: 0, ..Config::default() };
        assert!(config.validate().unwrap_err().to_string().starts_with("batch_size must be"));
        config = Config::default();
        config.optimizer.learning_rate = f64::NAN;
        assert!(config.validate().unwrap_err().to_string().contains("learning_rate"));
        config = Config::default();
        config.loss.single_center.feature_dim = 3;
        assert!(config.validate().unwrap_err().to_string().contains("feature_dim must be 1024"));
        for (schedule, setting) in [
            (ScheduleConfig::Step { every: 0, factor: 0.1, min_lr: 0.0 }, "schedule.every"),
            (ScheduleConfig::Step { every: 1, factor: -2.0, min_lr: 0.0 }, "schedule.factor"),
            (ScheduleConfig::Step { every: 1, factor: 0.1, min_lr: 0.01 }, "schedule.min_lr"),
            (ScheduleConfig::Cosine { warmup_epochs: 0, min_lr: f64::NAN }, "schedule.min_lr"),
        ] {
            config = Config { schedule, ..Config::default() };
            assert!(config.validate().unwrap_err().to_string().starts_with(setting));
        }
    }

    /// Published defect in the making: a crop blurred by augmentation with the map of the sharp one.
    #[test]
    fn stored_maps_are_refused_where_crops_are_blurred() {
        let mut config = Config::default();
        config.augment.degrade.blur_prob = 0.5;
        let text = config.validate().unwrap_err().to_string();
        assert!(text.starts_with("maps must be `live`"), "{text}");
        config.network.set_input_channels(3);
        config.validate().unwrap();
        config.network.set_input_channels(4);
        config.maps = Maps::Live;
        config.validate().unwrap();
    }
}
