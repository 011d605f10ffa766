//! Lines of text on an image, in the font of the plots.

use image::RgbImage;
use plotters::backend::BitMapBackend;
use plotters::drawing::IntoDrawingArea;
use plotters::style::{FontDesc, FontFamily, FontStyle, RGBColor};

use crate::font::FAMILY;
use crate::{Error, font};

fn font_of(size: u32) -> FontDesc<'static> {
    font::register();
    FontDesc::new(FontFamily::Name(FAMILY), f64::from(size), FontStyle::Normal)
}

/// Writes a line of text, its upper left corner at `[x, y]` in pixels; `size` is that of the font in pixels,
/// `color` red, green, blue. What reaches beyond the image is cut off. Letters that the font lacks (it has the
/// Latin ones) are left blank.
///
/// # Errors
/// [`Error::Plot`]; no text causes it.
pub fn draw_text(
    image: &mut RgbImage,
    text: &str,
    at: [i32; 2],
    size: u32,
    color: [u8; 3],
) -> Result<(), Error> {
    let dimensions = image.dimensions();
    let area = BitMapBackend::with_buffer(image, dimensions).into_drawing_area();
    let [red, green, blue] = color;
    let style = font_of(size).color(&RGBColor(red, green, blue));
    area.draw_text(text, &style, (at[0], at[1]))
        .and_then(|()| area.present())
        .map_err(|reason| Error::Plot { reason: reason.to_string() })
}

/// Width in pixels of a line that [`draw_text`] writes.
///
/// # Errors
/// [`Error::Plot`]; no text causes it.
pub fn text_width(text: &str, size: u32) -> Result<u32, Error> {
    let extent = font_of(size).box_size(text);
    extent.map(|(width, _)| width).map_err(|reason| Error::Plot { reason: reason.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_in_its_color_and_starts_where_it_is_placed() {
        let mut image = RgbImage::from_pixel(80, 30, [255; 3].into());
        draw_text(&mut image, "fake", [20, 5], 16, [200, 0, 0]).unwrap();
        let inked = image.enumerate_pixels().filter(|(_, _, pixel)| pixel.0 == [200, 0, 0]);
        let columns: Vec<u32> = inked.map(|(x, ..)| x).collect();
        let (first, last) = (columns.iter().min().unwrap(), columns.iter().max().unwrap());
        let width = text_width("fake", 16).unwrap();
        assert!(*first >= 20 && *first < 24, "{first}");
        assert!(*last < 20 + width, "{last}, {width}");
        assert!(image.pixels().all(|pixel| pixel[0] >= 200), "a mixture of ink and paper");
    }

    #[test]
    fn text_beyond_the_image_is_cut_off() {
        let mut image = RgbImage::new(10, 10);
        draw_text(&mut image, "a long line of text", [-5, 4], 14, [255; 3]).unwrap();
        assert_eq!(image.dimensions(), (10, 10));
    }
}
