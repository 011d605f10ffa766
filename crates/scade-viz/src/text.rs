//! Lines of text on an image, in the font of the figures.

use tiny_skia::{Color, FillRule, Paint, PathBuilder, Pixmap, Shader, Transform};

use crate::font;
use crate::raster::Outline;

/// Writes a line of text on an image of `width` pixels a row, red, green, blue: its upper left corner at `[x, y]`
/// in pixels; `size` is that of the font in pixels, `color` red, green, blue. What reaches beyond the image is cut
/// off. Letters that the font lacks are left blank.
///
/// # Panics
/// When `rgb` does not consist of whole rows.
pub fn draw_text(rgb: &mut [u8], width: u32, text: &str, at: [i32; 2], size: u32, color: [u8; 3]) {
    let row = 3 * width as usize;
    assert!(row > 0 && rgb.len().is_multiple_of(row), "{} bytes in rows of {row}", rgb.len());
    let mut outline = Outline(PathBuilder::new());
    font::outline(text, f64::from(size), false, &mut outline);
    let extent = font::width(text, f64::from(size), false).ceil() as u32 + 2;
    // From the top of the highest letter to below the lowest one.
    let (Some(path), Some(mut ink)) = (outline.0.finish(), Pixmap::new(extent, 2 * size)) else {
        // Nothing but spaces has no outline.
        return;
    };
    let black = Shader::SolidColor(Color::BLACK);
    let paint = Paint { shader: black, anti_alias: true, ..Paint::default() };
    let base = Transform::from_translate(0.0, size as f32);
    ink.fill_path(&path, &paint, FillRule::Winding, base, None);
    let height = (rgb.len() / row) as i32;
    for (place, pixel) in (0..).zip(ink.pixels()) {
        let x = at[0] + place % extent as i32;
        let y = at[1] + place / extent as i32;
        let alpha = u32::from(pixel.alpha());
        if alpha > 0 && (0..width as i32).contains(&x) && (0..height).contains(&y) {
            let start = y as usize * row + 3 * x as usize;
            for (value, ink) in rgb[start..start + 3].iter_mut().zip(color) {
                let mixed = u32::from(*value) * (255 - alpha) + u32::from(ink) * alpha;
                *value = ((mixed + 127) / 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_in_its_color_and_starts_where_it_is_placed() {
        let mut image = vec![255; 80 * 30 * 3];
        draw_text(&mut image, 80, "fake", [20, 5], 16, [200, 0, 0]);
        let pixels = image.chunks_exact(3).enumerate();
        let inked = pixels.filter(|(_, pixel)| *pixel == [200, 0, 0]);
        let columns: Vec<usize> = inked.map(|(place, _)| place % 80).collect();
        let (first, last) = (columns.iter().min().unwrap(), columns.iter().max().unwrap());
        let width = font::width("fake", 16.0, false) as usize;
        assert!((20..24).contains(first), "{first}");
        assert!(*last <= 20 + width, "{last}, {width}");
        assert!(image.chunks_exact(3).all(|pixel| pixel[0] >= 200), "a mixture of ink and paper");
    }

    #[test]
    fn text_beyond_the_image_is_cut_off() {
        let mut image = vec![0; 10 * 10 * 3];
        draw_text(&mut image, 10, "a long line of text", [-5, 4], 14, [255; 3]);
        assert!(image.iter().any(|value| *value > 0));
        draw_text(&mut image, 10, "", [0, 0], 14, [255; 3]);
        draw_text(&mut image, 10, "x", [500, -500], 14, [255; 3]);
    }
}
