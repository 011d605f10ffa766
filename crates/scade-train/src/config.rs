//! The settings of a run, from a file and from flags.

use std::path::PathBuf;

use burn::tensor::DType;
use burn::tensor::backend::Backend;
use scade_data::{AugmentConfig, BlendConfig};
use scade_model::NetworkConfig;
use scade_settings::{SettingError, Within, require};
use serde::{Deserialize, Serialize};

use crate::{Algorithm, Balance, LossConfig, Maps, ScheduleConfig};

/// Settings of one training run. The defaults are the recipe of SCADE-Net.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The prepared dataset.
    pub data: PathBuf,
    /// Folder that gets a new run folder, `run-1`, `run-2` ….
    pub output: PathBuf,
    /// Random seed of initial weights, dropout, order and augmentation.
    pub seed: u64,
    /// Maximum number of epochs.
    pub epochs: u64,
    /// Batch size per device.
    pub batch_size: usize,
    /// Data-loader threads; 0 loads on the training thread.
    pub workers: usize,
    /// Maximum number of samples per video, spread evenly over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_frames_per_video: Option<usize>,
    /// Source of the defocus maps.
    pub maps: Maps,
    /// Checkpoints that are kept: the newest, and earlier ones in case it is damaged.
    pub keep_checkpoints: usize,
    /// A control experiment: the labels of training and validation videos are permuted, so that a sound
    /// pipeline must end at chance on the test set.
    pub shuffle_labels: bool,
    /// Train although subsets of the split share videos, identities or source clips. Metrics on validation
    /// and test set are then too good.
    pub allow_leaks: bool,
    /// How the imbalance of the classes is corrected.
    pub balance: Balance,
    /// The network.
    pub network: NetworkConfig,
    /// What is minimized.
    pub loss: LossConfig,
    /// How it is minimized.
    pub optimizer: OptimizerConfig,
    /// The learning rate over time.
    pub schedule: ScheduleConfig,
    /// When to stop before the last epoch.
    pub early_stopping: EarlyStopping,
    /// Random changes of the training samples.
    pub augment: AugmentConfig,
    /// Train on self-blended pairs of the real samples instead of the dataset's forgeries. The validation
    /// set is made of pairs as well; the test set only if it has no forgeries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_blend: Option<BlendConfig>,
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
    /// Floating-point type of the network's activations; weights, batch statistics and losses stay single.
    #[serde(skip_serializing_if = "Precision::is_single")]
    pub precision: Precision,
    /// Maximum norm of the network's gradient, parameters of losses excluded; 0 does not clip.
    pub clip_norm: f64,
    /// Gradient accumulation steps: batches per device whose mean gradient makes one optimizer step.
    /// Formerly `accumulate`.
    #[serde(alias = "accumulate")]
    pub gradient_accumulation: usize,
    /// Decay of an exponential moving average of the weights (EMA weights), which is then validated, tested
    /// and kept; 0 keeps the weights themselves.
    pub ema_decay: f64,
}

/// Floating-point type of convolutions, activations and pooling during training.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// 32 bits.
    #[default]
    Single,
    /// 16 bits, of which 8 are the exponent: the range of single precision, so that no loss scaling is
    /// needed. Not on every backend.
    Bfloat16,
}

impl Precision {
    /// Omitted from files then: those of earlier versions do not have the key.
    fn is_single(&self) -> bool {
        *self == Self::Single
    }

    /// Checks that the backend supports it.
    ///
    /// # Errors
    /// [`Error::Setting`].
    pub(crate) fn check<B: Backend>(self, device: &B::Device) -> Result<(), SettingError> {
        if self == Self::Single || B::supports_dtype(device, DType::BF16) {
            return Ok(());
        }
        let (setting, expected) = ("optimizer.precision", "single on this backend");
        Err(SettingError::new(setting, expected, "bfloat16"))
    }
}

/// When a validation AUC without a gain ends the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// Patience in epochs; 0 disables early stopping.
    pub patience: u64,
    /// Minimum gain of AUC that counts.
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
            self_blend: None,
        }
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
            gradient_accumulation: 1,
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
    pub fn validate(&self) -> Result<(), SettingError> {
        let at_least_1 = |setting, value: u64| require(value >= 1, setting, "at least 1", value);
        at_least_1("epochs", self.epochs)?;
        at_least_1("batch_size", self.batch_size as u64)?;
        at_least_1("max_frames_per_video", self.max_frames_per_video.unwrap_or(1) as u64)?;
        at_least_1("keep_checkpoints", self.keep_checkpoints as u64)?;
        let optimizer = &self.optimizer;
        at_least_1("optimizer.gradient_accumulation", optimizer.gradient_accumulation as u64)?;
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
            ("early_stopping.min_delta", self.early_stopping.min_delta),
        ] {
            require(value >= 0.0 && value.is_finite(), setting, "at least 0", value)?;
        }
        self.schedule.validate(lr)?;
        self.loss.validate(self.network.feature_dim())?;
        self.network.validate().within("network")?;
        self.augment.validate().within("augment")?;
        if let Some(blend) = &self.self_blend {
            blend.validate().within("self_blend")?;
            let even = self.batch_size.is_multiple_of(2);
            require(even, "batch_size", "even with self_blend", self.batch_size)?;
            // The labels of a pair are made, not read: there is nothing to permute.
            let shuffled = self.shuffle_labels;
            require(!shuffled, "shuffle_labels", "false with self_blend", shuffled)?;
        }
        let stale = self.maps == Maps::Stored
            && self.network.input_channels() == 4
            && (self.augment.changes_blur() || self.self_blend.is_some());
        let expected =
            "`on-the-fly` with augment.degrade or self_blend, which change what the maps measure";
        require(!stale, "maps", expected, "`stored`")
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
    fn former_names_of_settings_are_accepted() {
        let text = "maps = \"live\"\n[optimizer]\naccumulate = 4\n";
        let config: Config = toml::from_str(text).unwrap();
        assert_eq!((config.maps, config.optimizer.gradient_accumulation), (Maps::OnTheFly, 4));
    }

    #[test]
    fn numbers_out_of_range_are_named() {
        let mut config = Config { batch_size: 0, ..Config::default() };
        assert!(config.validate().unwrap_err().to_string().starts_with("batch_size must be"));
        config = Config::default();
        config.optimizer.learning_rate = f64::NAN;
        assert!(config.validate().unwrap_err().to_string().contains("learning_rate"));
        config = Config::default();
        config.loss.lambda = -1.0;
        assert!(config.validate().unwrap_err().to_string().starts_with("loss.lambda must be"));
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

    /// A crop blurred by augmentation must not come with the map of the sharp one.
    #[test]
    fn stored_maps_are_refused_where_crops_are_blurred() {
        let mut config = Config::default();
        config.augment.degrade.blur_prob = 0.5;
        let text = config.validate().unwrap_err().to_string();
        assert!(text.starts_with("maps must be `on-the-fly`"), "{text}");
        config.network.set_input_channels(3);
        config.validate().unwrap();
        config.network.set_input_channels(4);
        config.maps = Maps::OnTheFly;
        config.validate().unwrap();
    }
}
