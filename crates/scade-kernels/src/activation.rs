//! SiLU and ReLU on vectors, with their derivatives.

use pulp::Simd;

use crate::lanes::multiply_add;

/// The non-linearity after a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// `x·σ(x)`.
    Silu,
    /// `max(x, 0)`.
    Relu,
}

impl Activation {
    /// Reference implementation in double precision.
    #[must_use]
    pub fn exact(self, x: f64) -> f64 {
        match self {
            Self::Silu => x / (1.0 + (-x).exp()),
            Self::Relu => x.max(0.0),
        }
    }
}

/// An activation as a type, so that a kernel is compiled for each.
pub(crate) trait Activate: Copy {
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s;

    /// Value and derivative.
    fn both<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s);
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Silu;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Relu;

impl Activate for Silu {
    #[inline(always)]
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        let one = simd.splat_f32s(1.0);
        simd.div_f32s(x, simd.add_f32s(one, exp_of_minus(simd, x)))
    }

    #[inline(always)]
    fn both<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let one = simd.splat_f32s(1.0);
        let sigmoid = simd.div_f32s(one, simd.add_f32s(one, exp_of_minus(simd, x)));
        let value = simd.mul_f32s(x, sigmoid);
        // σ + x·σ·(1 - σ)
        (value, multiply_add(simd, value, simd.sub_f32s(one, sigmoid), sigmoid))
    }
}

impl Activate for Relu {
    #[inline(always)]
    fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
        simd.max_f32s(x, simd.splat_f32s(0.0))
    }

    #[inline(always)]
    fn both<S: Simd>(simd: S, x: S::f32s) -> (S::f32s, S::f32s) {
        let zero = simd.splat_f32s(0.0);
        let positive = simd.greater_than_f32s(x, zero);
        (Self::value(simd, x), simd.select_f32s(positive, simd.splat_f32s(1.0), zero))
    }
}

/// `exp(-x)` for x in -87..87, where it is a normal number, and the value at the nearer end
/// elsewhere: `2^n·exp(r)` with |r| ≤ ln 2 / 2 and the polynomial of the Cephes library, whose error
/// is about one unit in the last place.
#[inline(always)]
fn exp_of_minus<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    let c = |value| simd.splat_f32s(value);
    let x = simd.max_f32s(simd.min_f32s(x, c(87.0)), c(-87.0));
    // Adding 1.5·2^23 rounds to an integer, which is then in the low bits.
    let magic = c(12_582_912.0);
    let shifted = multiply_add(simd, x, c(-std::f32::consts::LOG2_E), magic);
    let n = simd.sub_f32s(shifted, magic);
    // r = -x - n·ln 2, with ln 2 in two parts, the first of which has few bits.
    let r = multiply_add(simd, n, c(-0.693_359_4), simd.sub_f32s(c(0.0), x));
    let r = multiply_add(simd, n, c(2.121_944_4e-4), r);
    let mut p = c(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = multiply_add(simd, p, r, c(coefficient));
    }
    let p = multiply_add(simd, simd.mul_f32s(p, r), r, simd.add_f32s(r, c(1.0)));
    // Adds n to the exponent; the other bits are shifted out.
    let bits = simd.transmute_u32s_f32s(shifted);
    let exponent = simd.wrapping_dyn_shl_u32s(bits, simd.splat_u32s(23));
    simd.transmute_f32s_u32s(simd.add_u32s(simd.transmute_u32s_f32s(p), exponent))
}

#[cfg(test)]
mod tests {
    use pulp::WithSimd;

    use super::*;
    use crate::Level;
    use crate::lanes::{load, store};

    /// Value and derivative of `A` over a slice.
    struct Both<'a, A>(A, &'a [f32]);

    impl<A: Activate> WithSimd for Both<'_, A> {
        type Output = (Vec<f32>, Vec<f32>, Vec<f32>);

        #[inline(always)]
        fn with_simd<S: Simd>(self, simd: S) -> Self::Output {
            let mut padded = self.1.to_vec();
            padded.resize(self.1.len().next_multiple_of(S::F32_LANES), 0.0);
            let mut out = [padded.clone(), padded.clone(), padded.clone()];
            for x in (0..padded.len()).step_by(S::F32_LANES) {
                let input = load(simd, &padded[x..]);
                let (value, derivative) = A::both(simd, input);
                store(simd, &mut out[0][x..], A::value(simd, input));
                store(simd, &mut out[1][x..], value);
                store(simd, &mut out[2][x..], derivative);
            }
            let [alone, value, derivative] = out.map(|mut v| {
                v.truncate(self.1.len());
                v
            });
            (alone, value, derivative)
        }
    }

    fn inputs() -> Vec<f32> {
        (-80_000..=80_000)
            .map(|i| i as f32 * 1e-3)
            .chain((-999..999).map(|i| i as f32 * 1e-7))
            .collect()
    }

    #[test]
    fn silu_and_its_derivative_are_accurate_to_the_last_bits() {
        let inputs = inputs();
        for level in Level::available() {
            let (alone, value, derivative) = level.run(Both(Silu, &inputs));
            for (i, &x) in inputs.iter().enumerate() {
                let x = f64::from(x);
                let (expected, sigmoid) = (Activation::Silu.exact(x), 1.0 / (1.0 + (-x).exp()));
                for got in [alone[i], value[i]] {
                    let off = (f64::from(got) - expected).abs();
                    assert!(off <= 3e-7 * expected.abs(), "{level:?}: {got} at {x}");
                }
                // The two terms cancel near -1.28.
                let slope = sigmoid + expected * (1.0 - sigmoid);
                let off = (f64::from(derivative[i]) - slope).abs();
                assert!(off <= 3e-7 * (sigmoid + expected.abs()), "{level:?}: slope at {x}");
            }
        }
    }

    #[test]
    fn nan_propagates_and_extreme_inputs_are_handled() {
        let inputs = [f32::NAN, 1e30, -1e30, f32::INFINITY];
        for level in Level::available() {
            let (value, ..) = level.run(Both(Silu, &inputs));
            assert!(value[0].is_nan(), "{level:?}");
            assert_eq!((value[1], value[3]), (1e30, f32::INFINITY), "{level:?}");
            assert!(value[2].abs() < 1e-7, "{level:?}: {}", value[2]);
        }
    }

    #[test]
    fn relu_has_slope_zero_at_zero() {
        for level in Level::available() {
            let (value, _, slope) = level.run(Both(Relu, &[-1.0, 0.0, 2.0]));
            assert_eq!((value, slope), (vec![0.0, 0.0, 2.0], vec![0.0, 0.0, 1.0]), "{level:?}");
        }
    }
}
