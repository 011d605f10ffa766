//! Losses on the feature vector: what each implements, and the choice between them. A new one is a file
//! of its own, and one line here.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use serde::{Deserialize, Serialize};

use crate::{Error, SingleCenterLoss, SingleCenterLossConfig};

/// The settings of a loss on features, and how to make it.
pub trait FeatureLossConfig {
    /// The loss that these settings make.
    type Loss<B: Backend>: FeatureLoss<B>;

    /// Checks the settings.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    fn validate(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Length of the feature vectors that the loss is made for; `None`, the default, for any.
    fn feature_dim(&self) -> Option<usize> {
        None
    }

    /// The loss with fresh parameters, if it has any.
    fn init<B: Backend>(&self, device: &B::Device) -> Self::Loss<B>;
}

/// A loss on features. What it learns, if anything, is trained beside the network: it is a module.
pub trait FeatureLoss<B: Backend>: Module<B> {
    /// The loss of a batch.
    ///
    /// # Shapes
    /// - `features`: `[batch, feature_dim]`
    /// - `labels`: `[batch, 1]`, exactly 0 (real) or 1 (fake)
    /// - output: `[1]`
    ///
    /// # Panics
    /// When the shapes do not fit together.
    fn forward(&self, features: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1>;
}

/// Makes the enums of all losses, and passes every method on to the one that is meant.
macro_rules! feature_losses {
    ($($variant:ident, $config:ident, $loss:ident, $name:literal;)+) => {
        /// Which loss shapes the features, with its settings beside the name, as in
        /// `{ name = "single-center" }`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "name")]
        pub enum FeatureLossKind {
            $(
                #[doc = concat!("See [`", stringify!($config), "`].")]
                #[serde(rename = $name)]
                $variant($config),
            )+
        }

        /// A loss on features of any kind.
        #[derive(Module, Debug)]
        pub enum AnyFeatureLoss<B: Backend> {
            $(
                #[doc = concat!("See [`", stringify!($loss), "`].")]
                $variant($loss<B>),
            )+
        }

        impl FeatureLossKind {
            /// The name in configurations.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)+
                }
            }
        }

        impl FeatureLossConfig for FeatureLossKind {
            type Loss<B: Backend> = AnyFeatureLoss<B>;

            fn validate(&self) -> Result<(), Error> {
                match self {
                    $(Self::$variant(config) => FeatureLossConfig::validate(config),)+
                }
            }

            fn feature_dim(&self) -> Option<usize> {
                match self {
                    $(Self::$variant(config) => FeatureLossConfig::feature_dim(config),)+
                }
            }

            fn init<B: Backend>(&self, device: &B::Device) -> AnyFeatureLoss<B> {
                match self {
                    $(Self::$variant(config) => {
                        AnyFeatureLoss::$variant(FeatureLossConfig::init(config, device))
                    })+
                }
            }
        }

        impl<B: Backend> FeatureLoss<B> for AnyFeatureLoss<B> {
            fn forward(&self, features: Tensor<B, 2>, labels: Tensor<B, 2>) -> Tensor<B, 1> {
                match self {
                    $(Self::$variant(loss) => FeatureLoss::forward(loss, features, labels),)+
                }
            }
        }
    };
}

feature_losses! {
    SingleCenter, SingleCenterLossConfig, SingleCenterLoss, "single-center";
}

impl Default for FeatureLossKind {
    fn default() -> Self {
        Self::SingleCenter(SingleCenterLossConfig::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SingleCenterForm;
    use crate::testing::{Training, leaf};

    #[test]
    fn a_file_names_the_loss_and_only_what_differs() {
        let parse = serde_json::from_str::<FeatureLossKind>;
        let default = parse(r#"{"name": "single-center"}"#).unwrap();
        assert_eq!(default, FeatureLossKind::default());
        let paper = r#"{"name": "single-center", "form": {"name": "paper"}, "feature_dim": 8}"#;
        let expected = SingleCenterLossConfig {
            form: SingleCenterForm::Paper { margin: 0.3 },
            feature_dim: 8,
        };
        assert_eq!(parse(paper).unwrap(), FeatureLossKind::SingleCenter(expected));
        assert_eq!(parse(paper).unwrap().feature_dim(), Some(8));
        assert!(parse(r#"{"name": "triplet"}"#).is_err());
        assert!(parse(r#"{"name": "single-center", "margin": 1}"#).is_err());
        let text = serde_json::to_string(&default).unwrap();
        assert_eq!(parse(&text).unwrap(), default);
        assert!(text.contains(&format!("\"{}\"", default.name())), "{text}");
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let config = SingleCenterLossConfig { feature_dim: 0, ..Default::default() };
        let error = FeatureLossKind::SingleCenter(config).validate().unwrap_err();
        assert_eq!(error.field, "feature_dim");
    }

    #[test]
    fn any_loss_is_the_one_inside_and_trains_its_parameters() {
        let config = SingleCenterLossConfig { feature_dim: 2, ..Default::default() };
        let loss = FeatureLossKind::SingleCenter(config).init::<Training>(&Default::default());
        assert_eq!(loss.num_params(), 2);
        let AnyFeatureLoss::SingleCenter(inside) = &loss;
        let features = || leaf(vec![0.5, -0.25, 0.125, 1.0], [2, 2]);
        let labels = || leaf(vec![0.0, 1.0], [2, 1]);
        let value = loss.forward(features(), labels());
        let gradients = value.backward();
        assert!(inside.center.val().grad(&gradients).is_some());
        let expected = inside.forward(features(), labels()).into_scalar();
        assert_eq!(value.into_scalar(), expected);
    }
}
