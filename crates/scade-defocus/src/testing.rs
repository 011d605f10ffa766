//! Random inputs for tests, from seeds.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_image::{Plane, RgbImage};

/// The random number generator of a test.
pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A random size up to 40 × 40, sometimes one pixel wide or high.
pub(crate) fn size(rng: &mut ChaCha8Rng) -> (usize, usize) {
    let mut side = || if rng.random_bool(0.2) { 1 } else { rng.random_range(1..=40) };
    (side(), side())
}

/// Gray levels with edges of many strengths: a few overlapping rectangles and some noise.
pub(crate) fn levels(rng: &mut ChaCha8Rng, width: usize, height: usize) -> Vec<u8> {
    let mut levels = vec![rng.random_range(0..=250_u8); width * height];
    for _ in 0..6 {
        let (left, top) = (rng.random_range(0..width), rng.random_range(0..height));
        let (right, bottom) = (rng.random_range(left..width), rng.random_range(top..height));
        let level = rng.random_range(0..=250);
        for y in top..=bottom {
            levels[y * width + left..=y * width + right].fill(level);
        }
    }
    levels.iter().map(|&level| level + rng.random_range(0..=5)).collect()
}

/// A plane of such gray levels, with fractions.
pub(crate) fn plane(rng: &mut ChaCha8Rng, width: usize, height: usize) -> Plane {
    let mut levels = levels(rng, width, height).into_iter();
    let values = levels.by_ref().map(|level| f32::from(level) * rng.random_range(0.99..1.0));
    Plane::from_vec(width, height, values.collect()).unwrap()
}

/// The image of `fixtures/make_golden.py`: discs with hard and soft edges, some noise on the
/// right half, by integer arithmetic alone.
pub(crate) fn rendered() -> RgbImage {
    let (width, height) = (117_u32, 90_u32);
    let mut state = 7_u32;
    let mut sample = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((state >> 8) % below) as i32
    };
    let mut image = RgbImage::new(width, height);
    image.fill(90);
    for _ in 0..24 {
        let (center_x, center_y) = (sample(width), sample(height));
        let (radius, hardness) = (4 + sample(22), sample(5));
        let color = [sample(246), sample(246), sample(246)];
        for (x, y, pixel) in image.enumerate_pixels_mut() {
            let (dx, dy) = (x as i32 - center_x, y as i32 - center_y);
            let inside = ((radius * radius - dx * dx - dy * dy) << hardness) + 128;
            let alpha = inside.clamp(0, 256);
            for (value, color) in pixel.0.iter_mut().zip(color) {
                *value = ((i32::from(*value) * (256 - alpha) + color * alpha) >> 8) as u8;
            }
        }
    }
    for (i, value) in (0_u64..).zip(image.iter_mut()) {
        if i / 3 % u64::from(width) >= u64::from(width) / 2 {
            *value += ((i * 2_654_435_761) >> 13 & 3) as u8;
        }
    }
    image
}

/// The first 116 columns of it.
pub(crate) fn rendered_even() -> RgbImage {
    let image = rendered();
    RgbImage::from_fn(116, 90, |x, y| *image.get_pixel(x, y))
}

/// Whether a map of [`rendered_even`] has the mean and the values at (0, 0), (58, 45) and (20, 70) that
/// `fixtures/make_golden.py` prints, within 0.001.
pub(crate) fn assert_golden(map: &Plane, expected: [f64; 4]) {
    let mean = map.data().iter().map(|&value| f64::from(value)).sum::<f64>();
    let at = |x, y| f64::from(map.at(x, y));
    let got = [mean / map.data().len() as f64, at(0, 0), at(58, 45), at(20, 70)];
    let close = got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-3);
    assert!(close, "{got:?}, expected {expected:?}");
}

/// `Σ value·(index + 1)`: one number for a whole image, sensitive to order.
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().zip(1..).map(|(&byte, place)| u64::from(byte) * place).sum()
}
