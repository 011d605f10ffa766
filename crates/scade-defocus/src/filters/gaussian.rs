//! Gaussian smoothing of 8-bit images.

use scade_image::reflect101;

use super::Grid;

/// A Gaussian of σ 1.4 over five samples in units of 1/256, as OpenCV rounds it: each weight to the
/// nearest integer, its error carried to the next; the middle one gets the remainder to 256.
pub(crate) const SIGMA_1_4: [u16; 5] = [28, 61, 78, 61, 28];

/// A Gaussian of σ 1 over seven samples, rounded likewise.
pub(crate) const SIGMA_1: [u16; 7] = [1, 14, 62, 102, 62, 14, 1];

/// Smooths by a square Gaussian: equal to OpenCV's `GaussianBlur(gray, (5, 5), 1.4)` with
/// [`SIGMA_1_4`], to its `GaussianBlur(gray, (0, 0), 1)` with [`SIGMA_1`].
///
/// `weights` are symmetric and sum to 256. Both passes are exact in integers, rounded once, half up.
/// Border: reflect-101. O(pixels).
pub(crate) fn gaussian<const N: usize>(gray: Grid<'_, u8>, weights: &[u16; N]) -> Vec<u8> {
    let (width, height) = (gray.width, gray.height);
    let reach = N / 2;
    let mut out = vec![0; width * height];
    let mut padded = vec![0; width + N - 1];
    for (y, out) in out.chunks_exact_mut(width).enumerate() {
        let rows: [&[u8]; N] = std::array::from_fn(|i| {
            gray.row(reflect101(y as isize + i as isize - reach as isize, height))
        });
        add_rows(rows, weights, &mut padded[reach..reach + width]);
        for i in (0..reach).chain(reach + width..padded.len()) {
            padded[i] = padded[reach + reflect101(i as isize - reach as isize, width)];
        }
        for (out, window) in out.iter_mut().zip(padded.windows(N)) {
            let products = window.iter().zip(weights).map(|(&v, &w)| u32::from(v) * u32::from(w));
            *out = ((products.sum::<u32>() + (1 << 15)) >> 16) as u8;
        }
    }
    out
}

/// The vertical pass for one row, in units of 1/256: at most 256 · 255, which 16 bits hold.
fn add_rows<const N: usize>(rows: [&[u8]; N], weights: &[u16; N], sums: &mut [u16]) {
    let rows = rows.map(|row| &row[..sums.len()]);
    for (x, sum) in sums.iter_mut().enumerate() {
        *sum = rows.iter().zip(weights).map(|(row, &weight)| u16::from(row[x]) * weight).sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    /// The definition: the whole window for every pixel.
    fn slow(gray: Grid<'_, u8>, weights: &[u16]) -> Vec<u8> {
        let reach = weights.len() as isize / 2;
        let sample = |x, y| gray.row(reflect101(y, gray.height))[reflect101(x, gray.width)];
        let mut out = Vec::new();
        for y in 0..gray.height as isize {
            for x in 0..gray.width as isize {
                let mut sum = 0.0;
                for (j, &down) in (-reach..).zip(weights) {
                    for (i, &across) in (-reach..).zip(weights) {
                        let weight = f64::from(down) * f64::from(across);
                        sum += weight * f64::from(sample(x + i, y + j));
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
            assert_eq!(gaussian(gray, &SIGMA_1_4), slow(gray, &SIGMA_1_4), "{width} x {height}");
            assert_eq!(gaussian(gray, &SIGMA_1), slow(gray, &SIGMA_1), "{width} x {height}");
        }
    }

    /// By `fixtures/make_golden.py`.
    #[test]
    fn equals_opencv() {
        let gray = scade_image::gray(&testing::rendered());
        assert_eq!(testing::checksum(gray.as_raw()), 6_849_465_474, "the rendered image");
        let smooth = gaussian(Grid::new(117, 90, gray.as_raw()), &SIGMA_1_4);
        assert_eq!(testing::checksum(&smooth), 6_851_623_608);
    }

    #[test]
    fn a_constant_stays() {
        assert_eq!(gaussian(Grid::new(3, 2, &[255; 6]), &SIGMA_1_4), [255; 6]);
        assert_eq!(gaussian(Grid::new(3, 2, &[255; 6]), &SIGMA_1), [255; 6]);
    }
}
