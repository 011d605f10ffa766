//! The losses of a step: the list of those on features, and the forms in which their values travel.
//!
//! A further loss on features is one file of `scade-loss` and one line of the list at the end of this
//! file: its module implements [`FeatureLoss`], its settings [`FeatureLossConfig`]. Everything that reports losses goes by [`StepLosses::named`].

use burn::module::Module;
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use scade_loss::{ClassificationLoss, FeatureLoss, FeatureLossConfig};
use scade_model::{Network, Output};
use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use scade_settings::{SettingError, Within, require};

use crate::Config;

/// What is minimized, and how.
#[derive(Debug, Clone)]
pub(crate) struct Objective {
    pub(crate) loss: LossConfig,
    pub(crate) precision: crate::Precision,
}

impl Objective {
    /// By `config`, with a classification loss that may have been weighted for its data.
    pub(crate) fn new(config: &Config, classification: ClassificationLoss) -> Self {
        let loss = LossConfig { classification, ..config.loss.clone() };
        Self { loss, precision: config.optimizer.precision }
    }
}

/// Losses and gradient norm of one step, still on the device.
#[derive(Debug, Clone)]
pub(crate) struct StepTensors<B: Backend> {
    /// Means over the batches of the step.
    pub(crate) losses: BatchLosses<B>,
    /// `[1]`: Euclidean norm over the network's parameters before clipping; the parameters of losses
    /// are excluded.
    pub(crate) gradient_norm: Tensor<B, 1>,
}

impl<B: Backend> StepTensors<B> {
    /// `[StepLosses::COUNT]`, in the order of [`StepLosses::NAMES`].
    pub(crate) fn flatten(self) -> Tensor<B, 1> {
        Tensor::cat(vec![self.losses.flatten(), self.gradient_norm], 0)
    }
}

impl StepLosses {
    /// Name and value of each, as in [`Self::NAMES`].
    pub fn named(self) -> impl Iterator<Item = (&'static str, f64)> {
        Self::NAMES.into_iter().zip(self.values())
    }
}

/// As keys of an [`EpochRecord`](crate::EpochRecord): `train_loss`, `train_classification_loss`, …
impl Serialize for StepLosses {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Self::COUNT))?;
        for (key, value) in Self::KEYS.iter().zip(self.values()) {
            map.serialize_entry(key, &value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for StepLosses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = StepLosses;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "the losses {}", StepLosses::KEYS.join(", "))
            }

            /// A loss that is not in the file was not part of that run: 0.
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<StepLosses, A::Error> {
                let mut values = [0.0; StepLosses::COUNT];
                while let Some((key, value)) = map.next_entry::<String, f64>()? {
                    let place = StepLosses::KEYS.iter().position(|known| *known == key);
                    if let Some(slot) = place.and_then(|place| values.get_mut(place)) {
                        *slot = value;
                    }
                }
                Ok(StepLosses::from_values(values))
            }
        }
        deserializer.deserialize_struct("StepLosses", &Self::KEYS, Keys)
    }
}

