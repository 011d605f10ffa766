//! Gradient of the convolution's output, a row at a time.

use pulp::{Simd, WithSimd};

use crate::Activation;
use crate::activation::{Activate, Relu, Silu};
use crate::lanes::{load, multiply_add, store};

/// `(scale·g + offset + slope·(a - center))·a'` for each value `a` of a row, with `g` the gradient of
/// the pooled value if pooling chose `a`, or zero.
pub(super) struct SlopeRow<'a> {
    pub(super) activation: Activation,
    /// Size of the pooling window, 2 or 4, and the row within it.
    pub(super) pool: usize,
    pub(super) row: usize,
    /// Gradient of each pooled value, and the position it was pooled from.
    pub(super) gradient: &'a [f32],
    pub(super) places: &'a [u8],
    pub(super) coefficients: Coefficients,
    /// Output of the convolution, `width` values and the rest of the last block.
    pub(super) values: &'a [f32],
    pub(super) width: usize,
    /// Scratch of a row.
    pub(super) scattered: &'a mut [f32],
    /// Receives the gradient; zeros beyond the width.
    pub(super) out: &'a mut [f32],
}

/// See [`SlopeRow`]; one for each image and channel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Coefficients {
    pub(super) scale: f32,
    pub(super) offset: f32,
    pub(super) slope: f32,
    pub(super) center: f32,
}

impl WithSimd for SlopeRow<'_> {
    /// The sum of the row.
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        match self.pool {
            2 => scatter::<2>(self.row, self.gradient, self.places, self.scattered),
            4 => scatter::<4>(self.row, self.gradient, self.places, self.scattered),
            pool => unreachable!("no pooling by {pool}"),
        }
        match self.activation {
            Activation::Silu => self.all::<S, Silu>(simd),
            Activation::Relu => self.all::<S, Relu>(simd),
        }
    }
}

impl SlopeRow<'_> {
    #[inline(always)]
    fn all<S: Simd, A: Activate>(self, simd: S) -> f64 {
        let Coefficients { scale, offset, slope, center } = self.coefficients;
        let [scale, offset, slope, center] =
            [scale, offset, slope, center].map(|value| simd.splat_f32s(value));
        let zero = simd.splat_f32s(0.0);
        let mut sum = zero;
        for x in (0..self.width).step_by(S::F32_LANES) {
            let left = (self.width - x).min(S::F32_LANES) as u32;
            let counts = simd.mask_between_m32s(0, left).mask();
            let (value, derivative) = A::both(simd, load(simd, &self.values[x..]));
            let gradient = load(simd, &self.scattered[x..]);
            let even = multiply_add(simd, slope, simd.sub_f32s(value, center), offset);
            let gradient = multiply_add(simd, scale, gradient, even);
            let gradient = simd.mul_f32s(gradient, derivative);
            let gradient = simd.select_f32s(counts, gradient, zero);
            store(simd, &mut self.out[x..], gradient);
            sum = simd.add_f32s(sum, gradient);
        }
        f64::from(simd.reduce_sum_f32s(sum))
    }
}

/// Routes each pooled value's gradient to its position, if that is in this row.
#[inline(always)]
fn scatter<const P: usize>(row: usize, gradient: &[f32], places: &[u8], to: &mut [f32]) {
    for ((to, gradient), place) in to.chunks_exact_mut(P).zip(gradient).zip(places) {
        for (column, to) in to.iter_mut().enumerate() {
            *to = if usize::from(*place) == row * P + column { *gradient } else { 0.0 };
        }
    }
}
