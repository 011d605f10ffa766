//! Conversion to gray.

use image::{GrayImage, RgbImage};

/// Luma weights 0.299, 0.587, 0.114 in units of 2⁻¹⁵, as in OpenCV's 8-bit `cvtColor`.
const WEIGHTS: [u32; 3] = [9798, 19235, 3735];

/// The luma of ITU-R BT.601, `0.299 R + 0.587 G + 0.114 B`, rounded to the nearest integer in
/// fixed point: equal to OpenCV's `cvtColor(RGB2GRAY)` for every 8-bit color. O(pixels).
#[must_use]
pub fn gray(image: &RgbImage) -> GrayImage {
    let mut out = GrayImage::new(image.width(), image.height());
    for (to, from) in out.iter_mut().zip(image.as_raw().chunks_exact(3)) {
        let sum = WEIGHTS[0] * u32::from(from[0])
            + WEIGHTS[1] * u32::from(from[1])
            + WEIGHTS[2] * u32::from(from[2]);
        *to = ((sum + (1 << 14)) >> 15) as u8;
    }
    out
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    /// Every 8-bit color, against OpenCV 5.0 (and 4.10):
    ///
    /// ```python
    /// total = 0
    /// for r in range(256):
    ///     g, b = np.mgrid[0:256, 0:256]
    ///     rgb = np.dstack([np.full_like(g, r), g, b]).astype(np.uint8)
    ///     gray = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint64).ravel()
    ///     total += int((gray * (np.arange(65536, dtype=np.uint64) + r * 65536 + 1)).sum())
    /// ```
    #[test]
    fn equals_opencv_for_every_color() {
        let mut total = 0;
        for red in 0..256 {
            let image = RgbImage::from_fn(256, 256, |x, y| Rgb([red as u8, y as u8, x as u8]));
            for (&value, place) in gray(&image).as_raw().iter().zip(red * 65536 + 1_u64..) {
                total += u64::from(value) * place;
            }
        }
        assert_eq!(total, 19_753_296_375_866_138);
    }

    #[test]
    fn keeps_gray_and_size() {
        let image = RgbImage::from_fn(7, 1, |x, _| Rgb([40 * x as u8; 3]));
        let out = gray(&image);
        assert_eq!(out.dimensions(), (7, 1));
        assert_eq!(out.as_raw(), &[0, 40, 80, 120, 160, 200, 240]);
    }
}
