//! The enum of architectures, as in a configuration file. A new architecture is registered here with one
//! line.

use std::str::FromStr;

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use scade_kernels::Kernels;
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::{Architecture, ArchitectureConfig, BlocksAndHead, InputShape, Layer, Output};
use crate::{Meso4, Meso4Config, ScadeNet, ScadeNetConfig};

/// Defines the enums of all architectures, which delegate every method to their variant.
macro_rules! architectures {
    ($($network:ident, $config:ident, $name:literal;)+) => {
/// An architecture with its settings, as in `architecture = "scade-net"`;
        /// [`NetworkConfig::NAMES`] lists the names.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "architecture")]
        pub enum NetworkConfig {
            $(
                #[doc = concat!("See [`", stringify!($config), "`].")]
                #[serde(rename = $name)]
                $network($config),
            )+
        }

        /// A network of any architecture.
        #[derive(Module, Debug)]
        pub enum Network<B: Backend> {
            $(
                #[doc = concat!("See [`", stringify!($network), "`].")]
                $network($network<B>),
            )+
        }

        impl NetworkConfig {
/// The names of all architectures in configurations and flags.
            pub const NAMES: &'static [&'static str] = &[$($name),+];

/// The architecture `name` with its default settings.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$network($config::default())),)+
                    _ => None,
                }
            }

/// The name for [`NetworkConfig::named`].
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$network(_) => $name,)+
                }
            }

            /// Checks the settings.
            ///
            /// # Errors
/// For the first setting out of range.
            pub fn validate(&self) -> Result<(), SettingError> {
                match self {
                    $(Self::$network(config) => config.validate(),)+
                }
            }

/// A newly initialized network.
            pub fn init<B: Backend>(&self, device: &B::Device) -> Network<B> {
                match self {
                    $(Self::$network(config) => Network::$network(config.init(device)),)+
                }
            }

/// Shape of the input images.
            #[must_use]
            pub fn input(&self) -> InputShape {
                match self {
                    $(Self::$network(config) => config.input(),)+
                }
            }

/// Sets the number of input channels.
            pub fn set_input_channels(&mut self, channels: usize) {
                match self {
                    $(Self::$network(config) => config.set_input_channels(channels),)+
                }
            }

            /// Length of the feature vector.
            #[must_use]
            pub fn feature_dim(&self) -> usize {
                match self {
                    $(Self::$network(config) => config.feature_dim(),)+
                }
            }

            /// The layer table, from the image to the logit.
            #[must_use]
            pub fn layers(&self) -> Vec<Layer> {
                match self {
                    $(Self::$network(config) => config.layers(),)+
                }
            }
        }

        impl<B: Backend> Architecture<B> for Network<B> {
            fn forward(&self, images: Tensor<B, 4>) -> Output<B>
            where
                B: Kernels,
            {
                match self {
                    $(Self::$network(network) => network.forward(images),)+
                }
            }

            fn input(&self) -> InputShape {
                match self {
                    $(Self::$network(network) => network.input(),)+
                }
            }

            fn feature_dim(&self) -> usize {
                match self {
                    $(Self::$network(network) => network.feature_dim(),)+
                }
            }

            fn for_kernels(&self) -> Option<BlocksAndHead<'_, B>> {
                match self {
                    $(Self::$network(network) => network.for_kernels(),)+
                }
            }

            fn file_name(&self, path: &str) -> String {
                match self {
                    $(Self::$network(network) => network.file_name(path),)+
                }
            }
        }
    };
}

architectures! {
    ScadeNet, ScadeNetConfig, "scade-net";
    Meso4, Meso4Config, "meso-4";
}

/// Checks the settings common to all networks.
pub(crate) fn require_common(input_channels: usize, dropout_rate: f64) -> Result<(), SettingError> {
    require(matches!(input_channels, 3 | 4), "input_channels", "3 or 4", input_channels)?;
    let holds = (0.0..1.0).contains(&dropout_rate);
    require(holds, "dropout_rate", "at least 0 and below 1", dropout_rate)
}

impl VariantNames for NetworkConfig {
    const VARIANTS: &'static [&'static str] = Self::NAMES;
}

impl FromStr for NetworkConfig {
    type Err = strum::ParseError;

