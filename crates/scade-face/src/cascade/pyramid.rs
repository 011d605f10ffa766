//! The image pyramid: sizes at which faces of every size match the 12-pixel window.

use crate::config::CELL_SIZE;

/// One level of the pyramid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Level {
    /// Size relative to the image.
    pub(crate) scale: f64,
    /// Columns of the resized image.
    pub(crate) width: u32,
    /// Rows of the resized image.
    pub(crate) height: u32,
}

/// The levels for an image of `width` × `height`, largest first: scales `12 / min_face_size · factor^k`
/// while the shorter side is at least 12 pixels. Empty for images smaller than a face.
///
/// `factor` must be between 0 and 1; otherwise this does not terminate.
pub(crate) fn levels(width: u32, height: u32, min_face_size: u32, factor: f64) -> Vec<Level> {
    let shorter = f64::from(width.min(height));
    let resized = |length: u32, scale: f64| (f64::from(length) * scale + 1.0) as u32;
    let mut scale = f64::from(CELL_SIZE) / f64::from(min_face_size);
    let mut left = shorter * scale;
    let mut levels = Vec::new();
    while left >= f64::from(CELL_SIZE) {
        levels.push(Level { scale, width: resized(width, scale), height: resized(height, scale) });
        scale *= factor;
        left *= factor;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ```python
    /// minl, s, out = 480 * 12 / 60, 12 / 60, []
    /// while minl >= 12: out.append((s, int(640 * s + 1), int(480 * s + 1))); s *= .709; minl *= .709
    /// ```
    #[test]
    fn sizes_of_a_vga_frame() {
        let got: Vec<_> = levels(640, 480, 60, 0.709).iter().map(|l| (l.width, l.height)).collect();
        assert_eq!(got, [(129, 97), (91, 69), (65, 49), (46, 35), (33, 25), (23, 18), (17, 13)]);
        let scales = levels(640, 480, 60, 0.709);
        assert!((scales[1].scale - 0.1418).abs() < 1e-15);
    }

    #[test]
    fn images_smaller_than_a_face_have_no_levels() {
        for (width, height) in [(0, 0), (1, 1), (11, 500), (500, 59)] {
            assert!(levels(width, height, 60, 0.709).is_empty(), "{width} x {height}");
        }
        assert_eq!(levels(60, 60, 60, 0.709).len(), 1);
        assert!(levels(11, 11, 12, 0.709).is_empty());
    }
}
