//! One chart: a few lines over the epochs.

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::axis::{self, Axis};
use crate::font::FAMILY;

/// A palette that is safe for color blindness (Okabe and Ito 2008).
pub(crate) const BLUE: RGBColor = RGBColor(0, 114, 178);
pub(crate) const ORANGE: RGBColor = RGBColor(213, 94, 0);
pub(crate) const GREEN: RGBColor = RGBColor(0, 158, 115);
const INK: RGBColor = RGBColor(60, 60, 60);
const GRID: RGBColor = RGBColor(225, 225, 225);

/// The result of plotting on the backend `D`.
pub(crate) type Plotted<D> = Result<(), DrawingAreaErrorKind<<D as DrawingBackend>::ErrorType>>;

/// A line over the epochs.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) color: RGBColor,
    /// Epoch and value. A value that cannot be plotted interrupts the line.
    pub(crate) points: Vec<(f64, f64)>,
}

/// A chart.
pub(crate) struct Panel<'a> {
    /// Name and unit of the vertical axis.
    pub(crate) title: &'a str,
    pub(crate) x: &'a Axis,
    /// Whether the horizontal axis is named.
    pub(crate) lowest: bool,
    pub(crate) y: Axis,
    /// Text of a tick of the vertical axis.
    pub(crate) y_label: &'a dyn Fn(f64) -> String,
    pub(crate) series: &'a [Series],
    pub(crate) legend: SeriesLabelPosition,
    /// The marked epoch.
    pub(crate) best: Option<f64>,
    /// The value of a horizontal reference line, such as chance.
    pub(crate) level: Option<f64>,
    /// Pixels per unit of length.
    pub(crate) scale: f64,
}

impl Panel<'_> {
    pub(crate) fn plot<D: DrawingBackend>(&self, area: &DrawingArea<D, Shift>) -> Plotted<D> {
        let px = |length: f64| (length * self.scale).round() as i32;
        let text = |size: f64| (FAMILY, size * self.scale).into_font().color(&INK);
        let mut chart = ChartBuilder::on(area)
            .margin_right(px(18.0))
            .margin_top(px(10.0))
            .margin_left(px(10.0))
            .x_label_area_size(px(if self.lowest { 44.0 } else { 24.0 }))
            .y_label_area_size(px(72.0))
            .build_cartesian_2d(self.x.clone(), self.y.clone())?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID.stroke_width(px(1.0).unsigned_abs()))
            .axis_style(INK.stroke_width(px(1.0).unsigned_abs()))
            .label_style(text(13.0))
            .axis_desc_style(text(14.0))
            .x_desc(if self.lowest { "epoch" } else { "" })
            .y_desc(self.title)
            .x_label_formatter(&|epoch| format!("{epoch:.0}"))
            .y_label_formatter(&|value| (self.y_label)(*value))
            .draw()?;
        let (x, y) = (&self.x.range, &self.y.range);
        let dash = (px(5.0), px(4.0));
        if let Some(level) = self.level.filter(|level| y.contains(level)) {
            let ends = [(x.start, level), (x.end, level)];
            chart.draw_series(dashed(ends, dash, INK.stroke_width(px(1.0).unsigned_abs())))?;
        }
        if let Some(best) = self.best {
            let ends = [(best, y.start), (best, y.end)];
            chart.draw_series(dashed(ends, dash, GREEN.stroke_width(px(1.5).unsigned_abs())))?;
        }
        let many = self.series.iter().any(|series| series.points.len() > 60);
        for series in self.series {
            let style = series.color.stroke_width(px(2.0).unsigned_abs());
            let mut lines = Vec::new();
            for line in unbroken(&series.points) {
                // A line of one point is invisible: it is plotted as a dot.
                if !many || line.len() == 1 {
                    let dot = |point: &(f64, f64)| Circle::new(*point, px(3.0), style.filled());
                    chart.draw_series(line.iter().map(dot))?;
                }
                lines.push(PathElement::new(line, style));
            }
            let key = move |(x, y)| PathElement::new([(x, y), (x + px(20.0), y)], style);
            chart.draw_series(lines)?.label(series.name).legend(key);
        }
        if self.series.len() > 1 {
            chart
                .configure_series_labels()
                .position(self.legend.clone())
                .margin(px(8.0))
                .legend_area_size(px(26.0))
                .background_style(WHITE.mix(0.85))
                .border_style(GRID)
                .label_font(text(13.0))
                .draw()?;
        }
        Ok(())
    }
}

fn dashed(
    ends: [(f64, f64); 2],
    (dash, gap): (i32, i32),
    style: ShapeStyle,
) -> DashedLineSeries<std::array::IntoIter<(f64, f64), 2>, i32> {
    DashedLineSeries::new(ends, dash, gap, style)
}

/// The segments of a line between values that cannot be plotted.
fn unbroken(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    let segments = points.split(|(_, value)| !axis::plottable(*value));
    segments.filter(|segment| !segment.is_empty()).map(<[_]>::to_vec).collect()
}
