//! CPU kernels for the networks: vectorised convolution blocks, forward and backward.

mod activation;
mod backend;
mod conv;
mod eca;
pub mod infer;
mod lanes;
mod level;
mod planes;
mod pool;
#[cfg(test)]
mod testing;
pub mod train;

pub use activation::Activation;
pub use backend::{BlockOutput, BlockTensors, Kernels, TrainingKernels};
pub use level::Level;
