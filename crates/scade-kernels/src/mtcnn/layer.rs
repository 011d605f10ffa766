//! Weights of a layer as loaded, and checks of their shape.

use crate::infer::ShapeError;

/// A convolution without padding, or a dense layer, which is a convolution of size 1.
#[derive(Debug, Clone)]
pub struct LayerWeights {
    /// `[outputs, inputs, side, side]`.
    pub kernel: Vec<f32>,
    /// `[outputs]`.
    pub bias: Vec<f32>,
    /// Slopes of the PReLU that follows, `[outputs]`, if any (He et al. 2015).
    pub slopes: Option<Vec<f32>>,
}

impl LayerWeights {
    /// Rejects weights of another shape.
    pub(super) fn check(
        &self,
        name: &str,
        [inputs, side, outputs]: [usize; 3],
    ) -> Result<(), ShapeError> {
        let fits = self.kernel.len() == outputs * inputs * side * side
            && self.bias.len() == outputs
            && self.slopes.as_ref().is_none_or(|slopes| slopes.len() == outputs);
        let expected = format!("{inputs} to {outputs} channels, {side} × {side}");
        if fits { Ok(()) } else { Err(ShapeError(format!("{name} is not from {expected}"))) }
    }

    /// Concatenates the outputs of layers with the same input.
    pub(super) fn joined<const N: usize>(layers: [&Self; N]) -> Self {
        let all = |values: fn(&Self) -> &Vec<f32>| layers.map(|l| values(l).clone()).concat();
        Self { kernel: all(|l| &l.kernel), bias: all(|l| &l.bias), slopes: None }
    }

    /// Reorders a dense layer trained on inputs flattened as `[width, height, channels]` for inputs
    /// flattened as `[height, width, channels]`.
    pub(super) fn turned(&self, side: usize, channels: usize) -> Self {
        let rows = self.kernel.chunks_exact(side * side * channels).flat_map(|row| {
            let places = (0..side).flat_map(move |y| (0..side).map(move |x| x * side + y));
            places.flat_map(move |place| &row[place * channels..][..channels])
        });
        Self { kernel: rows.copied().collect(), ..self.clone() }
    }
}
