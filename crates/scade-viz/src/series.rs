//! What is plotted in a chart: series, reference lines, shaded intervals.

/// A named set of values of a [`Chart`](crate::Chart). Values that are not finite leave a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub(crate) name: String,
    pub(crate) data: Data,
    pub(crate) style: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Line(Vec<(f64, f64)>),
    Step(Vec<(f64, f64)>),
    Points(Vec<(f64, f64)>),
    /// From, to, height.
    Bars(Vec<(f64, f64, f64)>),
    /// x, low, high.
    Band(Vec<(f64, f64, f64)>),
    Cells(Vec<Cell>),
}

/// A square of a table of categories.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cell {
    /// Number of the category on the x axis, from 0.
    pub column: usize,
    /// Number of the category on the y axis, from 0.
    pub row: usize,
    /// How strongly it is colored, 0..=1.
    pub strength: f64,
    /// The lines of text in it; the first is large.
    pub lines: Vec<String>,
}

impl Series {
    fn new(name: impl Into<String>, data: Data) -> Self {
        Self { name: name.into(), data, style: None }
    }

    /// A line from point to point. Up to 25 points are marked as well.
    pub fn line(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(name, Data::Line(points.into_iter().collect()))
    }

    /// Horizontal lines, each from a point to the x of the next.
    pub fn step(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(name, Data::Step(points.into_iter().collect()))
    }

    /// Points alone.
    pub fn points(name: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        Self::new(name, Data::Points(points.into_iter().collect()))
    }

    /// Bars from 0, each given by where it begins, where it ends and its height.
    pub fn bars(name: impl Into<String>, bars: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        Self::new(name, Data::Bars(bars.into_iter().collect()))
    }

    /// An area given by x, lower end and upper end, such as a confidence interval.
    pub fn band(name: impl Into<String>, area: impl IntoIterator<Item = (f64, f64, f64)>) -> Self {
        Self::new(name, Data::Band(area.into_iter().collect()))
    }

    /// Colored squares with text, on two axes of categories.
    pub fn cells(name: impl Into<String>, cells: impl IntoIterator<Item = Cell>) -> Self {
        Self::new(name, Data::Cells(cells.into_iter().collect()))
    }

    /// Number of its color, dashes and marker, from 0. By default each series of a chart takes the next
    /// one; a band takes that of its line by this.
    #[must_use]
    pub fn style(mut self, style: usize) -> Self {
        self.style = Some(style);
        self
    }

    /// The pairs of values that its axes must show; those with a value that is not finite included.
    pub(crate) fn corners(&self) -> Vec<(f64, f64)> {
        match &self.data {
            Data::Line(points) | Data::Step(points) | Data::Points(points) => points.clone(),
            Data::Bars(bars) => bars.iter().flat_map(|b| [(b.0, 0.0), (b.1, b.2)]).collect(),
            Data::Band(area) => area.iter().flat_map(|a| [(a.0, a.1), (a.0, a.2)]).collect(),
            Data::Cells(cells) => {
                cells.iter().map(|cell| (cell.column as f64, cell.row as f64)).collect()
            }
        }
    }
}

/// A dashed line at a value, or where both axes are equal.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub(crate) place: Place,
    pub(crate) label: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    X(f64),
    Y(f64),
    Diagonal,
}

impl Reference {
    /// A vertical line.
    pub fn x(at: f64, label: impl Into<String>) -> Self {
        Self { place: Place::X(at), label: label.into() }
    }

    /// A horizontal line.
    pub fn y(at: f64, label: impl Into<String>) -> Self {
        Self { place: Place::Y(at), label: label.into() }
    }

    /// Where y equals x; a curve if the axes have different scales.
    pub fn diagonal(label: impl Into<String>) -> Self {
        Self { place: Place::Diagonal, label: label.into() }
    }
}

/// Intervals of x that are shaded from top to bottom, for attention.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shade {
    pub(crate) intervals: Vec<(f64, f64)>,
    pub(crate) label: String,
}

/// Values of x that are marked by ticks above the plot.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Rug {
    pub(crate) at: Vec<f64>,
    pub(crate) label: String,
}
