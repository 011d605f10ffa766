//! A figure: one chart or several, one below the other.

use crate::chart::{Chart, NARROW};
use crate::scene::Scene;
use crate::theme::Theme;
use crate::{Error, layout, raster, svg};

/// A laid out figure. The same input gives the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    title: String,
    alt: String,
    scene: Scene,
}

impl Figure {
    /// Charts with a common title, one below the other; without a title where it is empty. The figure is as
    /// wide as the widest chart.
    #[must_use]
    pub fn stack(title: impl Into<String>, charts: Vec<Chart>) -> Self {
        let title = title.into();
        let width = charts.iter().map(|chart| chart.width).fold(NARROW, f64::max);
        let scene = layout::lay_out(&title, &charts, width);
        let mut parts: Vec<String> = charts.iter().map(Chart::description).collect();
        if !title.is_empty() {
            parts.insert(0, format!("{title}."));
        }
        let first = charts.into_iter().next().map(|chart| chart.title);
        let title = if title.is_empty() { first.unwrap_or_default() } else { title };
        Self { title, alt: parts.join(" "), scene }
    }

    /// The title, as plain text.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What it shows in words, for those who cannot see it, as plain text.
    #[must_use]
    pub fn alt(&self) -> &str {
        &self.alt
    }

    /// Width and height in CSS pixels.
    #[must_use]
    pub fn size(&self) -> (f64, f64) {
        (self.scene.width, self.scene.height)
    }

    /// The text of an SVG file, which can also be part of an HTML page. Its colors are those of light paper,
    /// and of dark paper where a screen prefers that.
    #[must_use]
    pub fn svg(&self) -> String {
        svg::write(&self.scene, &self.title, &self.alt)
    }

    /// The bytes of a PNG file, two pixels for each CSS pixel.
    ///
    /// # Errors
    /// [`Error::Png`]; no plotted value can cause it.
    pub fn png(&self, theme: Theme) -> Result<Vec<u8>, Error> {
        raster::write(&self.scene, theme)
    }
}
