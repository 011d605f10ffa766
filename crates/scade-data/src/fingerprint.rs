//! A perceptual hash of a crop, robust to compression and scaling.

use scade_image::{PixelRect, RgbImage, resize_area};

/// Rows of cells, and cells in a row that are compared with their right neighbors.
const SIDE: usize = 16;

/// One bit for each of 16 × 16 cells: whether its right neighbor is brighter (dHash, Krawetz 2013,
/// with 256 bits instead of 64, because aligned faces are similar).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u64; 4]);

impl Fingerprint {
    /// The hash of a non-empty image. O(pixels).
    pub(crate) fn of(image: &RgbImage) -> Self {
        let whole = PixelRect::whole(image);
        let planes = resize_area(image, whole, SIDE as u32 + 1, SIDE as u32);
        let cells = planes.len() / 3;
        let luma = |cell: usize| {
            0.299 * planes[cell] + 0.587 * planes[cells + cell] + 0.114 * planes[2 * cells + cell]
        };
        let mut words = [0; 4];
        for bit in 0..SIDE * SIDE {
            let cell = bit / SIDE * (SIDE + 1) + bit % SIDE;
            if luma(cell) < luma(cell + 1) {
                words[bit / 64] |= 1 << (bit % 64);
            }
        }
        Self(words)
    }

    /// Bits that differ (Hamming), 0 to 256.
    pub(crate) fn distance(&self, other: &Self) -> u32 {
        self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::synthetic_face;
    use scade_image::{CropFormat, decode_crop};

    #[test]
    fn compression_changes_few_bits_and_another_image_many() {
        let [one, other] = [1, 2].map(synthetic_face);
        let again = decode_crop(&CropFormat::Jpeg.encode(&one, 40).unwrap()).unwrap();
        let [one, again, other] = [one, again, other].map(|image| Fingerprint::of(&image));
        assert_eq!(one.distance(&one), 0);
        assert!(one.distance(&again) < 10, "{}", one.distance(&again));
        assert!(one.distance(&other) > 60, "{}", one.distance(&other));
    }

    #[test]
    fn a_ramp_to_the_right_sets_every_bit() {
        let ramp = RgbImage::from_fn(256, 256, |x, _| [x as u8; 3].into());
        assert_eq!(Fingerprint::of(&ramp), Fingerprint([u64::MAX; 4]));
        assert_eq!(Fingerprint::of(&RgbImage::new(256, 256)), Fingerprint([0; 4]));
    }
}
