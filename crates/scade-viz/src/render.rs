//! From drawing commands to the bytes of a file.

use image::ImageFormat;
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::WHITE;

use crate::panel::Drawn;
use crate::{Error, font};

/// Pixels of a PNG per unit of length, so that text stays sharp on dense screens.
const DENSITY: u32 = 2;

/// Something that draws itself on any backend, with `scale` pixels per unit of length.
pub(crate) trait Draw {
    /// Width and height, in units of length: points of an SVG.
    const SIZE: (u32, u32);

    fn draw<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, scale: f64) -> Drawn<D>;
}

/// The image as the text of an SVG file.
pub(crate) fn svg<P: Draw>(image: &P) -> Result<String, Error> {
    let mut text = String::new();
    paint(image, SVGBackend::with_string(&mut text, P::SIZE), 1.0)?;
    Ok(text)
}

/// The image as the bytes of a PNG file.
pub(crate) fn png<P: Draw>(image: &P) -> Result<Vec<u8>, Error> {
    let (width, height) = (DENSITY * P::SIZE.0, DENSITY * P::SIZE.1);
    let mut pixels = image::RgbImage::new(width, height);
    let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
    paint(image, backend, f64::from(DENSITY))?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

fn paint<P: Draw, D: DrawingBackend>(image: &P, backend: D, scale: f64) -> Result<(), Error> {
    font::register();
    let area = backend.into_drawing_area();
    let drawn = area.fill(&WHITE).and_then(|()| image.draw(&area, scale));
    drawn.and_then(|()| area.present()).map_err(|reason| Error::Draw { reason: reason.to_string() })
}
