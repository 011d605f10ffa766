//! Device selection: from `--device` to a Burn backend.
//!
//! Only this crate names concrete backends. Libraries are generic over
//! [`Backend`](burn::tensor::backend::Backend); a program passes its work to [`run`] as a [`Job`].

mod choice;
mod dispatch;

pub use choice::{Device, ParseDeviceError};
pub use dispatch::{Job, Resolved, SharedJob, Unavailable, resolve, run, run_shared};
pub use scade_kernels::TrainingKernels;
