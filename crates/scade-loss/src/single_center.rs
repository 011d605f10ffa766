//! Single-center loss: real faces are pulled to one learned center, fakes pushed away from it.

use burn::module::{Module, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{Distribution, Tensor};
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::{FeatureLoss, FeatureLossConfig};

/// Squared distances below this are clamped, without a gradient: the gradient of a square root is infinite
/// at 0, and infinity times zero would propagate as NaN.
const SMALLEST_SQUARED_DISTANCE: f64 = 1e-12;

/// The formula. `M_real` and `M_fake` are the mean distances of the two classes to the center.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SingleCenterForm {
    /// `max(0, margin - alpha·(M_fake - M_real))`, the form of the published SCADE-Net. It is zero
    /// once the distances differ by `margin / alpha`, even if the real faces are scattered.
    Published {
        /// The hinge; positive.
        #[serde(default = "published_margin")]
        margin: f64,
        /// Weight of the difference; positive.
        #[serde(default = "published_alpha")]
        alpha: f64,
    },
    /// `M_real + max(0, M_real - M_fake + margin·√dim)`, equation 3 of
    /// [Li et al. 2021](https://arxiv.org/abs/2103.09096); it also pulls the real faces together.
    Paper {
        /// The hinge, per square root of the feature dimension; positive.
        #[serde(default = "paper_margin")]
        margin: f64,
    },
}

fn published_margin() -> f64 {
    0.5
}

fn published_alpha() -> f64 {
    0.5
}

fn paper_margin() -> f64 {
    0.3
}

impl Default for SingleCenterForm {
    fn default() -> Self {
        Self::Published { margin: published_margin(), alpha: published_alpha() }
    }
}

/// Settings of a [`SingleCenterLoss`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SingleCenterLossConfig {
    /// The formula and its numbers.
    pub form: SingleCenterForm,
    /// Length of the feature vector and of the center.
    pub feature_dim: usize,
}

impl Default for SingleCenterLossConfig {
    fn default() -> Self {
        Self { form: SingleCenterForm::default(), feature_dim: 1024 }
    }
}

/// The loss with its center, a parameter trained together with the network.
#[derive(Module, Debug)]
pub struct SingleCenterLoss<B: Backend> {
    /// The center of the real faces, `[feature_dim]`.
    pub center: Param<Tensor<B, 1>>,
    #[module(skip)]
    form: SingleCenterForm,
}

impl SingleCenterLossConfig {
    /// Checks the numbers.
    ///
    /// # Errors
    /// If a margin, `alpha` or the dimension is not positive.
    pub fn validate(&self) -> Result<(), SettingError> {
        let positive =
            |path, got: f64| require(got.is_finite() && got > 0.0, path, "positive", got);
        positive("feature_dim", self.feature_dim as f64)?;
        match self.form {
            SingleCenterForm::Published { margin, alpha } => {
                positive("form.margin", margin)?;
                positive("form.alpha", alpha)
            }
            SingleCenterForm::Paper { margin } => positive("form.margin", margin),
        }
    }

    /// A loss whose center is sampled from a normal distribution of standard deviation 0.01.
    pub fn init<B: Backend>(&self, device: &B::Device) -> SingleCenterLoss<B> {
        let center = Tensor::random([self.feature_dim], Distribution::Normal(0.0, 0.01), device);
        SingleCenterLoss { center: Param::from_tensor(center), form: self.form }
    }
}

impl<B: Backend> SingleCenterLoss<B> {
    /// The loss of a batch. A class that is absent from the batch has mean distance 0, as in the published
    /// system.
    ///
    /// # Shapes
    /// - `features`: `[batch, feature_dim]`
    /// - `labels`: `[batch, 1]`, exactly 0 (real) or 1 (fake)
    /// - output: `[1]`
    ///
    /// # Panics
    /// If features and center differ in length, or features and labels in batch size.
    pub fn forward(&self, features: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1> {
        let [batch, dim] = features.dims();
        let [center_dim] = self.center.dims();
        assert_eq!(dim, center_dim, "features have {dim} values, the center {center_dim}");
        assert_eq!(labels.dims(), [batch, 1], "labels must be [batch, 1]");

        let distances = self.distances(features);
        let real = class_mean(distances.clone(), -labels.clone() + 1.0);
        let fake = class_mean(distances, labels);
        match self.form {
            SingleCenterForm::Published { margin, alpha } => {
                ((real - fake) * alpha + margin).clamp_min(0.0)
            }
            SingleCenterForm::Paper { margin } => {
                let margin = margin * (dim as f64).sqrt();
                real.clone() + (real - fake + margin).clamp_min(0.0)
            }
        }
    }

    /// Euclidean distance of each sample to the center.
    ///
    /// # Shapes
    /// - `features`: `[batch, feature_dim]`
    /// - output: `[batch, 1]`
    pub fn distances(&self, features: Tensor<B, 2>) -> Tensor<B, 2> {
        let offsets = features - self.center.val().unsqueeze();
        offsets.square().sum_dim(1).clamp_min(SMALLEST_SQUARED_DISTANCE).sqrt()
    }
}

impl FeatureLossConfig for SingleCenterLossConfig {
    type Loss<B: Backend> = SingleCenterLoss<B>;

