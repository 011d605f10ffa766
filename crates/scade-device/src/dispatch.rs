//! Dispatch to a backend: the only code instantiated once per backend.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use burn::backend::{Autodiff, Flex};
use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use scade_kernels::TrainingKernels;
use scade_settings::Hint;

use crate::Device;

/// Work that runs on the chosen backend.
///
/// The backend supports autodiff; inference uses its
/// [`InnerBackend`](burn::tensor::backend::AutodiffBackend::InnerBackend).
pub trait Job {
    /// Result of the work.
    type Output;

    /// Does the work. The [`std::fmt::Debug`] output of `device` describes the device.
    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output;
}

/// Work that runs on several devices of one backend at once.
pub trait SharedJob {
    /// Result of the work.
    type Output;

    /// Does the work; there is at least one device.
    fn run<B: TrainingKernels>(self, devices: &[B::Device]) -> Self::Output;
}

/// A device cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// The program was built without the backend.
    #[error("device {device} is not in this build")]
    NotBuilt {
        /// The requested device.
        device: Device,
        /// The cargo feature that enables it.
        feature: &'static str,
    },
    /// The backend is in the build, but the hardware or its driver does not respond.
    #[error("device {device} does not answer: {reason}")]
    NoAnswer {
        /// The requested device.
        device: Device,
        /// The backend's message.
        reason: String,
    },
    /// The devices belong to different backends.
    #[error("devices {first} and {other} are of different backends")]
    Mixed {
        /// The first requested device.
        first: Device,
        /// Another one.
        other: Device,
    },
}

impl Hint for Unavailable {
    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::NotBuilt { feature, .. } => {
                Some(format!("build again with `--features {feature}`").into())
            }
            Self::NoAnswer { .. } => Some("choose another with `device`".into()),
            Self::Mixed { .. } => None,
        }
    }
}

/// Runs `job` on the device of `choice`.
///
/// # Errors
/// [`Unavailable`] when the device is not in this build or does not respond. [`Device::Auto`] then tries
/// the next one, ending with the CPU, so that it never fails.
pub fn run<J: Job>(choice: Device, job: J) -> Result<J::Output, Unavailable> {
    run_shared(&[choice], Alone(job))
}

/// Runs `job` on the devices of `choices`, which may contain a device several times; on [`Device::Auto`]
/// for an empty list.
///
/// # Errors
/// [`Unavailable`] when one of them is not in this build or does not answer, or when they are of
/// different backends.
pub fn run_shared<J: SharedJob>(choices: &[Device], job: J) -> Result<J::Output, Unavailable> {
    Ok(resolve(choices)?.run(job))
}

/// Devices of one backend that were probed successfully, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved(Vec<Device>);

impl Resolved {
    /// Runs `job` on them without probing them again.
    pub fn run<J: SharedJob>(&self, job: J) -> J::Output {
        let Self(devices) = self;
        match devices[0] {
            #[cfg(feature = "ndarray")]
            Device::NdArray => job
                .run::<Autodiff<burn::backend::NdArray>>(&vec![Default::default(); devices.len()]),
            #[cfg(feature = "wgpu")]
            Device::Wgpu(_) => job.run::<Autodiff<burn::backend::Wgpu>>(
                &indices(devices).map(wgpu_device).collect::<Vec<_>>(),
            ),
            #[cfg(feature = "cuda")]
            Device::Cuda(_) => job.run::<Autodiff<burn::backend::Cuda>>(
                &indices(devices).map(cuda_device).collect::<Vec<_>>(),
            ),
            _ => job.run::<Autodiff<Flex>>(&vec![Default::default(); devices.len()]),
        }
    }
}

/// The devices that [`run_shared`] runs on for `choices`, each probed once; for programs that must know
/// before they prepare the work.
///
/// # Errors
/// As [`run_shared`].
pub fn resolve(choices: &[Device]) -> Result<Resolved, Unavailable> {
    let choices = if choices.is_empty() { &[Device::Auto] } else { choices };
    let devices = choices.iter().map(|&choice| concrete(choice)).collect::<Result<Vec<_>, _>>()?;
    let kind = std::mem::discriminant(&devices[0]);
    if let Some(&other) = devices.iter().find(|device| std::mem::discriminant(*device) != kind) {
        return Err(Unavailable::Mixed { first: devices[0], other });
    }
    Ok(Resolved(devices))
}

/// A job for one device.
struct Alone<J>(J);

impl<J: Job> SharedJob for Alone<J> {
    type Output = J::Output;

    fn run<B: TrainingKernels>(self, devices: &[B::Device]) -> J::Output {
        self.0.run::<B>(&devices[0])
    }
}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn indices(devices: &[Device]) -> impl Iterator<Item = usize> {
    devices.iter().map(|device| match *device {
        Device::Wgpu(index) | Device::Cuda(index) => index,
        _ => 0,
    })
}

