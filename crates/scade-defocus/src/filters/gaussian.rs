//! Gaussian smoothing of 8-bit pictures.

use scade_image::reflect101;

use super::Grid;

/// A Gaussian of σ 1.4 over five samples in units of 1/256, as OpenCV rounds it: each weight to the
/// nearest, its error carried to the next, the middle one takes what is missing to 256.
const WEIGHTS: [u32; 5] = [28, 61, 78, 61, 28];

/// Smooths by the 5 × 5 Gaussian of σ 1.4: equal to OpenCV's `GaussianBlur(gray, (5, 5), 1.4)`.
///
/// Both passes are exact in integers, rounded once, half up. Border: reflect-101. O(pixels).
pub(crate) fn gaussian5(gray: Grid<'_, u8>) -> Vec<u8> {
    let (width, height) = (gray.width, gray.height);
    let mut out = vec![0; width * height];
    let mut padded = vec![0; width + 4];
    for (y, out) in out.chunks_exact_mut(width).enumerate() {
        let rows: [&[u8]; 5] =
            std::array::from_fn(|i| gray.row(reflect101(y as isize + i as isize - 2, height)));
        add_rows(rows, &mut padded[2..2 + width]);
        for (i, x) in
            [(0, -2), (1, -1), (width + 2, width as isize), (width + 3, width as isize + 1)]
        {
            padded[i] = padded[2 + reflect101(x, width)];
        }
        for (out, window) in out.iter_mut().zip(padded.windows(5)) {
            *out = ((weigh(|i| window[i]) + (1 << 15)) >> 16) as u8;
        }
    }
    out
}

/// The vertical pass for one row, in units of 1/256.
fn add_rows(rows: [&[u8]; 5], sums: &mut [u32]) {
    let rows = rows.map(|row| &row[..sums.len()]);
    for (x, sum) in sums.iter_mut().enumerate() {
        *sum = weigh(|i| u32::from(rows[i][x]));
    }
}

/// The weighted sum of five samples.
#[inline]
fn weigh(sample: impl Fn(usize) -> u32) -> u32 {
    WEIGHTS[0] * (sample(0) + sample(4))
        + WEIGHTS[1] * (sample(1) + sample(3))
        + WEIGHTS[2] * sample(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// The definition: 25 samples for every pixel.
    fn slow(gray: Grid<'_, u8>) -> Vec<u8> {
        let sample = |x, y| gray.row(reflect101(y, gray.height))[reflect101(x, gray.width)];
        let mut out = Vec::new();
        for y in 0..gray.height as isize {
            for x in 0..gray.width as isize {
                let mut sum = 0.0;
                for (j, vertical) in WEIGHTS.into_iter().enumerate() {
                    for (i, horizontal) in WEIGHTS.into_iter().enumerate() {
                        let level = sample(x + i as isize - 2, y + j as isize - 2);
                        sum += f64::from(vertical * horizontal) * f64::from(level);
                    }
                }
                out.push((sum / 65536.0 + 0.5).floor() as u8);
            }
        }
        out
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut rng = testing::rng(2);
        for _ in 0..100 {
            let (width, height) = testing::size(&mut rng);
            let levels = testing::levels(&mut rng, width, height);
            let gray = Grid::new(width, height, &levels);
            assert_eq!(gaussian5(gray), slow(gray), "{width} x {height}");
        }
    }

    /// By `fixtures/make_golden.py`.
    #[test]
    fn equals_opencv() {
        let gray = scade_image::gray(&testing::drawn());
        assert_eq!(testing::checksum(gray.as_raw()), 6_849_465_474, "the drawn picture itself");
        let smooth = gaussian5(Grid::new(117, 90, gray.as_raw()));
        assert_eq!(testing::checksum(&smooth), 6_851_623_608);
    }

    #[test]
    fn a_constant_stays() {
        assert_eq!(gaussian5(Grid::new(3, 2, &[255; 6])), [255; 6]);
    }
}