    fn validate(&self) -> Result<(), SettingError> {
        self.validate()
    }

    fn feature_dim(&self) -> Option<usize> {
        Some(self.feature_dim)
    }

    fn init<B: Backend>(&self, device: &B::Device) -> SingleCenterLoss<B> {
        self.init(device)
    }
}

impl<B: Backend> FeatureLoss<B> for SingleCenterLoss<B> {
    fn forward(&self, features: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1> {
        self.forward(features, labels)
    }
}

/// Mean of `distances` over the samples whose `membership` is 1; 0 when there are none.
fn class_mean<B: Backend>(distances: Tensor<B, 2>, membership: Tensor<B, 2>) -> Tensor<B, 1> {
    let count = membership.clone().sum().clamp_min(1.0);
    (distances * membership).sum() / count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cpu, Training, leaf};

    fn loss(form: SingleCenterForm, center: Vec<f32>) -> SingleCenterLoss<Training> {
        let dim = center.len();
        SingleCenterLoss { center: Param::from_tensor(leaf(center, [dim])), form }
    }

    /// Value, gradient of the features, gradient of the center.
    fn run(
        loss: &SingleCenterLoss<Training>,
        features: Vec<f32>,
        labels: Vec<f32>,
    ) -> (f32, Vec<f32>, Vec<f32>) {
        let (batch, [dim]) = (labels.len(), loss.center.dims());
        let features = leaf(features, [batch, dim]);
        let value = loss.forward(features.clone(), leaf(labels, [batch, 1]));
        let gradients = value.backward();
        let by_features = features.grad(&gradients).unwrap().into_data().to_vec().unwrap();
        let by_center = loss.center.val().grad(&gradients).unwrap().into_data().to_vec().unwrap();
        (value.into_scalar(), by_features, by_center)
    }

    #[test]
    fn a_sample_on_the_center_gives_no_nan() {
        for form in [SingleCenterForm::default(), SingleCenterForm::Paper { margin: 0.3 }] {
            for labels in [vec![0.0, 1.0], vec![0.0, 0.0], vec![1.0, 1.0]] {
                let loss = loss(form, vec![0.5, -0.25]);
                let (value, by_features, by_center) =
                    run(&loss, vec![0.5, -0.25, 2.0, 1.0], labels);
                assert!(value.is_finite());
                assert_eq!(by_features[..2], [0.0, 0.0]);
                assert!(by_features.iter().chain(&by_center).all(|g| g.is_finite()));
            }
        }
    }

    #[test]
    fn the_center_is_initialized_small_and_trained() {
        let config = SingleCenterLossConfig::default();
        let loss = config.init::<Cpu>(&Default::default());
        assert_eq!(loss.num_params(), 1024);
        let center: Vec<f32> = loss.center.val().into_data().to_vec().unwrap();
        let deviation = (center.iter().map(|c| c * c).sum::<f32>() / 1024.0).sqrt();
        assert!((0.009..0.011).contains(&deviation), "{deviation}");
        assert!(config.init::<Training>(&Default::default()).center.val().is_require_grad());
    }

    #[test]
    fn a_file_needs_the_form_and_non_default_settings_only() {
        let parse = serde_json::from_str::<SingleCenterLossConfig>;
        assert_eq!(parse("{}").unwrap(), SingleCenterLossConfig::default());
        let paper = parse(r#"{"form": {"name": "paper"}}"#).unwrap();
        assert_eq!(paper.form, SingleCenterForm::Paper { margin: 0.3 });
        assert!(parse(r#"{"form": {"name": "paper", "alpha": 1}}"#).is_err());
        assert!(parse(r#"{"dim": 1024}"#).is_err());
        let negative = parse(r#"{"form": {"name": "published", "margin": -1}}"#).unwrap();
        assert_eq!(negative.validate().unwrap_err().path, "form.margin");
    }
}
