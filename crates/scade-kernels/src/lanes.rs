//! Vectors to and from slices, and the few operations on them that the kernels share.

use pulp::Simd;
use pulp::bytemuck::{bytes_of, cast_slice, cast_slice_mut, pod_read_unaligned};

use crate::level::is_fused;

/// The first lanes of `from`, which must be long enough.
#[inline(always)]
pub(crate) fn load<S: Simd>(_: S, from: &[f32]) -> S::f32s {
    pod_read_unaligned(cast_slice(&from[..S::F32_LANES]))
}

/// Writes all lanes to the front of `to`, which must be long enough.
#[inline(always)]
pub(crate) fn store<S: Simd>(_: S, to: &mut [f32], vector: S::f32s) {
    cast_slice_mut(&mut to[..S::F32_LANES]).copy_from_slice(bytes_of(&vector));
}

/// `a·b + c`, rounded once where one instruction does it.
#[inline(always)]
pub(crate) fn multiply_add<S: Simd>(simd: S, a: S::f32s, b: S::f32s, c: S::f32s) -> S::f32s {
    if is_fused::<S>() { simd.mul_add_f32s(a, b, c) } else { simd.add_f32s(simd.mul_f32s(a, b), c) }
}
