//! The display matrix of a stream, as one of eight orientations.

use ffmpeg_next::codec::packet::side_data::Type;
use ffmpeg_next::format::stream::Stream;
use image::metadata::Orientation;

/// The display orientation of `stream`; `None` if the container has none.
pub(super) fn of(stream: &Stream<'_>) -> Option<Orientation> {
    stream
        .side_data()
        .find(|data| data.kind() == Type::DisplayMatrix)
        .and_then(|data| parse(data.data()))
        .map(nearest)
}

/// Whether width and height are swapped.
pub(super) fn swaps_axes(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// The linear part `[a, b, c, d]` of FFmpeg's matrix `a b u c d v x y w` (native byte order).
pub(super) fn parse(bytes: &[u8]) -> Option<[i32; 4]> {
    let number = |i: usize| Some(i32::from_ne_bytes(bytes.get(4 * i..4 * i + 4)?.try_into().ok()?));
    (bytes.len() >= 36).then_some([number(0)?, number(1)?, number(3)?, number(4)?])
}

/// A pixel `(x, y)` is displayed at `(a·x + c·y, b·x + d·y)`, up to a shift. Angles between the
/// quarter turns go to the nearer one, as in OpenCV; unlike OpenCV, mirrored matrices are honored.
pub(super) fn nearest([a, b, c, d]: [i32; 4]) -> Orientation {
    let size = |v: i32| u64::from(v.unsigned_abs());
    if size(a) + size(d) >= size(b) + size(c) {
        match (a < 0, d < 0) {
            (false, false) => Orientation::NoTransforms,
            (true, true) => Orientation::Rotate180,
            (true, false) => Orientation::FlipHorizontal,
            (false, true) => Orientation::FlipVertical,
        }
    } else {
        match (b < 0, c < 0) {
            (false, true) => Orientation::Rotate90,
            (true, false) => Orientation::Rotate270,
            (false, false) => Orientation::Rotate90FlipH,
            (true, true) => Orientation::Rotate270FlipH,
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbImage};

    use super::*;

    /// Every pixel moved by the matrix itself, then shifted so that the corner is at (0, 0).
    fn moved(image: &RgbImage, [a, b, c, d]: [i32; 4]) -> RgbImage {
        let (w, h) = (image.width().cast_signed(), image.height().cast_signed());
        let place = |x: i32, y: i32| (a * x + c * y, b * x + d * y);
        let corners = [place(0, 0), place(w - 1, 0), place(0, h - 1), place(w - 1, h - 1)];
        let left = corners.iter().map(|p| p.0).min().unwrap();
        let top = corners.iter().map(|p| p.1).min().unwrap();
        let (w, h) = if a == 0 { (h, w) } else { (w, h) };
        let mut out = RgbImage::new(w.cast_unsigned(), h.cast_unsigned());
        for (x, y, pixel) in image.enumerate_pixels() {
            let (u, v) = place(x.cast_signed(), y.cast_signed());
            out.put_pixel((u - left).cast_unsigned(), (v - top).cast_unsigned(), *pixel);
        }
        out
    }

    #[test]
    fn all_eight_agree_with_the_matrix_applied_pixel_by_pixel() {
        let image = RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8, 7]));
        for signs in [(1, 1), (1, -1), (-1, 1), (-1, -1)] {
            for matrix in [[signs.0, 0, 0, signs.1], [0, signs.0, signs.1, 0]] {
                let orientation = nearest(matrix.map(|v| v << 16));
                let expected = moved(&image, matrix);
                let mut got = DynamicImage::ImageRgb8(image.clone());
                got.apply_orientation(orientation);
                assert_eq!(got.into_rgb8(), expected, "{matrix:?}");
                assert_eq!(swaps_axes(orientation), matrix[0] == 0);
            }
        }
    }

    #[test]
    fn unusual_matrices_are_handled() {
        assert_eq!(nearest([0; 4]), Orientation::NoTransforms);
        assert_eq!(nearest([i32::MIN, i32::MAX, 0, i32::MIN]), Orientation::Rotate180);
        // 80 degrees clockwise.
        assert_eq!(nearest([11380, 64540, -64540, 11380]), Orientation::Rotate90);
        assert_eq!(parse(&[0; 35]), None);
    }
}
