//! The sheet of one face: crop, maps, overlays and numbers in two rows of three.

use scade_image::RgbImage;
use scade_viz::draw_text;

use crate::{Error, Explanation, colorize, overlay, viridis};

/// Pixels around each cell.
const MARGIN: u32 = 12;
/// Height of the caption above each cell, in pixels.
const CAPTION: u32 = 24;
/// Font sizes in pixels.
const FONT: u32 = 16;
const INK: [u8; 3] = [40; 3];
const PAPER: [u8; 3] = [255; 3];
/// Height of a line of the summary, in pixels.
const LINE: i32 = 22;

impl Explanation {
    /// Two rows of three images: crop, defocus map and heat map; defocus overlay, heat map overlay and `lines` of
    /// text, of up to about 30 letters each. Where the network takes no defocus map, the heat map of the other
    /// class is in its place.
    ///
    /// # Errors
    /// [`Error::Text`].
    pub fn sheet(&self, lines: &[String]) -> Result<RgbImage, Error> {
        let opacity = Self::OPACITY;
        let (class, other) = (self.class.name(), self.class.opposite().name());
        let (second, second_overlay) = match &self.defocus {
            Some(map) => (
                ("defocus map".to_owned(), colorize(map)),
                ("defocus, over the crop".to_owned(), overlay(&self.crop, map, opacity)),
            ),
            None => (
                (format!("Grad-CAM for {other}"), colorize(&self.opposite.map)),
                (
                    format!("for {other}, over the crop"),
                    overlay(&self.crop, &self.opposite.map, opacity),
                ),
            ),
        };
        let cells = [
            ("face".to_owned(), self.crop.clone()),
            second,
            (format!("Grad-CAM for {class}"), colorize(&self.cam.map)),
            second_overlay,
            (format!("for {class}, over the crop"), self.cam_overlay(opacity)),
            (String::new(), self.summary(lines)?),
        ];
        let (width, height) = self.crop.dimensions();
        let (across, down) = (width + MARGIN, height + CAPTION + MARGIN);
        let mut sheet = RgbImage::from_pixel(3 * across + MARGIN, 2 * down + MARGIN, PAPER.into());
        for (index, (caption, image)) in (0..).zip(&cells) {
            let (x, y) = (MARGIN + index % 3 * across, MARGIN + index / 3 * down);
            draw_text(&mut sheet, caption, [x as i32, y as i32 + 2], FONT, INK)?;
            place(&mut sheet, image, x, y + CAPTION);
        }
        Ok(sheet)
    }

    /// The text, and below it the scale of the colors.
    fn summary(&self, lines: &[String]) -> Result<RgbImage, Error> {
        let (width, height) = self.crop.dimensions();
        let mut panel = RgbImage::from_pixel(width, height, PAPER.into());
        for (index, line) in (0..).zip(lines) {
            draw_text(&mut panel, line, [0, 6 + index * LINE], FONT, INK)?;
        }
        let bar = height.saturating_sub(40)..height.saturating_sub(24);
        for y in bar {
            for x in 0..width {
                panel.put_pixel(x, y, viridis(x as f32 / width as f32).into());
            }
        }
        let below = height as i32 - 20;
        draw_text(&mut panel, "0", [0, below], FONT, INK)?;
        draw_text(&mut panel, "1", [width as i32 - 10, below], FONT, INK)?;
        Ok(panel)
    }
}

/// Copies `image` into `sheet`, which has room for it, at `(left, top)`.
fn place(sheet: &mut RgbImage, image: &RgbImage, left: u32, top: u32) {
    for (x, y, pixel) in image.enumerate_pixels() {
        sheet.put_pixel(left + x, top + y, *pixel);
    }
}
