//! A model bundle: a folder with all a program needs to score images as in training.
//!
//! ```text
//! <folder>/detector.json       architecture, threshold, pooling, sample specification
//! <folder>/model.safetensors   weights
//! ```

use std::path::{Path, PathBuf};

use burn::tensor::backend::Backend;
use scade_metrics::Pooling;
use scade_settings::{SettingError, Within, require};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::weights::parse;
use crate::{Error, Network, NetworkConfig, load, save};

/// Incremented whenever an older program could misread the folder.
const VERSION: u32 = 1;
const DESCRIPTION: &str = "detector.json";
const WEIGHTS: &str = "model.safetensors";

/// The description of a trained detector, without its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelBundle<S> {
    version: u32,
    /// The network.
    pub network: NetworkConfig,
    /// Score, 0..1, above which a face is classified as fake; `None` while training.
    pub threshold: Option<f64>,
    /// How the scores of the faces in a video become its score. Older bundles do not store it; theirs is
    /// [`Pooling::MaxOfTracks`].
    #[serde(default = "first_pooling")]
    pub pooling: Pooling,
    /// The sample specification of the training set, opaque to this crate. Older bundles call it
    /// `preparation`.
    #[serde(alias = "preparation")]
    pub spec: S,
}

/// The rule of bundles that do not name one.
fn first_pooling() -> Pooling {
    Pooling::MaxOfTracks
}

/// Fields that every version has.
#[derive(Deserialize)]
struct Header {
    version: u64,
}

/// A model bundle could not be loaded or saved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The folder contains no model bundle.
    #[error("{} holds no trained detector: cannot read its {DESCRIPTION}", folder.display())]
    Absent {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The description is invalid.
    #[error("cannot use {}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The description was written by another version.
    #[error("{}: expected version {VERSION}, got {got}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        got: u64,
    },
    /// A setting in the description is out of range.
    #[error(transparent)]
    Network(#[from] SettingError),
    /// The weights could not be read or written.
    #[error(transparent)]
    Weights(#[from] Error),
    /// The folder could not be written.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
}

impl<S: Serialize + DeserializeOwned> ModelBundle<S> {
    /// A description with the default pooling rule.
    #[must_use]
    pub fn new(network: NetworkConfig, threshold: Option<f64>, spec: S) -> Self {
        Self { version: VERSION, network, threshold, pooling: Pooling::default(), spec }
    }

    /// Writes description and weights into `folder`, each atomically. The weights of an earlier epoch
    /// with the same description are replaced without a moment in which they are missing.
    ///
    /// # Errors
    /// [`BundleError::Write`], [`BundleError::Weights`].
    pub fn save<B: Backend>(&self, folder: &Path, network: &Network<B>) -> Result<(), BundleError> {
        save(network, &folder.join(WEIGHTS))?;
        let path = folder.join(DESCRIPTION);
        let text = serde_json::to_string_pretty(self)
            .map_err(|source| BundleError::Description { path: path.clone(), source })?;
        Ok(scade_fs::write(&path, text + "\n")?)
    }

    /// The file with the weights of the detector in `folder`.
    #[must_use]
    pub fn weights_file(folder: &Path) -> PathBuf {
        folder.join(WEIGHTS)
    }

    /// Reads the detector in `folder`.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn load<B: Backend>(
        folder: &Path,
        device: &B::Device,
    ) -> Result<(Self, Network<B>), BundleError> {
        let path = folder.join(DESCRIPTION);
        let text = scade_fs::read_to_string(&path)
            .map_err(|source| BundleError::Absent { folder: folder.to_owned(), source })?;
        let bundle = Self::parse(&text, &path)?;
        let network = load(&bundle.network, &folder.join(WEIGHTS), device)?;
        Ok((bundle, network))
    }

    /// A detector from the contents of the two files; errors name them as if they lay in `folder`.
    ///
    /// # Errors
    /// See [`BundleError`].
    pub fn from_bytes<B: Backend>(
        description: &str,
        weights: &[u8],
        folder: &Path,
        device: &B::Device,
    ) -> Result<(Self, Network<B>), BundleError> {
        let bundle = Self::parse(description, &folder.join(DESCRIPTION))?;
        let network = parse(&bundle.network, weights, &folder.join(WEIGHTS), device)?;
        Ok((bundle, network))
    }

    fn parse(text: &str, path: &Path) -> Result<Self, BundleError> {
        let wrong = |source| BundleError::Description { path: path.to_owned(), source };
        let Header { version: got } = serde_json::from_str(text).map_err(wrong)?;
        if got != u64::from(VERSION) {
            return Err(BundleError::Version { path: path.to_owned(), got });
        }
        let bundle: Self = serde_json::from_str(text).map_err(wrong)?;
        bundle.network.validate().within("network")?;
        let threshold = bundle.threshold.unwrap_or(0.5);
        require((0.0..=1.0).contains(&threshold), "threshold", "from 0 to 1", threshold)?;
        Ok(bundle)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use burn::backend::Flex;

    type Bundle = ModelBundle<BTreeMap<String, String>>;

    fn saved() -> (tempfile::TempDir, Bundle) {
        let folder = tempfile::tempdir().unwrap();
        let spec = BTreeMap::from([("crop".to_owned(), "aligned".to_owned())]);
        let mut bundle = ModelBundle::new(NetworkConfig::default(), Some(0.4), spec);
        bundle.pooling = Pooling::Median;
        let network = bundle.network.init::<Flex>(&Default::default());
        bundle.save(folder.path(), &network).unwrap();
        (folder, bundle)
    }

    #[test]
    fn a_saved_bundle_loads_unchanged() {
        let (folder, bundle) = saved();
        let (loaded, _) = Bundle::load::<Flex>(folder.path(), &Default::default()).unwrap();
        assert_eq!(loaded, bundle);
    }

    #[test]
    fn a_bundle_without_a_pooling_rule_has_the_first_one() {
        let (folder, bundle) = saved();
        let path = folder.path().join(DESCRIPTION);
        let text = std::fs::read_to_string(&path).unwrap();
        let before = text.replace("  \"pooling\": \"median\",\n", "");
        assert_ne!(before, text);
        std::fs::write(&path, before).unwrap();
        let (loaded, _) = Bundle::load::<Flex>(folder.path(), &Default::default()).unwrap();
        assert_eq!(loaded, ModelBundle { pooling: Pooling::MaxOfTracks, ..bundle });
    }

    #[test]
    fn missing_and_invalid_files_give_different_errors() {
        let (folder, _) = saved();
        let load = || Bundle::load::<Flex>(folder.path(), &Default::default()).unwrap_err();
        let path = folder.path().join(DESCRIPTION);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"version\": 1", "\"version\": 9")).unwrap();
        assert!(matches!(load(), BundleError::Version { got: 9, .. }));
        std::fs::write(&path, text.replace("threshold", "treshold")).unwrap();
        assert!(matches!(load(), BundleError::Description { .. }));
        std::fs::write(&path, text.replace("\"threshold\": 0.4", "\"threshold\": 7.5")).unwrap();
        assert!(matches!(load(), BundleError::Network(_)));
        std::fs::write(&path, &text).unwrap();
        std::fs::remove_file(folder.path().join(WEIGHTS)).unwrap();
        assert!(matches!(load(), BundleError::Weights(_)));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(load(), BundleError::Absent { .. }));
    }
}
