//! One test body on every backend.

use std::fmt::Display;

use scade_device::{Device, Job, TrainingKernels, Unavailable};

use crate::Report;

/// The devices that a build may support. The CPU backends are in every build.
const DEVICES: [Device; 4] = [Device::Flex, Device::NdArray, Device::Wgpu(0), Device::Cuda(0)];

/// Environment variable with the devices that must respond, as in `flex,wgpu:0`. Without it, devices that
/// are not in the build or do not respond are skipped, each with a printed line.
const REQUIRED: &str = "SCADE_PARITY_DEVICES";

/// A test body that is generic over the backend.
pub trait Comparison {
    /// What is compared, as a row of the table of `cargo xtask parity`.
    const PART: &'static str;

    /// Computes on `device` and passes the numbers to `report`.
    fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report);
}

/// Runs `comparison` on every device of this build that responds.
///
/// # Panics
/// If numbers differ, or a required device does not respond.
pub fn on_each_device<C: Comparison>(comparison: &C) {
    on_each_device_that(|_| true, comparison);
}

/// [`on_each_device`] for the devices that are `suitable`.
///
/// # Panics
/// As [`on_each_device`].
pub fn on_each_device_that<C: Comparison>(suitable: impl Fn(Device) -> bool, comparison: &C) {
    match std::env::var(REQUIRED) {
        Ok(names) => {
            let parse =
                |name: &str| name.parse().unwrap_or_else(|error| panic!("{REQUIRED}: {error}"));
            for device in names.split(',').map(parse) {
                if suitable(device) {
                    on(device, comparison).unwrap_or_else(|error| panic!("{REQUIRED}: {error}"));
                } else {
                    skipped(C::PART, &format!("not compared on {device}"));
                }
            }
        }
        Err(_) => {
            for device in DEVICES.into_iter().filter(|device| suitable(*device)) {
                if let Err(reason) = on(device, comparison) {
                    skipped(C::PART, &reason);
                }
            }
        }
    }
}

/// Runs `comparison` on one device.
///
/// # Errors
/// When the device is not in this build or does not respond.
///
/// # Panics
/// When numbers differ.
pub fn on<C: Comparison>(device: Device, comparison: &C) -> Result<(), Unavailable> {
    let report = Report::new(C::PART, device.to_string());
    scade_device::run(device, Body { comparison, report: &report })?;
    report.finish();
    Ok(())
}

#[allow(clippy::print_stderr)]
fn skipped(part: &str, reason: &dyn Display) {
    eprintln!("skipped: {part}: {reason}");
}

/// A comparison in the form that `scade-device` runs.
struct Body<'a, C> {
    comparison: &'a C,
    report: &'a Report,
}

impl<C: Comparison> Job for Body<'_, C> {
    type Output = ();

    fn run<B: TrainingKernels>(self, device: &B::Device) {
        self.comparison.run::<B>(device, self.report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tensor;

    struct Sum;

    impl Comparison for Sum {
        const PART: &'static str = "the sum of a test";

        fn run<B: TrainingKernels>(&self, device: &B::Device, report: &Report) {
            let sum = Tensor::<B, 1>::from_floats([1.0, 2.0], device).sum();
            report.relative("sum", &crate::numbers(sum), &[3.0], 1e-6);
        }
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn a_body_runs_on_both_cpu_backends() {
        on(Device::Flex, &Sum).unwrap();
        on(Device::NdArray, &Sum).unwrap();
    }
}
