//! Renders plots to the bytes of a file.

use image::ImageFormat;
use plotters::backend::{BitMapBackend, DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::style::WHITE;

use crate::panel::Plotted;
use crate::{Error, font};

/// Pixels of a PNG per unit of length, so that text is sharp on high-density screens.
const DENSITY: u32 = 2;

/// A plot for any backend, with `scale` pixels per unit of length.
pub(crate) trait Plot {
    /// Width and height, in units of length: points of an SVG.
    const SIZE: (u32, u32);

    fn plot<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>, scale: f64) -> Plotted<D>;
}

/// The plot as the text of an SVG file.
pub(crate) fn svg<P: Plot>(plot: &P) -> Result<String, Error> {
    let mut text = String::new();
    render(plot, SVGBackend::with_string(&mut text, P::SIZE), 1.0)?;
    Ok(text)
}

/// The plot as the bytes of a PNG file.
pub(crate) fn png<P: Plot>(plot: &P) -> Result<Vec<u8>, Error> {
    let (width, height) = (DENSITY * P::SIZE.0, DENSITY * P::SIZE.1);
    let mut pixels = image::RgbImage::new(width, height);
    let backend = BitMapBackend::with_buffer(&mut pixels, (width, height));
    render(plot, backend, f64::from(DENSITY))?;
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

fn render<P: Plot, D: DrawingBackend>(plot: &P, backend: D, scale: f64) -> Result<(), Error> {
    font::register();
    let area = backend.into_drawing_area();
    let plotted = area.fill(&WHITE).and_then(|()| plot.plot(&area, scale));
    plotted
        .and_then(|()| area.present())
        .map_err(|reason| Error::Plot { reason: reason.to_string() })
}
