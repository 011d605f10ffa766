//! Random inputs for tests, from seeds.

use image::RgbImage;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The random number generator of a test.
pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Independent bytes from a hash; the same in Python:
///
/// ```python
/// def noise(w, h):
///     i = np.arange(w * h * 3, dtype=np.uint64)
///     v = (i * 2654435761 + 12345) & 0xFFFFFFFF
///     v ^= v >> 15
///     v = (v * 2246822519) & 0xFFFFFFFF
///     return (v >> 24).astype(np.uint8).reshape(h, w, 3)
/// ```
pub(crate) fn noise(width: u32, height: u32) -> RgbImage {
    let mut image = RgbImage::new(width, height);
    for (i, byte) in image.iter_mut().enumerate() {
        let mut value = (i as u32).wrapping_mul(2_654_435_761).wrapping_add(12345);
        value ^= value >> 15;
        *byte = (value.wrapping_mul(2_246_822_519) >> 24) as u8;
    }
    image
}

/// A random size up to `most` on each axis, sometimes one pixel wide or high.
pub(crate) fn size(rng: &mut ChaCha8Rng, most: u32) -> (u32, u32) {
    let mut side = || if rng.random_bool(0.2) { 1 } else { rng.random_range(1..=most) };
    (side(), side())
}

/// `Σ value·(index + 1)` modulo 2⁶⁴: one number for a whole image, sensitive to order. In Python:
///
/// ```python
/// def checksum(a):
///     a = np.asarray(a).astype(np.uint64).ravel()
///     return int((a * np.arange(1, a.size + 1, dtype=np.uint64)).sum())
/// ```
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .zip(1_u64..)
        .fold(0, |sum, (&byte, place)| sum.wrapping_add(u64::from(byte).wrapping_mul(place)))
}
