//! The layer table: output shape, parameters and multiply-adds of each layer.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Tensor, backend::Backend};
use serde::Serialize;

use crate::{BlockConfig, head};

/// A row of the layer table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Layer {
    /// Block and kind, for display.
    pub name: String,
    /// Shape of the output for one image: `[channels, height, width]` or `[values]`.
    pub output: Vec<usize>,
    /// Trainable parameters.
    pub parameters: usize,
    /// Multiply-adds for one image. Convolutions and linear layers are counted; bias, activation,
    /// normalization and pooling are not.
    pub multiply_adds: usize,
}

/// Number of values in the last block's output for an image of `side` × `side`.
pub(crate) fn feature_dim(blocks: &[BlockConfig], side: usize) -> usize {
    let side = blocks.iter().fold(side, |side, block| side / block.pool);
    blocks.last().map_or(0, |block| block.channels[1]) * side * side
}

/// The rows of a network on images of `side` × `side`: its blocks in order, then the head.
pub(crate) fn table(blocks: &[BlockConfig], side: usize) -> Vec<Layer> {
    let mut size = side;
    let mut rows = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        rows.extend(block.layers(&format!("block{}", index + 1), size));
        size /= block.pool;
    }
    rows.extend(head::layers(feature_dim(blocks, side)));
    rows
}

/// Counts the trainable parameters. Burn's own `num_params` also counts the running statistics of batch
/// normalization.
pub fn trainable_parameters<B: Backend, M: Module<B>>(module: &M) -> usize {
    let mut counter = Counter::default();
    module.visit(&mut counter);
    counter.total
}

#[derive(Default)]
struct Counter {
    path: Vec<String>,
    total: usize,
}

impl<B: Backend> ModuleVisitor<B> for Counter {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let running = self.path.last().is_some_and(|name| name.starts_with("running_"));
        if !running {
            self.total += param.lazy_shape().num_elements();
        }
    }
}
