//! What a run was made for, so that nothing else is taken for its continuation.

use burn::tensor::backend::AutodiffBackend;
use scade_data::{Store, differences};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::trainee::Trainee;
use crate::{Config, Error, flat};

/// Settings and data of a run. A checkpoint continues a run of the same origin only: with another
/// split it would be tested on what it was trained on, with other settings it would end as neither
/// of the two runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// SHA-256 of the store's preparation.
    pub(crate) preparation: String,
    /// SHA-256 of the store's split.
    pub(crate) split: String,
    /// Everything that decides what is learnt.
    pub(crate) settings: toml::Table,
}

/// Settings that may change while a run goes on: where things lie, how much of it is kept, how many
/// threads work, when it ends.
const FREE: [&str; 6] =
    ["data", "output", "workers", "epochs", "keep_checkpoints", "early_stopping"];

impl Origin {
    pub(crate) fn new(store: &Store, config: &Config, devices: usize) -> Result<Self, Error> {
        let unusable = |reason: &dyn std::fmt::Display| Error::Checkpoint {
            path: store.root().to_owned(),
            reason: reason.to_string(),
        };
        let digest = |value: serde_json::Result<Vec<u8>>| {
            value.map(|bytes| sha256(&bytes)).map_err(|e| unusable(&e))
        };
        let mut settings = toml::Table::try_from(config).map_err(|e| unusable(&e))?;
        settings.retain(|name, _| FREE.iter().all(|free| name != *free));
        // Each of them adds a batch to every step.
        settings.insert("devices".into(), toml::Value::Integer(devices as i64));
        Ok(Self {
            preparation: digest(serde_json::to_vec(store.written_spec()))?,
            split: digest(serde_json::to_vec(&store.splits()?))?,
            settings,
        })
    }

    /// Of what a run is about to do: settings, data, weights and finished steps, and the kind of backend.
    pub(crate) fn fingerprint<B: AutodiffBackend>(
        &self,
        trainee: &Trainee<B>,
        steps: u64,
    ) -> [u8; 32] {
        let mut digest = Sha256::new();
        // Strings, numbers and tables always have a text.
        digest.update(toml::to_string(self).unwrap_or_default());
        digest.update(B::name(&trainee.single_center.center.device()));
        digest.update(steps.to_le_bytes());
        for weight in flat::weights(trainee) {
            digest.update(weight.to_le_bytes());
        }
        digest.finalize().into()
    }

    /// What keeps a checkpoint of origin `got` from continuing this run.
    pub(crate) fn difference(&self, got: &Self) -> Option<String> {
        if self.preparation != got.preparation {
            return Some("the preparation of the store is another one than it was made for".into());
        }
        if self.split != got.split {
            return Some("the split of the store is another one than it was made for".into());
        }
        // In memory both ways are exact.
        let [own, other] =
            [self, got].map(|origin| serde_json::to_value(&origin.settings).unwrap_or_default());
        Some(differences(&own, &other).first()?.to_string())
    }
}

/// In hexadecimal digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
