//! Helpers for tests that compare results with reference implementations.
//!
//! A [`Comparison`] is one test body, generic over the backend. [`on_each_device`] runs it on every
//! backend of the build, and the body passes pairs of numbers to a [`Report`], which fails if any differ
//! too much. Each pair also prints one line; `cargo xtask parity` turns these lines into a table. Only
//! tests depend on this crate, and it depends on no network.

mod devices;
mod double;
mod report;
mod tensors;
mod torch_rand;

pub use devices::{Comparison, on, on_each_device, on_each_device_that};
pub use double::in_a_process_of_its_own;
#[cfg(feature = "ndarray")]
pub use double::in_double_precision;
pub use report::Report;
pub use scade_device::TrainingKernels;
pub use tensors::{Tensors, numbers, tensor};
pub use torch_rand::TorchRand;
