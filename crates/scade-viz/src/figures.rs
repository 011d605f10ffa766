//! The figures of the project, each from plain numbers.

mod agreement;
mod features;
mod history;
mod ranking;
mod robustness;
mod scores;
mod timeline;

pub use agreement::{Bin, Confusion, confusion, reliability, risk_coverage};
pub use features::features;
pub use history::{Curves, Epoch};
pub use ranking::{det, precision_recall, roc};
pub use robustness::robustness;
pub use scores::{center_distances, score_distribution};
pub use timeline::Timeline;

use crate::ticks::thousands;
use crate::{Chart, Series};

/// Style of real samples, and of fake ones, in all figures.
pub(crate) const REAL: usize = 0;
pub(crate) const FAKE: usize = 1;

/// A named curve with an optional confidence band.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Curve<'a> {
    /// Its entry in the legend.
    pub name: &'a str,
    /// x and y, in the order of the line.
    pub points: &'a [(f64, f64)],
    /// x, lower end and upper end of y; empty without a band.
    pub band: &'a [(f64, f64, f64)],
}

impl<'a> Curve<'a> {
    /// A curve without a band.
    #[must_use]
    pub fn new(name: &'a str, points: &'a [(f64, f64)]) -> Self {
        Self { name, points, band: &[] }
    }

    /// Adds a confidence band: x, lower end, upper end.
    #[must_use]
    pub fn band(self, band: &'a [(f64, f64, f64)]) -> Self {
        Self { band, ..self }
    }
}

/// What was counted: samples of both classes and their unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts<'a> {
    /// Number of real samples.
    pub real: usize,
    /// Number of fake samples.
    pub fake: usize,
    /// What one sample is, in the plural: `frames`, `videos`.
    pub unit: &'a str,
}

impl Counts<'_> {
    /// `n = 1,500 frames: 1,000 real, 500 fake`.
    fn text(&self) -> String {
        let [n, real, fake] = [self.real.saturating_add(self.fake), self.real, self.fake]
            .map(|n| thousands(n as u64));
        format!("n = {n} {}: {real} real, {fake} fake", self.unit)
    }
}

/// Adds curves and their bands to a chart, each in a style of its own.
fn with_curves(mut chart: Chart, curves: &[Curve<'_>]) -> Chart {
    for (style, curve) in curves.iter().enumerate().filter(|(_, curve)| !curve.band.is_empty()) {
        chart = chart.with(Series::band("", curve.band.iter().copied()).style(style));
    }
    for (style, curve) in curves.iter().enumerate() {
        chart = chart.with(Series::line(curve.name, curve.points.iter().copied()).style(style));
    }
    chart
}
