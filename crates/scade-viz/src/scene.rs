//! What a figure consists of once it has been laid out: shapes and lines of text, in units of length.

use crate::theme::Role;

/// A laid out figure; `svg` and `raster` write it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Scene {
    pub(crate) width: f64,
    pub(crate) height: f64,
    pub(crate) marks: Vec<Mark>,
}

/// One thing to see. Later ones cover earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    Shape(Shape),
    Text(Text),
}

/// A path that is filled, stroked or both.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Shape {
    pub(crate) path: Vec<Segment>,
    /// Color and opacity.
    pub(crate) fill: Option<(Role, f64)>,
    pub(crate) stroke: Option<Stroke>,
}

/// Color, width and dashes of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) role: Role,
    pub(crate) width: f64,
    /// Lengths of dashes and gaps; empty for a solid line.
    pub(crate) dashes: &'static [f64],
}

/// A part of a path, in coordinates from the upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Segment {
    Move(f64, f64),
    Line(f64, f64),
    /// A whole circle: center and radius.
    Circle(f64, f64, f64),
    Close,
}

/// Which point of a line of text is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// A line of text on its base line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) size: f64,
    pub(crate) anchor: Anchor,
    pub(crate) bold: bool,
    pub(crate) role: Role,
    pub(crate) text: String,
}

impl Scene {
    pub(crate) fn text(&mut self, at: (f64, f64), size: f64, role: Role, text: impl Into<String>) {
        self.anchored(at, size, role, Anchor::Start, text);
    }

    pub(crate) fn anchored(
        &mut self,
        (x, y): (f64, f64),
        size: f64,
        role: Role,
        anchor: Anchor,
        text: impl Into<String>,
    ) {
        let text = text.into();
        self.marks.push(Mark::Text(Text { x, y, size, anchor, bold: false, role, text }));
    }

    pub(crate) fn fill(&mut self, path: Vec<Segment>, role: Role, opacity: f64) {
        let shape = Shape { path, fill: Some((role, opacity)), stroke: None };
        self.marks.push(Mark::Shape(shape));
    }

    pub(crate) fn stroke(&mut self, path: Vec<Segment>, stroke: Stroke) {
        let shape = Shape { path, fill: None, stroke: Some(stroke) };
        self.marks.push(Mark::Shape(shape));
    }
}

impl Stroke {
    pub(crate) fn solid(role: Role, width: f64) -> Self {
        Self { role, width, dashes: &[] }
    }
}

/// A line from point to point.
pub(crate) fn polyline(points: &[(f64, f64)]) -> Vec<Segment> {
    let segment = |(index, &(x, y)): (usize, &(f64, f64))| {
        if index == 0 { Segment::Move(x, y) } else { Segment::Line(x, y) }
    };
    points.iter().enumerate().map(segment).collect()
}

/// A rectangle by two opposite corners.
pub(crate) fn rectangle(a: (f64, f64), b: (f64, f64)) -> Vec<Segment> {
    let mut path = polyline(&[a, (b.0, a.1), b, (a.0, b.1)]);
    path.push(Segment::Close);
    path
}