macro_rules! losses_on_features {
    ($(
        $(#[$doc:meta])*
        $name:ident: $loss:ident, settings $config:ident, weight $weight:ident = $default:literal;
    )+) => {
        /// The classification loss plus each loss on the features times its weight.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct LossConfig {
            /// The loss on the logit.
            pub classification: ClassificationLoss,
            $(
                $(#[$doc])*
                pub $name: scade_loss::$config,
                #[doc = concat!("Weight of `", stringify!($name), "`, at least 0; 0 disables it.")]
                pub $weight: f64,
            )+
        }

        impl Default for LossConfig {
            fn default() -> Self {
                let classification = ClassificationLoss::default();
                Self { classification, $($name: scade_loss::$config::default(), $weight: $default,)+ }
            }
        }

        impl LossConfig {
            /// Checks the settings of each loss, and that it takes features of the network's length.
            ///
            /// # Errors
            /// Names the first setting that is out of its range.
            pub(crate) fn validate(&self, feature_dim: usize) -> Result<(), SettingError> {
                self.classification.validate().within("loss.classification")?;
                $(
                    let weight = self.$weight;
                    let setting = concat!("loss.", stringify!($weight));
                    require(weight >= 0.0 && weight.is_finite(), setting, "at least 0", weight)?;
                    FeatureLossConfig::validate(&self.$name)
                        .within(concat!("loss.", stringify!($name)))?;
                    let dim = FeatureLossConfig::feature_dim(&self.$name).unwrap_or(feature_dim);
                    let setting = concat!("loss.", stringify!($name), ".feature_dim");
                    let expected = format!("{feature_dim}, the length of the network's features");
                    require(dim == feature_dim, setting, expected, dim)?;
                )+
                Ok(())
            }
        }

        /// Everything that is trained, as one module: the network and the parameters of the losses.
        #[derive(Module, Debug)]
        pub(crate) struct TrainModule<B: Backend> {
            pub(crate) network: Network<B>,
            $(pub(crate) $name: scade_loss::$loss<B>,)+
        }

        impl<B: Backend> TrainModule<B> {
            pub(crate) fn init(config: &Config, device: &B::Device) -> Self {
                Self {
                    network: config.network.init(device),
                    $($name: FeatureLossConfig::init(&config.loss.$name, device),)+
                }
            }

            /// The losses of a batch; a loss of weight 0 is not computed.
            ///
            /// # Shapes
            /// - labels: `[batch, 1]`
            pub(crate) fn losses(
                &self,
                loss: &LossConfig,
                output: Output<B>,
                labels: Tensor<B, 2>,
            ) -> BatchLosses<B> {
                let classification = loss.classification.forward(output.logits, labels.clone());
                let mut total = classification.clone();
                $(
                    let mut $name = classification.zeros_like();
                    if loss.$weight > 0.0 {
                        $name = FeatureLoss::forward(&self.$name, output.features.clone(), labels.clone());
                        total = total + $name.clone().mul_scalar(loss.$weight);
                    }
                )+
                BatchLosses { total, classification, $($name,)+ }
            }
        }

        /// The losses of a batch, or sums of those of several, on the device; each `[1]`.
        #[derive(Debug, Clone)]
        pub(crate) struct BatchLosses<B: Backend> {
            pub(crate) total: Tensor<B, 1>,
            pub(crate) classification: Tensor<B, 1>,
            $(pub(crate) $name: Tensor<B, 1>,)+
        }

        impl<B: Backend> BatchLosses<B> {
            /// How many there are.
            pub(crate) const COUNT: usize = 2 + [$(stringify!($name)),+].len();

            /// Each of them changed by `f`.
            pub(crate) fn map<C: Backend>(
                self,
                f: impl Fn(Tensor<B, 1>) -> Tensor<C, 1>,
            ) -> BatchLosses<C> {
                BatchLosses {
                    total: f(self.total),
                    classification: f(self.classification),
                    $($name: f(self.$name),)+
                }
            }

            /// The sum of each with that of `other`.
            pub(crate) fn plus(self, other: Self) -> Self {
                Self {
                    total: self.total + other.total,
                    classification: self.classification + other.classification,
                    $($name: self.$name + other.$name,)+
                }
            }

            /// `[COUNT]`, in the order of [`StepLosses::NAMES`].
            pub(crate) fn flatten(self) -> Tensor<B, 1> {
                Tensor::cat(vec![self.total, self.classification, $(self.$name,)+], 0)
            }

            /// The inverse of [`Self::flatten`].
            pub(crate) fn unflatten(flat: &Tensor<B, 1>) -> Self {
                let mut places = 0..Self::COUNT;
                let mut next = || {
                    // The struct has as many fields as there are places.
                    let place = places.next().unwrap_or_default();
                    flat.clone().narrow(0, place, 1)
                };
                Self { total: next(), classification: next(), $($name: next(),)+ }
            }
        }

        /// The losses of one step, or their means over several, with the norm of the gradient.
        #[derive(Debug, Clone, Copy, Default, PartialEq)]
        pub struct StepLosses {
            /// Classification loss plus the weighted losses on features.
            pub total: f64,
            /// Mean classification loss.
            pub classification: f64,
            $(
                #[doc = concat!("Mean of `", stringify!($name), "`, before its weight.")]
                pub $name: f64,
            )+
            /// Euclidean norm of the network's gradient before clipping.
            pub gradient_norm: f64,
        }

        impl StepLosses {
            /// How many values there are.
            pub const COUNT: usize = Self::NAMES.len();

            /// Their names, as reported by step.
            pub const NAMES: [&'static str; 3 + [$(stringify!($name)),+].len()] = [
                "loss",
                "classification_loss",
                $(concat!(stringify!($name), "_loss"),)+
                "gradient_norm",
            ];

            /// Their keys in `history.jsonl`, which is written by epoch.
            pub(crate) const KEYS: [&'static str; Self::COUNT] = [
                "train_loss",
                "train_classification_loss",
                $(concat!("train_", stringify!($name), "_loss"),)+
                "gradient_norm",
            ];

            /// In the order of [`Self::NAMES`].
            pub(crate) fn values(self) -> [f64; Self::COUNT] {
                [self.total, self.classification, $(self.$name,)+ self.gradient_norm]
            }

            /// The inverse of [`Self::values`].
            pub(crate) fn from_values(values: [f64; Self::COUNT]) -> Self {
                let [total, classification, $($name,)+ gradient_norm] = values;
                Self { total, classification, $($name,)+ gradient_norm }
            }
        }
    };
}

losses_on_features! {
    /// The single-center loss: real faces gather around a learned center.
    single_center: SingleCenterLoss, settings SingleCenterLossConfig, weight lambda = 0.1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_keep_their_order() {
        let losses =
            StepLosses { total: 1.0, classification: 2.0, single_center: 3.0, gradient_norm: 4.0 };
        assert_eq!(StepLosses::from_values(losses.values()), losses);
        let named: Vec<_> = losses.named().collect();
        let expected = [
            ("loss", 1.0),
            ("classification_loss", 2.0),
            ("single_center_loss", 3.0),
            ("gradient_norm", 4.0),
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn flat_losses_come_back_as_they_were() {
        type B = burn::backend::Flex;
        let tensor = |value: f32| Tensor::<B, 1>::from_floats([value], &Default::default());
        let losses = BatchLosses {
            total: tensor(1.0),
            classification: tensor(2.0),
            single_center: tensor(3.0),
        };
        let again = BatchLosses::unflatten(&losses.flatten());
        let values = [again.total, again.classification, again.single_center];
        assert_eq!(values.map(|value| value.into_scalar()), [1.0, 2.0, 3.0]);
    }
}
