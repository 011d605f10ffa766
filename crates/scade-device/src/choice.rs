//! The value of `--device`.

use std::fmt;
use std::str::FromStr;

/// The device to compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Device {
    /// The first available of CUDA, WGPU and CPU.
    #[default]
    Auto,
    /// The CPU backend that trains faster: [`Device::Flex`].
    Cpu,
    /// Burn's NdArray backend (cargo feature `ndarray`).
    NdArray,
    /// Burn's Flex backend.
    Flex,
    /// A GPU through WGPU, by index (cargo feature `wgpu`).
    Wgpu(usize),
    /// An NVIDIA GPU through CUDA, by index (cargo feature `cuda`).
    Cuda(usize),
}

/// An unknown device name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown device `{0}`: expected {choices}", choices = Device::CHOICES)]
pub struct ParseDeviceError(String);

impl Device {
    /// The accepted values, for help texts and messages.
    pub const CHOICES: &str = "auto, cpu, ndarray, flex, wgpu[:n] or cuda[:n]";
}

impl FromStr for Device {
    type Err = ParseDeviceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || ParseDeviceError(text.to_owned());
        let (name, index) = match text.split_once(':') {
            None => (text, None),
            Some((name, index)) => (name, Some(index.parse().map_err(|_| unknown())?)),
        };
        match (name, index) {
            ("auto", None) => Ok(Self::Auto),
            ("cpu", None) => Ok(Self::Cpu),
            ("ndarray", None) => Ok(Self::NdArray),
            ("flex", None) => Ok(Self::Flex),
            ("wgpu", index) => Ok(Self::Wgpu(index.unwrap_or(0))),
            ("cuda", index) => Ok(Self::Cuda(index.unwrap_or(0))),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::NdArray => f.write_str("ndarray"),
            Self::Flex => f.write_str("flex"),
            Self::Wgpu(index) => write!(f, "wgpu:{index}"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displayed_devices_can_be_parsed() {
        for text in ["auto", "cpu", "ndarray", "flex", "wgpu:0", "cuda:3"] {
            assert_eq!(text.parse::<Device>().unwrap().to_string(), text);
        }
        assert_eq!("cuda".parse(), Ok(Device::Cuda(0)));
    }

    #[test]
    fn unknown_devices_are_rejected() {
        for text in ["", "gpu", "cpu:1", "cuda:", "cuda:-1", "cuda:0:1"] {
            assert!(text.parse::<Device>().is_err(), "{text}");
        }
    }
}
