//! Resizing: area averaging of a rectangle for detectors, Pillow's rule for crops, and whole images by the
//! filters of other programs.

mod area;
mod bilinear;
mod filtered;

pub use area::resize_area;
pub use bilinear::resize_bilinear;
pub use filtered::{Filter, resize_rgb};

use image::RgbImage;

/// A rectangle of whole pixels inside an image.
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
    /// The rectangle that covers the whole of `image`.
    #[must_use]
    pub fn whole(image: &RgbImage) -> Self {
        Self { x: 0, y: 0, width: image.width(), height: image.height() }
    }

    /// Whether the rectangle is not empty and inside `image`.
    #[must_use]
    pub fn is_inside(&self, image: &RgbImage) -> bool {
        let fits = |start: u32, length: u32, limit: u32| {
            length > 0 && start.checked_add(length).is_some_and(|end| end <= limit)
        };
        fits(self.x, self.width, image.width()) && fits(self.y, self.height, image.height())
    }

    /// The bytes of row `row` of the rectangle, three per pixel.
    fn row<'a>(&self, image: &'a RgbImage, row: usize) -> &'a [u8] {
        let start = (self.y as usize + row) * image.width() as usize + self.x as usize;
        &image.as_raw()[3 * start..3 * (start + self.width as usize)]
    }

    /// Panics for a rectangle that is empty or reaches outside.
    fn check(&self, image: &RgbImage) {
        assert!(
            self.is_inside(image),
            "{self:?} is empty or outside an image of {} x {}",
            image.width(),
            image.height()
        );
    }
}
