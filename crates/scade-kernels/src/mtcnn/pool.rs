//! Max-pooling with stride 2 on interleaved channels.

use pulp::{Simd, WithSimd};

use crate::lanes::{load, store};

/// Pixels in a row or column after pooling with windows of `side` pixels and stride 2. Rounded up: the
/// last window may extend beyond the end but starts before it.
pub(super) fn pooled(length: usize, side: usize) -> usize {
    length.saturating_sub(side).div_ceil(2) + 1
}

/// One row of max-pooling with windows of `SIDE` × `SIDE` pixels.
pub(super) struct PoolRow<'a, const SIDE: usize, const FROM: usize, const TO: usize> {
    /// `[width, FROM]` each; below the last row it is repeated.
    pub(super) rows: [&'a [f32]; SIDE],
    /// `[pooled width, TO]`, followed by space for `FROM - TO` values. Channels beyond `TO` are dropped.
    pub(super) out: &'a mut [f32],
}

impl<const SIDE: usize, const FROM: usize, const TO: usize> WithSimd
    for PoolRow<'_, SIDE, FROM, TO>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let rows = self.rows.map(|row| row.as_chunks::<FROM>().0);
        let last = rows[0].len() - 1;
        for x in 0..pooled(rows[0].len(), SIDE) {
            for c in (0..FROM).step_by(S::F32_LANES) {
                let mut most = load(simd, &rows[0][2 * x][c..]);
                for row in rows {
                    for k in 0..SIDE {
                        // Repeating a pixel does not change the maximum.
                        let value = load(simd, &row[(2 * x + k).min(last)][c..]);
                        most = simd.max_f32s(most, value);
                    }
                }
                // Channels beyond `TO` are overwritten by the next pixel.
                store(simd, &mut self.out[x * TO + c..], most);
            }
        }
    }
}
