//! The detectors that come with this crate.

use std::path::PathBuf;

use burn::tensor::backend::Backend;
use scade_model::{BundleError, ModelBundle, Network};
use scade_sample::DatasetSpec;

/// A trained detector that is part of this crate: `detectors/<name>` in its source, with a model card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltinDetector {
    /// Its name.
    pub name: &'static str,
    /// The model card in Markdown: training data and method, measured performance, limits, license.
    pub model_card: &'static str,
    description: &'static str,
    weights: &'static [u8],
}

impl BuiltinDetector {
    /// The detector of [`Detector::builtin`](crate::Detector::builtin): SCADE-Net on red, green and blue,
    /// trained on real photographs and self-blended images of them.
    pub const DEFAULT: Self = Self {
        name: "scade-net",
        model_card: include_str!("../detectors/scade-net/MODEL_CARD.md"),
        description: include_str!("../detectors/scade-net/detector.json"),
        weights: include_bytes!("../detectors/scade-net/model.safetensors"),
    };

    /// SHA-256 of its weights, as 64 hexadecimal digits.
    #[must_use]
    pub fn weights_digest(&self) -> String {
        scade_fs::sha256_hex(self.weights)
    }

    /// The parts of a detector, and the name of the folder that its errors are about.
    pub(crate) fn parse<B: Backend>(
        &self,
        device: &B::Device,
    ) -> Result<(ModelBundle<DatasetSpec>, Network<B>, PathBuf), BundleError> {
        let folder = PathBuf::from(format!("the built-in detector {}", self.name));
        let (bundle, network) =
            ModelBundle::from_bytes(self.description, self.weights, &folder, device)?;
        Ok((bundle, network, folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn the_built_in_detector_is_complete_and_has_the_default_network() {
        let detector = BuiltinDetector::DEFAULT;
        let (bundle, network, _) = detector.parse::<Flex>(&Default::default()).unwrap();
        assert!(bundle.threshold.is_some());
        assert_eq!(bundle.network.input_channels(), bundle.spec.sample.channels().min(3));
        let images = burn::tensor::Tensor::<Flex, 4>::zeros([1, 3, 256, 256], &Default::default());
        let logit: f32 = network.forward(images).logits.into_scalar();
        assert!(logit.is_finite());
        for section in ["Intended use", "Training data", "Limits", "License"] {
            assert!(detector.model_card.contains(section), "{section}");
        }
    }
}
