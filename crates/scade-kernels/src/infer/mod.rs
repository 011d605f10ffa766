//! Inference: a network compiled from its weights, one image at a time.

mod block;
mod head;
mod network;

pub use block::{BlockWeights, Normalization};
pub use head::{HeadWeights, HiddenActivation, Linear};
pub use network::{CompiledNetwork, NetworkWeights, ShapeError};

#[cfg(test)]
mod tests;
