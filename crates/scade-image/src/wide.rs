//! Loops over pixels, compiled a second time for AVX2.

use pulp::NullaryFnOnce;

/// Calls `work` compiled for AVX2 where the processor supports it, and the portable version elsewhere.
///
/// Only what is inlined into [`NullaryFnOnce::call`] is compiled twice; mark it, and what it calls,
/// `#[inline(always)]`. Results are the same to the last bit: the compiler neither reorders sums nor
/// fuses products with them. AVX-512 is not used: its gain has not been measured.
#[inline]
pub fn on_wide_vectors<W: NullaryFnOnce>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = pulp::x86::V3::try_new() {
        return pulp::Simd::vectorize(avx2, work);
    }
    work.call()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sum<'a>(&'a [f32]);

    impl NullaryFnOnce for Sum<'_> {
        type Output = f32;

        #[inline(always)]
        fn call(self) -> f32 {
            self.0.iter().fold(0.0, |sum, value| sum + 0.1 * value)
        }
    }

    #[test]
    fn results_are_bit_identical() {
        let values: Vec<f32> = (0..1001).map(|i| (i as f32).sin()).collect();
        assert_eq!(on_wide_vectors(Sum(&values)).to_bits(), Sum(&values).call().to_bits());
    }
}
