//! The choice between the architectures, as it stands in a configuration file.

use burn::module::Module;
use burn::tensor::{Tensor, backend::Backend};
use scade_kernels::Kernels;
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::{INPUT_SIZE, Layer, Meso4, Meso4Config, ScadeNet, ScadeNetConfig};

/// Which network, with its settings beside the name: `architecture = "scade-net"` or `"meso-4"`. A name
/// alone, as a flag has it, is the network at its defaults.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantNames,
)]
#[serde(tag = "architecture")]
pub enum NetworkConfig {
    /// See [`ScadeNetConfig`].
    #[serde(rename = "scade-net")]
    #[strum(serialize = "scade-net")]
    ScadeNet(ScadeNetConfig),
    /// See [`Meso4Config`].
    #[serde(rename = "meso-4")]
    #[strum(serialize = "meso-4")]
    Meso4(Meso4Config),
}

/// A network of any architecture.
#[derive(Module, Debug)]
pub enum Network<B: Backend> {
    /// See [`ScadeNet`].
    ScadeNet(ScadeNet<B>),
    /// See [`Meso4`].
    Meso4(Meso4<B>),
}

/// What a network says about a batch.
#[derive(Debug, Clone)]
pub struct Output<B: Backend> {
    /// `[batch, 1]`; the sigmoid is the probability of a fake.
    pub logits: Tensor<B, 2>,
    /// `[batch, 1024]`, before dropout.
    pub features: Tensor<B, 2>,
}

/// What both networks hold to.
pub(crate) fn require_common(input_channels: usize, dropout_rate: f64) -> Result<(), SettingError> {
    require(matches!(input_channels, 3 | 4), "input_channels", "3 or 4", input_channels)?;
    let holds = (0.0..1.0).contains(&dropout_rate);
    require(holds, "dropout_rate", "at least 0 and below 1", dropout_rate)
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self::ScadeNet(ScadeNetConfig::default())
    }
}

impl NetworkConfig {
    /// Checks the settings.
    ///
    /// # Errors
    /// Names the first setting that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        match self {
            Self::ScadeNet(config) => config.validate(),
            Self::Meso4(config) => config.validate(),
        }
    }

    /// A network with fresh weights.
    pub fn init<B: Backend>(&self, device: &B::Device) -> Network<B> {
        match self {
            Self::ScadeNet(config) => Network::ScadeNet(config.init(device)),
            Self::Meso4(config) => Network::Meso4(config.init(device)),
        }
    }

    /// Channels of the pictures: red, green, blue and, where there are 4, defocus.
    #[must_use]
    pub fn input_channels(&self) -> usize {
        match self {
            Self::ScadeNet(config) => config.input_channels,
            Self::Meso4(config) => config.input_channels,
        }
    }

    /// The architecture called `name` in a configuration, otherwise at its defaults.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// What [`NetworkConfig::named`] calls it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Makes it a network for pictures of so many channels.
    pub fn set_input_channels(&mut self, channels: usize) {
        match self {
            Self::ScadeNet(config) => config.input_channels = channels,
            Self::Meso4(config) => config.input_channels = channels,
        }
    }

    /// The layer table, from the picture to the logit.
    #[must_use]
    pub fn layers(&self) -> Vec<Layer> {
        match self {
            Self::ScadeNet(config) => config.layers(),
            Self::Meso4(config) => config.layers(),
        }
    }
}

impl<B: Kernels> Network<B> {
    /// Judges a batch of pictures.
    ///
    /// # Shapes
    /// - `images`: `[batch, input_channels, 256, 256]`, red, green, blue and, where there are 4
    ///   channels, defocus; all in 0..1
    /// - output: logits `[batch, 1]`, features `[batch, 1024]`
    ///
    /// # Panics
    /// When the pictures are not 256 × 256.
    pub fn forward(&self, images: Tensor<B, 4>) -> Output<B> {
        match self {
            Self::ScadeNet(network) => network.forward(images),
            Self::Meso4(network) => network.forward(images),
        }
    }
}

/// The head is made for the features of this one size.
pub(crate) fn assert_size<B: Backend>(images: &Tensor<B, 4>) {
    let [.., height, width] = images.dims();
    assert!(
        height == INPUT_SIZE && width == INPUT_SIZE,
        "pictures must be {INPUT_SIZE} × {INPUT_SIZE}, got {height} × {width}"
    );
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
    fn the_table_counts_what_the_network_holds() {
        for config in configs() {
            let network = config.init::<Flex>(&Default::default());
            let table: usize = config.layers().iter().map(|row| row.parameters).sum();
            assert_eq!(trainable_parameters(&network), table, "{config:?}");
            // Burn counts the 48 running means and 48 running variances, too.
            assert_eq!(network.num_params(), table + 96);
        }
    }

    #[test]
    fn a_file_names_the_architecture_and_only_what_differs() {
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
    fn a_name_is_the_same_in_files_and_flags() {
        use strum::VariantNames;
        assert_eq!(NetworkConfig::VARIANTS, ["scade-net", "meso-4"]);
        for &name in NetworkConfig::VARIANTS {
            let config = NetworkConfig::named(name).unwrap();
            assert_eq!(config.name(), name);
            assert_eq!(serde_json::to_value(&config).unwrap()["architecture"], name);
        }
        assert_eq!(NetworkConfig::named("xception"), None);
    }

    #[test]
    fn meso4_ends_in_a_logit_and_1024_features() {
        let device = Default::default();
        let network = NetworkConfig::Meso4(Meso4Config::default()).init::<Flex>(&device);
        let output = network.forward(Tensor::full([1, 3, 256, 256], 0.5, &device));
        assert_eq!((output.logits.dims(), output.features.dims()), ([1, 1], [1, 1024]));
    }
}
