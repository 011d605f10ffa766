//! Explanations beside PyTorch, of networks whose answer is known, and as images.

mod faithful;
mod parity;
mod pictures;
mod refused;