/// The concrete device for `choice`, probed successfully.
fn concrete(choice: Device) -> Result<Device, Unavailable> {
    match choice {
        Device::Auto => Ok([Device::Cuda(0), Device::Wgpu(0)]
            .into_iter()
            .find(|&device| check(device).is_ok())
            .unwrap_or(Device::Flex)),
        Device::Cpu => Ok(Device::Flex),
        device => check(device).map(|()| device),
    }
}

fn check(device: Device) -> Result<(), Unavailable> {
    match device {
        #[cfg(feature = "wgpu")]
        Device::Wgpu(index) => ask::<burn::backend::Wgpu>(device, || wgpu_device(index)),
        #[cfg(feature = "cuda")]
        Device::Cuda(index) => ask::<burn::backend::Cuda>(device, || cuda_device(index)),
        #[cfg(not(feature = "ndarray"))]
        Device::NdArray => Err(Unavailable::NotBuilt { device, feature: "ndarray" }),
        #[cfg(not(feature = "wgpu"))]
        Device::Wgpu(_) => Err(Unavailable::NotBuilt { device, feature: "wgpu" }),
        #[cfg(not(feature = "cuda"))]
        Device::Cuda(_) => Err(Unavailable::NotBuilt { device, feature: "cuda" }),
        _ => Ok(()),
    }
}

#[cfg(feature = "wgpu")]
fn wgpu_device(index: usize) -> burn::backend::wgpu::WgpuDevice {
    if index == 0 {
        burn::backend::wgpu::WgpuDevice::DefaultDevice
    } else {
        burn::backend::wgpu::WgpuDevice::DiscreteGpu(index)
    }
}

#[cfg(feature = "cuda")]
fn cuda_device(index: usize) -> burn::backend::cuda::CudaDevice {
    burn::backend::cuda::CudaDevice::new(index)
}

/// Adds two numbers on the device. Backends report a missing driver or GPU by panicking, which is converted
/// to an error here without printing it, since the caller may try another device.
#[cfg_attr(not(any(feature = "wgpu", feature = "cuda")), allow(dead_code))]
fn ask<B: Backend>(device: Device, open: impl FnOnce() -> B::Device) -> Result<(), Unavailable> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let one = Tensor::<B, 1>::ones([1], &open());
        (one.clone() + one).into_data().iter::<f32>().next()
    }));
    std::panic::set_hook(hook);
    match answer {
        Ok(Some(2.0)) => Ok(()),
        Ok(other) => {
            let reason = format!("it computes 1 + 1 = {other:?}");
            Err(Unavailable::NoAnswer { device, reason })
        }
        Err(panic) => {
            let text = scade_settings::panic_message(&*panic);
            let reason = text.unwrap_or("its driver panicked").to_owned();
            Err(Unavailable::NoAnswer { device, reason })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Name;

    impl Job for Name {
        type Output = String;

        fn run<B: TrainingKernels>(self, device: &B::Device) -> String {
            B::name(device)
        }
    }

    #[test]
    fn every_cpu_choice_runs_on_the_backend_it_names() {
        let mut choices = vec![(Device::Cpu, "flex"), (Device::Flex, "flex")];
        if cfg!(feature = "ndarray") {
            choices.push((Device::NdArray, "ndarray"));
        }
        for (choice, name) in choices {
            assert!(run(choice, Name).unwrap().contains(name), "{choice}");
        }
    }

    struct Count;

    impl SharedJob for Count {
        type Output = usize;

        fn run<B: TrainingKernels>(self, devices: &[B::Device]) -> usize {
            devices.len()
        }
    }

    #[test]
    fn several_devices_are_of_one_backend() {
        assert_eq!(run_shared(&[Device::Cpu, Device::Flex, Device::Cpu], Count), Ok(3));
        assert_eq!(run_shared(&[], Count), Ok(1));
    }

    #[cfg(feature = "ndarray")]
    #[test]
    fn devices_of_two_backends_are_rejected() {
        let error = run_shared(&[Device::NdArray, Device::Cpu], Count).unwrap_err();
        assert_eq!(error.to_string(), "devices ndarray and flex are of different backends");
    }

    #[test]
    fn auto_always_finds_a_device() {
        assert!(run(Device::Auto, Name).is_ok());
    }

    #[cfg(not(feature = "cuda"))]
    #[test]
    fn the_error_for_a_backend_not_in_the_build_names_its_feature() {
        let error = run(Device::Cuda(1), Name).unwrap_err();
        assert_eq!(error.to_string(), "device cuda:1 is not in this build");
        assert_eq!(error.hint().unwrap(), "build again with `--features cuda`");
    }

    #[test]
    fn a_device_that_panics_is_an_error() {
        let error = ask::<Flex>(Device::Wgpu(0), || panic!("no driver")).unwrap_err();
        assert_eq!(error.to_string(), "device wgpu:0 does not answer: no driver");
    }
}
