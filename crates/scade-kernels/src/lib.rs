//! CPU kernels for the networks: vectorized convolution blocks, forward and backward.
//!
//! [`infer`] runs a whole network with frozen weights, [`train`] one block forward and backward; both
//! work on slices. [`Kernels`] connects them to Burn's backends. Every kernel is compiled for each
//! instruction set ([`Level`]); the widest that the processor supports is chosen at run time.

#![forbid(unsafe_code)]

mod activation;
mod backend;
mod conv;
mod eca;
mod filter;
pub mod infer;
mod lanes;
mod level;
pub mod mtcnn;
mod planes;
mod pool;
mod rows;
#[cfg(test)]
mod testing;
pub mod train;

pub use activation::Activation;
pub use backend::{BlockOutput, BlockTensors, Kernels, TrainingKernels};
pub use level::Level;
