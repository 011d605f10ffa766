//! A chart: two axes and what is plotted between them.

use crate::series::{Data, Place, Reference, Rug, Series, Shade};
use crate::{Axis, Figure, axis};

/// Width of a figure that fits twice beside each other on a page, in CSS pixels.
pub(crate) const NARROW: f64 = 480.0;
/// Width of a figure that has a page's width to itself.
pub(crate) const WIDE: f64 = 960.0;

/// Two axes and what is plotted between them; [`Chart::figure`] lays it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
    pub(crate) references: Vec<Reference>,
    pub(crate) shades: Vec<Shade>,
    pub(crate) rugs: Vec<Rug>,
    pub(crate) footer: String,
    pub(crate) width: f64,
    pub(crate) plot_height: f64,
    gaps: bool,
}

impl Chart {
    /// A chart without series.
    pub fn new(title: impl Into<String>, x: Axis, y: Axis) -> Self {
        Self {
            title: title.into(),
            x,
            y,
            series: Vec::new(),
            references: Vec::new(),
            shades: Vec::new(),
            rugs: Vec::new(),
            footer: String::new(),
            width: NARROW,
            plot_height: 260.0,
            gaps: false,
        }
    }

    /// Adds a series; later ones cover earlier ones.
    #[must_use]
    pub fn with(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// Adds a reference line.
    #[must_use]
    pub fn reference(mut self, reference: Reference) -> Self {
        self.references.push(reference);
        self
    }

    /// Shades intervals of x, each from and to.
    #[must_use]
    pub fn shade(mut self, label: impl Into<String>, intervals: &[(f64, f64)]) -> Self {
        self.shades.push(Shade { label: label.into(), intervals: intervals.to_vec() });
        self
    }

    /// Marks values of x by ticks above the plot.
    #[must_use]
    pub fn rug(mut self, label: impl Into<String>, at: &[f64]) -> Self {
        self.rugs.push(Rug { label: label.into(), at: at.to_vec() });
        self
    }

    /// The line below the chart: what was counted, how many, in which unit. The number of values that are
    /// not finite is added to it.
    #[must_use]
    pub fn footer(mut self, footer: impl Into<String>) -> Self {
        self.footer = footer.into();
        self
    }

    /// Takes a page's width rather than half of it.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.width = WIDE;
        self
    }

    /// Height of the plot between its axes, in CSS pixels; at least 40.
    #[must_use]
    pub fn plot_height(mut self, height: f64) -> Self {
        self.plot_height = if height.is_finite() { height.max(40.0) } else { self.plot_height };
        self
    }

    /// Values that are not finite are expected, such as of epochs without validation: they are not counted.
    #[must_use]
    pub fn gaps(mut self) -> Self {
        self.gaps = true;
        self
    }

    /// Lays it out.
    #[must_use]
    pub fn figure(self) -> Figure {
        Figure::stack("", vec![self])
    }

    /// All pairs of values of its series.
    pub(crate) fn corners(&self) -> impl Iterator<Item = (f64, f64)> {
        self.series.iter().flat_map(Series::corners)
    }

    /// Whether any value can be plotted.
    pub(crate) fn has_data(&self) -> bool {
        let whole = |(x, y): (f64, f64)| axis::plottable(x) && axis::plottable(y);
        self.series.iter().any(|series| match &series.data {
            Data::Bars(bars) => bars.iter().any(|bar| whole((bar.0, bar.2))),
            _ => series.corners().into_iter().any(whole),
        })
    }

    /// The footer, with what is not shown.
    pub(crate) fn full_footer(&self) -> String {
        let missing: usize = self
            .series
            .iter()
            .map(|series| {
                let odd = |values: &[f64]| values.iter().any(|value| !axis::plottable(*value));
                match &series.data {
                    Data::Line(p) | Data::Step(p) | Data::Points(p) => {
                        p.iter().filter(|p| odd(&[p.0, p.1])).count()
                    }
                    Data::Bars(v) | Data::Band(v) => {
                        v.iter().filter(|v| odd(&[v.0, v.1, v.2])).count()
                    }
                    Data::Cells(_) => 0,
                }
            })
            .sum();
        let note = match missing {
            0 => return self.footer.clone(),
            _ if self.gaps => return self.footer.clone(),
            1 => "1 value is not finite and not shown".to_owned(),
            n => format!("{n} values are not finite and not shown"),
        };
        if self.footer.is_empty() { note } else { format!("{}; {note}", self.footer) }
    }

    /// Values of x that its axis must show.
    pub(crate) fn xs(&self) -> Vec<f64> {
        let references = self.references.iter().filter_map(|reference| match reference.place {
            Place::X(at) => Some(at),
            _ => None,
        });
        let shades = self.shades.iter().flat_map(|shade| &shade.intervals).flat_map(|i| [i.0, i.1]);
        let rugs = self.rugs.iter().flat_map(|rug| rug.at.iter().copied());
        self.corners().map(|(x, _)| x).chain(references).chain(shades).chain(rugs).collect()
    }

    /// Values of y that its axis must show.
    pub(crate) fn ys(&self) -> Vec<f64> {
        let references = self.references.iter().filter_map(|reference| match reference.place {
            Place::Y(at) => Some(at),
            _ => None,
        });
        self.corners().map(|(_, y)| y).chain(references).collect()
    }

    /// What it shows in one sentence, for those who cannot see it.
    pub(crate) fn description(&self) -> String {
        let names: Vec<&str> = self.series.iter().map(|series| series.name.as_str()).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        let mut text = format!("{} over {}", self.y.name(), self.x.name());
        if !self.title.is_empty() {
            text = format!("{}: {text}", self.title);
        }
        if !self.has_data() {
            text.push_str("; no data");
        } else if !names.is_empty() {
            text = format!("{text}; {}", names.join(", "));
        }
        for reference in self.references.iter().filter(|reference| !reference.label.is_empty()) {
            text = format!("{text}; {}", reference.label);
        }
        let footer = self.full_footer();
        if footer.is_empty() { text + "." } else { format!("{text}. {footer}.") }
    }
}
