//! The whole network, from a batch of images to logits and features.

use std::cell::RefCell;

use rayon::prelude::*;

use super::block::{BlockScratch, CompiledBlock};
use super::{BlockWeights, HeadWeights};
use crate::Level;
use crate::planes::Planes;

/// Weights of a network.
#[derive(Debug, Clone)]
pub struct NetworkWeights {
    /// Height and width of the images.
    pub size: [usize; 2],
    /// In order of execution.
    pub blocks: Vec<BlockWeights>,
    /// After the last block.
    pub head: HeadWeights,
}

/// Weights whose shapes do not fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShapeError(pub(crate) String);

impl std::fmt::Display for ShapeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ShapeError {}

/// A network compiled for inference: constraint applied, normalization folded into one scale and shift,
/// weights packed in the order in which they are read.
///
/// Each thread allocates its buffers with its first batch and reuses them.
#[derive(Debug)]
pub struct CompiledNetwork {
    level: Level,
    input: [usize; 3],
    blocks: Vec<CompiledBlock>,
    head: HeadWeights,
    features: usize,
}

/// Buffers of a thread.
#[derive(Default)]
struct Scratch {
    /// The input of each block, and the output of the last.
    planes: Vec<Planes>,
    block: BlockScratch,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl CompiledNetwork {
    /// Compiles `weights` for the widest instruction set of this processor.
    ///
    /// # Errors
    /// If the weights do not fit together or there is no kernel for a block.
    pub fn new(weights: NetworkWeights) -> Result<Self, ShapeError> {
        Self::with_level(weights, Level::best())
    }

    /// [`CompiledNetwork::new`] for a given instruction set.
    ///
    /// # Errors
    /// As [`CompiledNetwork::new`].
    pub fn with_level(weights: NetworkWeights, level: Level) -> Result<Self, ShapeError> {
        let features = check(&weights)?;
        let NetworkWeights { size: [height, width], blocks, head } = weights;
        let input = [blocks[0].channels[0], height, width];
        let blocks = blocks.iter().map(CompiledBlock::new).collect();
        Ok(Self { level, input, blocks, head, features })
    }

    /// Length of the feature vector of an image.
    #[must_use]
    pub fn features(&self) -> usize {
        self.features
    }

    /// Shape of an image, `[channels, height, width]`.
    #[must_use]
    pub fn input_shape(&self) -> [usize; 3] {
        self.input
    }

    /// Scores a batch on all threads of the current rayon pool. Results depend neither on the number of
    /// threads nor on the other images.
    ///
    /// # Shapes
    /// - `images`: `[batch, channels, height, width]`
    /// - `logits`: `[batch]`
    /// - `features`: `[batch, features]`
    ///
    /// # Panics
    /// If the lengths do not fit together.
    pub fn forward(&self, images: &[f32], logits: &mut [f32], features: &mut [f32]) {
        let image_len = self.input.iter().product::<usize>();
        assert_eq!(images.len(), logits.len() * image_len, "values of {} images", logits.len());
        assert_eq!(features.len(), logits.len() * self.features, "features");
        let outputs = logits.par_iter_mut().zip(features.par_chunks_exact_mut(self.features));
        images.par_chunks_exact(image_len).zip(outputs).for_each(|(image, (logit, features))| {
            SCRATCH
                .with_borrow_mut(|scratch| *logit = self.forward_image(image, features, scratch));
        });
    }

    /// Writes the features of one image and returns its logit.
    fn forward_image(&self, image: &[f32], features: &mut [f32], scratch: &mut Scratch) -> f32 {
        let Scratch { planes, block: memory } = scratch;
        planes.resize_with(self.blocks.len() + 1, Planes::default);
        planes[0].fill(image, self.input, self.blocks[0].margin());
        for (index, block) in self.blocks.iter().enumerate() {
            let [input, out] = planes.get_disjoint_mut([index, index + 1]).expect("two places");
            let margin = self.blocks.get(index + 1).map_or(0, CompiledBlock::margin);
            out.shape(block.output_shape(input.height(), input.width()), margin);
            block.run(self.level, input, memory, out);
        }
        let last = &planes[self.blocks.len()];
        for (at, row) in features.chunks_exact_mut(last.width()).enumerate() {
            let (channel, y) = (at / last.height(), at % last.height());
            row.copy_from_slice(&last.row(channel, y)[..last.width()]);
        }
        self.head.logit(self.level, features)
    }
}

/// Checks the shapes and returns the length of the feature vector.
fn check(weights: &NetworkWeights) -> Result<usize, ShapeError> {
    let require = |holds: bool, what: String| if holds { Ok(()) } else { Err(ShapeError(what)) };
    let first = weights.blocks.first().ok_or_else(|| ShapeError("no block".into()))?;
    let [mut height, mut width] = weights.size;
    let mut channels = first.channels[0];
    for (index, block) in weights.blocks.iter().enumerate() {
        let [inputs, outputs] = block.channels;
        let name = format!("block {}", index + 1);
        let norm = &block.normalization;
        let vectors = [&block.bias, &norm.gamma, &norm.beta, &norm.mean, &norm.variance];
        require(inputs == channels, format!("{name} takes {inputs} channels, not {channels}"))?;
        require(
            matches!(block.kernel_size, 1 | 3 | 5),
            format!("{name} has kernel size {}", block.kernel_size),
        )?;
        require(
            block.kernel.len() == inputs * outputs * block.kernel_size.pow(2)
                && vectors.iter().all(|values| values.len() == outputs)
                && block.attention.as_ref().is_none_or(|weights| weights.len() % 2 == 1),
            format!("the weights of {name} do not fit its {inputs} and {outputs} channels"),
        )?;
        require(
            matches!(block.pool, 2 | 4) && height % block.pool == 0 && width % block.pool == 0,
            format!("{name} pools {height} × {width} by {}", block.pool),
        )?;
        (channels, height, width) = (outputs, height / block.pool, width / block.pool);
    }
    let features = channels * height * width;
    let HeadWeights { hidden, last, .. } = &weights.head;
    require(
        hidden.weights.len() == features * hidden.bias.len()
            && last.weights.len() == hidden.bias.len()
            && last.bias.len() == 1,
        format!("the head does not fit {features} features"),
    )?;
    Ok(features)
}