    /// The architecture of this name with its default settings.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::named(name).ok_or(strum::ParseError::VariantNotFound)
    }
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self::ScadeNet(ScadeNetConfig::default())
    }
}

impl NetworkConfig {
    /// Channels of the images: red, green, blue and, where there are 4, defocus.
    #[must_use]
    pub fn input_channels(&self) -> usize {
        self.input().channels
    }
}

impl<B: Kernels> Network<B> {
    /// [`Architecture::forward`] as an inherent method.
    ///
    /// # Shapes
    /// - `images`: `[batch, channels, side, side]`
    /// - output: logits `[batch, 1]`, features `[batch, feature_dim]`
    ///
    /// # Panics
    /// If the images have another shape.
    pub fn forward(&self, images: Tensor<B, 4>) -> Output<B> {
        Architecture::forward(self, images)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Constraint, trainable_parameters};
    use burn::backend::Flex;

    fn configs() -> Vec<NetworkConfig> {
        vec![
            NetworkConfig::default(),
            NetworkConfig::Meso4(Meso4Config::default()),
            NetworkConfig::ScadeNet(ScadeNetConfig {
                input_channels: 3,
                constrained_conv: Constraint::B,
                eca: false,
                ..Default::default()
            }),
        ]
    }

    #[test]
    fn the_counts_are_exact() {
        let sum = |config: &NetworkConfig, column: fn(&Layer) -> usize| -> usize {
            config.layers().iter().map(column).sum()
        };
        let parameters: Vec<_> = configs().iter().map(|c| sum(c, |row| row.parameters)).collect();
        assert_eq!(parameters[..2], [28_055, 27_977]);
        let work: Vec<_> = configs().iter().map(|c| sum(c, |row| row.multiply_adds)).collect();
        assert_eq!(work[..2], [64_766_064, 60_047_376]);
    }

    #[test]
    fn the_table_matches_the_parameters_of_the_network() {
        for config in configs() {
            let network = config.init::<Flex>(&Default::default());
            let table: usize = config.layers().iter().map(|row| row.parameters).sum();
            assert_eq!(trainable_parameters(&network), table, "{config:?}");
            // Burn counts the 48 running means and 48 running variances, too.
            assert_eq!(network.num_params(), table + 96);
        }
    }

    #[test]
    fn a_file_needs_the_architecture_and_non_default_settings_only() {
        let parse = |text: &str| serde_json::from_str::<NetworkConfig>(text);
        let default = parse(r#"{"architecture": "scade-net"}"#).unwrap();
        assert_eq!(default, NetworkConfig::default());
        let meso = parse(r#"{"architecture": "meso-4", "dropout_rate": 0.0}"#).unwrap();
        let expected = Meso4Config { dropout_rate: 0.0, ..Default::default() };
        assert_eq!(meso, NetworkConfig::Meso4(expected));
        let error = parse(r#"{"architecture": "scade-net", "activaton": "relu"}"#).unwrap_err();
        assert!(error.to_string().contains("activaton"), "{error}");
        assert!(parse(r#"{"architecture": "xception"}"#).is_err());
        for config in configs() {
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(parse(&text).unwrap(), config, "{text}");
        }
    }

    #[test]
    fn settings_and_network_agree_on_the_input_and_the_features() {
        for name in NetworkConfig::NAMES {
            let mut config = NetworkConfig::named(name).unwrap();
            assert_eq!(config.name(), *name);
            for channels in [3, 4] {
                config.set_input_channels(channels);
                assert_eq!(config.input(), InputShape { channels, side: 256 });
                let network = config.init::<Flex>(&Default::default());
                assert_eq!(Architecture::input(&network), config.input());
                assert_eq!(network.feature_dim(), config.feature_dim());
                let images = Tensor::zeros(config.input().batch(2), &Default::default());
                assert_eq!(network.forward(images).features.dims(), [2, config.feature_dim()]);
            }
        }
    }

    #[test]
    fn meso4_ends_in_a_logit_and_1024_features() {
        let device = Default::default();
        let network = NetworkConfig::Meso4(Meso4Config::default()).init::<Flex>(&device);
        let output = network.forward(Tensor::full([1, 3, 256, 256], 0.5, &device));
        assert_eq!((output.logits.dims(), output.features.dims()), ([1, 1], [1, 1024]));
    }
}
