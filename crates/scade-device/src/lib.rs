//! Which part of the machine computes: `--device` turned into a Burn backend.
//!
//! This is the one place that names concrete backends. Libraries stay generic over
//! [`Backend`](burn::tensor::backend::Backend); a program hands its work to [`run`] as a [`Job`].

mod choice;
mod dispatch;

pub use choice::{Device, ParseDeviceError};
pub use dispatch::{Job, Resolved, SharedJob, Unavailable, resolve, run, run_shared};
pub use scade_kernels::TrainingKernels;
