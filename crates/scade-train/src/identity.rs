//! The settings and data that identify a run, so that no other run is taken for its continuation.

use burn::tensor::backend::AutodiffBackend;
use scade_data::{PreparedDataset, Splits, differences};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::losses::TrainModule;
use crate::{Config, Error, flat};

/// Settings and data of a run. A checkpoint continues a run of the same identity only: with another
/// split it would be tested on what it was trained on, with other settings the result would be that of
/// neither run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunIdentity {
    /// SHA-256 of the dataset's preprocessing settings.
    pub(crate) preparation: String,
    /// SHA-256 of the dataset's split.
    pub(crate) split: String,
    /// Every setting that the weights depend on.
    pub(crate) settings: toml::Table,
}

/// Settings that may change when a run is resumed: paths, number of kept checkpoints, loader threads, and
/// when it ends.
const FREE: [&str; 6] =
    ["data", "output", "workers", "epochs", "keep_checkpoints", "early_stopping"];

/// The setting that no configuration has.
const DEVICES: &str = "devices";

fn settings_of(config: &Config) -> Result<toml::Table, toml::ser::Error> {
    let mut settings = toml::Table::try_from(config)?;
    settings.retain(|name, _| FREE.iter().all(|free| name != *free));
    Ok(settings)
}

impl RunIdentity {
    /// `devices` is their number over all ranks.
    pub(crate) fn new(
        store: &PreparedDataset,
        splits: &Splits,
        config: &Config,
        devices: usize,
    ) -> Result<Self, Error> {
        let unusable = |reason: &dyn std::fmt::Display| Error::Checkpoint {
            path: store.root().to_owned(),
            reason: reason.to_string(),
        };
        let digest = |value: serde_json::Result<Vec<u8>>| {
            value.map(|bytes| sha256(&bytes)).map_err(|e| unusable(&e))
        };
        let mut settings = settings_of(config).map_err(|e| unusable(&e))?;
        // Each of them adds a batch to every step.
        settings.insert(DEVICES.into(), toml::Value::Integer(devices as i64));
        Ok(Self {
            preparation: digest(serde_json::to_vec(store.written_spec()))?,
            split: digest(serde_json::to_vec(splits))?,
            settings,
        })
    }

    /// Digest of settings, data, weights, finished steps and the kind of backend: all ranks of a run must
    /// have the same.
    pub(crate) fn fingerprint<B: AutodiffBackend>(
        &self,
        module: &TrainModule<B>,
        steps: u64,
    ) -> [u8; 32] {
        let mut digest = Sha256::new();
        // Strings, numbers and tables always have a text.
        digest.update(toml::to_string(self).unwrap_or_default());
        digest.update(B::name(&module.device()));
        digest.update(steps.to_le_bytes());
        for weight in flat::weights(module) {
            digest.update(weight.to_le_bytes());
        }
        digest.finalize().into()
    }

    /// With settings as this version writes them: keys that were renamed have their new names, and those
    /// that are new have the defaults.
    fn up_to_date(&self) -> Self {
        let mut own = self.settings.clone();
        let devices = own.remove(DEVICES);
        // Settings that this version cannot read stay as they are, and are reported as a difference.
        let config = own.try_into::<Config>().ok();
        let settings = config.and_then(|config| settings_of(&config).ok()).map(|mut settings| {
            settings.extend(devices.map(|devices| (DEVICES.to_owned(), devices)));
            settings
        });
        Self { settings: settings.unwrap_or_else(|| self.settings.clone()), ..self.clone() }
    }

    /// What keeps a checkpoint of identity `got` from continuing this run.
    pub(crate) fn difference(&self, got: &Self) -> Option<String> {
        if self.preparation != got.preparation {
            return Some(
                "the dataset was preprocessed with other settings than those of the run".into(),
            );
        }
        if self.split != got.split {
            return Some("the split of the dataset is not that of the run".into());
        }
        // In memory both ways are exact.
        let [own, other] = [self, &got.up_to_date()]
            .map(|identity| serde_json::to_value(&identity.settings).unwrap_or_default());
        Some(differences(&own, &other).first()?.to_string())
    }
}

/// In hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A checkpoint of a version that called these settings otherwise.
    #[test]
    fn settings_of_earlier_versions_are_compared_by_their_new_names() {
        let mut config = Config::default();
        config.optimizer.gradient_accumulation = 3;
        config.maps = crate::Maps::OnTheFly;
        let mut settings = settings_of(&config).unwrap();
        settings.insert(DEVICES.into(), toml::Value::Integer(2));
        let own = RunIdentity { settings, ..RunIdentity::default() };
        let text = toml::to_string(&own).unwrap();
        let earlier = text
            .replace("gradient_accumulation = 3", "accumulate = 3")
            .replace("maps = \"on-the-fly\"", "maps = \"live\"");
        assert_eq!(earlier.matches("accumulate = 3").count(), 1, "{earlier}");
        assert_eq!(earlier.matches("\"live\"").count(), 1, "{earlier}");
        let earlier: RunIdentity = toml::from_str(&earlier).unwrap();
        assert_eq!(own.difference(&earlier), None);
        let text = text.replace("gradient_accumulation = 3", "accumulate = 4");
        let other: RunIdentity = toml::from_str(&text).unwrap();
        let difference = own.difference(&other).unwrap();
        assert!(difference.contains("`optimizer.gradient_accumulation`: expected 3, got 4"));
        let alone =
            RunIdentity { settings: settings_of(&config).unwrap(), ..RunIdentity::default() };
        assert!(own.difference(&alone).is_some_and(|text| text.contains("devices")));
    }
}
