//! Instruction sets of the kernels: detected once, or chosen by a test.

use std::any::TypeId;
use std::fmt;
use std::sync::OnceLock;

#[cfg(target_arch = "aarch64")]
use pulp::aarch64::Neon;
#[cfg(target_arch = "x86_64")]
use pulp::x86::{V3, V4};
use pulp::{Scalar128b, Simd, WithSimd};

/// An instruction set that this processor supports; a value proves that it was detected.
#[derive(Clone, Copy)]
pub struct Level(Set);

#[derive(Clone, Copy)]
enum Set {
    /// The baseline of the target, four lanes at a time.
    Portable,
    #[cfg(target_arch = "aarch64")]
    Neon(Neon),
    #[cfg(target_arch = "x86_64")]
    Avx2(V3),
    #[cfg(target_arch = "x86_64")]
    Avx512(V4),
}

impl Level {
    /// The widest available one.
    #[must_use]
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| *Self::available().last().expect("the portable one is always there"))
    }

    /// All that this processor supports, the narrowest first.
    #[must_use]
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self(Set::Portable)];
        #[cfg(target_arch = "aarch64")]
        levels.extend(Neon::try_new().map(|token| Self(Set::Neon(token))));
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(V3::try_new().map(|token| Self(Set::Avx2(token))));
            levels.extend(V4::try_new().map(|token| Self(Set::Avx512(token))));
        }
        levels
    }

    /// The name used in processor manuals.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Set::Portable => "portable",
            #[cfg(target_arch = "aarch64")]
            Set::Neon(_) => "NEON",
            #[cfg(target_arch = "x86_64")]
            Set::Avx2(_) => "AVX2+FMA",
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(_) => "AVX-512",
        }
    }

    /// Runs `kernel` compiled for this instruction set. Functions it calls must be inlined into it.
    #[inline]
    pub(crate) fn run<K: WithSimd>(self, kernel: K) -> K::Output {
        match self.0 {
            Set::Portable => Simd::vectorize(Scalar128b, kernel),
            #[cfg(target_arch = "aarch64")]
            Set::Neon(token) => Simd::vectorize(token, kernel),
            #[cfg(target_arch = "x86_64")]
            Set::Avx2(token) => Simd::vectorize(token, kernel),
            #[cfg(target_arch = "x86_64")]
            Set::Avx512(token) => Simd::vectorize(token, kernel),
        }
    }
}

impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether `S` has a fused multiply-add instruction. The portable set would call a function per lane.
#[inline(always)]
pub(crate) fn is_fused<S: Simd>() -> bool {
    TypeId::of::<S>() != TypeId::of::<Scalar128b>()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Lanes;

    impl WithSimd for Lanes {
        type Output = usize;

        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }

    #[test]
    fn levels_get_wider() {
        let lanes: Vec<_> = Level::available().into_iter().map(|level| level.run(Lanes)).collect();
        assert!(lanes.is_sorted() && lanes[0] == 4, "{lanes:?}");
        assert_eq!(Level::best().run(Lanes), *lanes.last().unwrap());
    }
}
