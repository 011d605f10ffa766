//! Box arithmetic of the cascade, with the conventions its weights were trained with: coordinates
//! that count pixels from 1, and `+ 1` where a length is taken from the first to the last pixel.

use scade_image::{FaceBox, PixelRect};

use crate::config::CELL_SIZE;

/// Pixels between neighboring windows of P-Net.
const CELL_STRIDE: usize = 2;

/// The window of P-Net's output cell, in pixels of the whole image; `scale` is the level's size
/// relative to it. Rounded down.
pub(crate) fn cell(column: usize, row: usize, scale: f64) -> FaceBox {
    let scale = scale as f32;
    let start = |cell: usize| (((CELL_STRIDE * cell + 1) as f32) / scale).floor();
    let end = |cell: usize| (((CELL_STRIDE * cell + CELL_SIZE as usize) as f32) / scale).floor();
    FaceBox { x1: start(column), y1: start(row), x2: end(column), y2: end(row) }
}

/// Applies P-Net's box regression, in box sizes.
pub(crate) fn regress_proposal(bbox: FaceBox, by: [f32; 4]) -> FaceBox {
    moved(bbox, by, bbox.width(), bbox.height())
}

/// Applies the box regression of R-Net or O-Net, in box sizes that include both end pixels.
pub(crate) fn regress(bbox: FaceBox, by: [f32; 4]) -> FaceBox {
    moved(bbox, by, bbox.width() + 1.0, bbox.height() + 1.0)
}

fn moved(bbox: FaceBox, by: [f32; 4], width: f32, height: f32) -> FaceBox {
    FaceBox {
        x1: bbox.x1 + by[0] * width,
        y1: bbox.y1 + by[1] * height,
        x2: bbox.x2 + by[2] * width,
        y2: bbox.y2 + by[3] * height,
    }
}

/// The square with the same center whose side is the box's longer one.
pub(crate) fn square_up(bbox: FaceBox) -> FaceBox {
    let (width, height) = (bbox.width(), bbox.height());
    let side = width.max(height);
    let x1 = bbox.x1 + width * 0.5 - side * 0.5;
    let y1 = bbox.y1 + height * 0.5 - side * 0.5;
    FaceBox { x1, y1, x2: x1 + side, y2: y1 + side }
}

/// The pixels of a box within an image of `width` × `height`: corners truncated, counted from 1,
/// both ends included, clipped. `None` if nothing is left, as for boxes that are not finite.
pub(crate) fn window(bbox: FaceBox, width: u32, height: u32) -> Option<PixelRect> {
    let (x, columns) = span(bbox.x1, bbox.x2, width)?;
    let (y, rows) = span(bbox.y1, bbox.y2, height)?;
    Some(PixelRect { x, y, width: columns, height: rows })
}

/// First pixel, counted from 0, and number of pixels.
fn span(first: f32, last: f32, limit: u32) -> Option<(u32, u32)> {
    // `as` truncates toward zero, saturates, and converts NaN to 0.
    let start = (first as i64).max(1) - 1;
    let end = (last as i64).min(i64::from(limit));
    let count = end - start;
    (count > 0).then_some((start as u32, count as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bbox(x1: f32, y1: f32, x2: f32, y2: f32) -> FaceBox {
        FaceBox { x1, y1, x2, y2 }
    }

    #[test]
    fn cells_cover_their_window() {
        // floor(7/.2) = 35, floor(11/.2) = 55, floor(18/.2) = 90, floor(22/.2) = 110
        assert_eq!(cell(3, 5, 0.2), bbox(35.0, 55.0, 90.0, 110.0));
        // floor(1/.1418) = 7, floor(12/.1418) = 84
        assert_eq!(cell(0, 0, 0.1418), bbox(7.0, 7.0, 84.0, 84.0));
    }

    #[test]
    fn regression_counts_the_last_pixel_only_after_the_proposal() {
        let start = bbox(10.0, 20.0, 30.0, 60.0);
        let by = [0.1, -0.1, 0.2, 0.5];
        assert_eq!(regress_proposal(start, by), bbox(12.0, 16.0, 34.0, 80.0));
        assert_eq!(regress(start, by), bbox(12.1, 15.9, 34.2, 80.5));
    }

    #[test]
    fn squares_keep_the_center() {
        assert_eq!(square_up(bbox(10.0, 20.0, 30.0, 60.0)), bbox(0.0, 20.0, 40.0, 60.0));
        assert_eq!(square_up(bbox(0.0, 0.0, 8.0, 2.0)), bbox(0.0, -3.0, 8.0, 5.0));
    }

    #[test]
    fn windows_are_truncated_and_clipped() {
        let rect = |x, y, width, height| Some(PixelRect { x, y, width, height });
        assert_eq!(window(bbox(3.9, 1.0, 7.9, 2.0), 100, 100), rect(2, 0, 5, 2));
        assert_eq!(window(bbox(-8.5, -0.9, 7.2, 500.0), 100, 50), rect(0, 0, 7, 50));
        assert_eq!(window(bbox(100.0, 1.0, 140.0, 5.0), 100, 100), rect(99, 0, 1, 5));
        assert_eq!(window(bbox(101.0, 1.0, 140.0, 5.0), 100, 100), None);
        assert_eq!(window(bbox(-9.0, 1.0, 0.5, 5.0), 100, 100), None);
    }

    #[test]
    fn boxes_that_are_not_finite_have_no_window() {
        assert_eq!(window(bbox(f32::NAN, 1.0, f32::NAN, 5.0), 10, 10), None);
        assert_eq!(window(bbox(f32::INFINITY, 1.0, f32::INFINITY, 5.0), 10, 10), None);
        assert!(window(bbox(f32::NEG_INFINITY, 1.0, f32::INFINITY, 5.0), 10, 10).is_some());
    }
}
