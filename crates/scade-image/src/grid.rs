//! Images side by side, for contact sheets.

use image::imageops::replace;

use crate::RgbImage;

/// Rows of images, one below the other; every cell has the size of the first image. Missing cells are black.
/// `None` without an image.
#[must_use]
pub fn grid(rows: &[Vec<RgbImage>]) -> Option<RgbImage> {
    let (width, height) = rows.iter().flatten().next()?.dimensions();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut sheet = RgbImage::new(width * columns as u32, height * rows.len() as u32);
    for (row, images) in (0..).zip(rows) {
        for (column, image) in (0..).zip(images) {
            replace(&mut sheet, image, column * i64::from(width), row * i64::from(height));
        }
    }
    Some(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_at_their_row_and_column() {
        let cell = |gray| RgbImage::from_pixel(3, 2, [gray; 3].into());
        let sheet = grid(&[vec![cell(10), cell(20)], vec![cell(30)]]).unwrap();
        assert_eq!(sheet.dimensions(), (6, 4));
        let at = |x, y| sheet.get_pixel(x, y).0[0];
        assert_eq!([at(2, 1), at(3, 0), at(0, 2), at(5, 3)], [10, 20, 30, 0]);
        assert_eq!(grid(&[]), None);
    }
}
