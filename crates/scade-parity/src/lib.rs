//! What the tests share that compare our numbers with those of other programs.
//!
//! A [`Comparison`] is one test body, generic over the backend. [`on_each_device`] runs it on every
//! backend of the build, and the body hands pairs of numbers to a [`Report`], which fails on the
//! first that are too far apart. Each pair also prints one line; `cargo xtask parity` turns those
//! lines into a table. Only tests name this crate, and it knows no network.

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
