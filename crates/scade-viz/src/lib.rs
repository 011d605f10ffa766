//! Figures as SVG or PNG, and text on images, from plain numbers: no tensors, no files.
//!
//! Every figure goes through one [`Chart`]: two [`Axis`], [`Series`], [`Reference`] lines, a legend that
//! never covers data, and a footer with number and unit. The figures of the project are functions such as
//! [`roc`] or [`confusion`], and [`Timeline`], [`Curves`]. A [`Figure`] has a title, a text for those who
//! cannot see it, SVG that follows the theme of its page, and PNG for each [`Theme`]. Values that are not
//! finite are left out and counted in the footer; without any value a figure says "no data".
//!
//! SVG is written by a small writer of our own, because `plotters` can give no color a dark twin; PNG by
//! `tiny-skia` and `ttf-parser`, because `resvg` brings forty crates more for text that we place ourselves.
//!
//! ```
//! use scade_viz::{Axis, Chart, Counts, Curve, Reference, Series, Theme};
//!
//! // A figure of the project.
//! let points = [(0.0, 0.0), (0.01, 0.8), (0.1, 0.95), (1.0, 1.0)];
//! let n = Counts { real: 500, fake: 500, unit: "frames" };
//! let figure = scade_viz::roc(&[Curve::new("detector, AUC 0.981", &points)], Some((0.01, 0.8)), &n);
//! let (svg, png) = (figure.svg(), figure.png(Theme::Dark)?);
//! # assert!(svg.contains("n = 1,000 frames") && png.starts_with(b"\x89PNG"));
//!
//! // A chart of one's own.
//! let figure = Chart::new("Speed by batch size", Axis::log10("batch size"), Axis::linear("speed").unit("images/s"))
//!     .with(Series::line("CPU", [(1.0, 40.0), (8.0, 65.0), (64.0, 70.0)]))
//!     .reference(Reference::y(25.0, "real time"))
//!     .footer("n = 3 batch sizes")
//!     .figure();
//! # assert!(figure.alt().starts_with("Speed by batch size: speed (images/s) over batch size"));
//! # Ok::<(), scade_viz::Error>(())
//! ```
//!
//! Text of a PNG uses a font that is part of this crate, so that it looks the same on every machine.

mod axis;
mod chart;
mod error;
mod figure;
mod figures;
mod font;
mod layout;
mod legend;
mod plot;
mod raster;
mod scene;
mod series;
mod svg;
mod text;
mod theme;
mod ticks;
pub mod tsne;

pub use axis::Axis;
pub use chart::Chart;
pub use error::Error;
pub use figure::Figure;
pub use figures::{
    Bin, Confusion, Counts, Curve, Curves, Epoch, Timeline, center_distances, confusion, det,
    features, precision_recall, reliability, risk_coverage, robustness, roc, score_distribution,
};
pub use series::{Cell, Reference, Series};
pub use text::draw_text;
pub use theme::Theme;
pub use ticks::thousands;
