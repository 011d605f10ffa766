//! Resizing of a rectangle of a picture: plain averaging for detectors, Pillow's rule for crops.

mod area;
mod bilinear;

pub use area::resize_area;
pub use bilinear::resize_bilinear;

use image::RgbImage;

/// A rectangle of whole pixels inside a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRect {
    /// First column.
    pub x: u32,
    /// First row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl PixelRect {
    /// The rectangle that covers the whole of `picture`.
    #[must_use]
    pub fn whole(picture: &RgbImage) -> Self {
        Self { x: 0, y: 0, width: picture.width(), height: picture.height() }
    }

    /// Whether the rectangle has pixels and all of them lie inside `picture`.
    #[must_use]
    pub fn is_inside(&self, picture: &RgbImage) -> bool {
        let fits = |start: u32, length: u32, limit: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= limit)
        };
        fits(self.x, self.width, picture.width()) && fits(self.y, self.height, picture.height())
    }

    /// The bytes of row `row` of the rectangle, three per pixel.
    fn row<'a>(&self, picture: &'a RgbImage, row: usize) -> &'a [u8] {
        let start = (self.y as usize + row) * picture.width() as usize + self.x as usize;
        &picture.as_raw()[3 * start..3 * (start + self.width as usize)]
    }

    /// Refuses a rectangle that is empty or reaches outside.
    fn check(&self, picture: &RgbImage) {
        assert!(
            self.is_inside(picture),
            "{self:?} is empty or outside a picture of {} x {}",
            picture.width(),
            picture.height()
        );
    }
}
