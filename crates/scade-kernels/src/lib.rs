//! CPU kernels for the networks: vectorised convolution blocks, forward and backward.

mod activation;
mod conv;
mod eca;
pub mod infer;
mod lanes;
mod level;
mod planes;
mod pool;
#[cfg(test)]
mod testing;

pub use activation::Activation;
pub use level::Level;
