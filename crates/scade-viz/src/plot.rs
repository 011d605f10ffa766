//! Plots series, reference lines and shaded intervals between the axes of a chart.

use crate::axis::Fitted;
use crate::chart::Chart;
use crate::layout::line;
use crate::scene::{Anchor, Mark, Scene, Segment, Stroke, Text, polyline, rectangle};
use crate::series::{Cell, Data, Place, Series};
use crate::theme::Role;

/// Lines of at most so many points show them.
pub(crate) const MARKED: usize = 25;
/// Opacities of areas.
pub(crate) const BAR: f64 = 0.38;
pub(crate) const BAND: f64 = 0.2;
pub(crate) const SHADE: f64 = 0.17;
/// Points of a line that are nearer to the one before are left out, in units of length.
const NEAR: f64 = 0.2;

/// Where a plot is on its figure, and its axes.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) left: f64,
    pub(crate) right: f64,
    pub(crate) top: f64,
    pub(crate) bottom: f64,
    pub(crate) x: Fitted,
    pub(crate) y: Fitted,
}

impl Frame {
    pub(crate) fn x_of(&self, value: f64) -> Option<f64> {
        self.x.position(value).map(|position| self.left + position * (self.right - self.left))
    }

    pub(crate) fn y_of(&self, value: f64) -> Option<f64> {
        self.y.position(value).map(|position| self.bottom - position * (self.bottom - self.top))
    }

    fn at(&self, (x, y): (f64, f64)) -> Option<(f64, f64)> {
        Some((self.x_of(x)?, self.y_of(y)?))
    }
}

/// The line of a style: its color and its dashes distinguish it.
pub(crate) fn stroke(style: usize) -> Stroke {
    const DASHES: [&[f64]; 6] = [
        &[],
        &[8.0, 4.0],
        &[2.0, 3.0],
        &[10.0, 3.0, 2.0, 3.0],
        &[14.0, 4.0],
        &[5.0, 2.0, 1.5, 2.0],
    ];
    Stroke { role: Role::Series(style), width: 2.0, dashes: DASHES[style % DASHES.len()] }
}

/// The line of the reference of this number.
pub(crate) fn reference(index: usize) -> Stroke {
    const DASHES: [&[f64]; 3] = [&[5.0, 4.0], &[1.5, 3.0], &[9.0, 3.0, 2.0, 3.0]];
    Stroke { role: Role::Muted, width: 1.5, dashes: DASHES[index % DASHES.len()] }
}

/// The marker of a style: circle, triangle, square, diamond, triangle that points down, cross.
pub(crate) fn marker(style: usize, x: f64, y: f64, r: f64) -> Vec<Segment> {
    let closed = |points: &[(f64, f64)]| {
        let points: Vec<_> = points.iter().map(|(dx, dy)| (x + r * dx, y + r * dy)).collect();
        let mut path = polyline(&points);
        path.push(Segment::Close);
        path
    };
    match style % 6 {
        0 => vec![Segment::Circle(x, y, r)],
        1 => closed(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
        2 => closed(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        3 => closed(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
        4 => closed(&[(0.0, 1.2), (-1.1, -0.8), (1.1, -0.8)]),
        _ => {
            let (a, b) = (0.4, 1.2);
            let corners =
                [(-a, -b), (a, -b), (a, -a), (b, -a), (b, a), (a, a), (a, b), (-a, b), (-a, a)];
            let rest = [(-b, a), (-b, -a), (-a, -a)];
            closed(&[&corners[..], &rest[..]].concat())
        }
    }
}

pub(crate) fn draw(scene: &mut Scene, chart: &Chart, frame: &Frame) {
    for shade in &chart.shades {
        for (from, to) in &shade.intervals {
            let Some((a, b)) = frame.x_of(*from).zip(frame.x_of(*to)) else { continue };
            // Even the shortest interval is seen.
            let (a, b) = (a.min(b), a.max(b).max(a.min(b) + 1.5));
            scene.fill(rectangle((a, frame.top), (b, frame.bottom)), Role::Alert, SHADE);
            // Seen without color too.
            scene.fill(rectangle((a, frame.top), (b, frame.top + 3.0)), Role::Alert, 1.0);
        }
    }
    let has_data = chart.has_data();
    for (index, reference_line) in chart.references.iter().enumerate().filter(|_| has_data) {
        let path = match reference_line.place {
            Place::X(at) if frame.x.range.contains(&at) => {
                frame.x_of(at).map(|x| line((x, frame.top), (x, frame.bottom)))
            }
            Place::Y(at) if frame.y.range.contains(&at) => {
                frame.y_of(at).map(|y| line((frame.left, y), (frame.right, y)))
            }
            Place::Diagonal => Some(diagonal(frame)),
            _ => None,
        };
        if let Some(path) = path {
            scene.stroke(path, reference(index));
        }
    }
    for rug in &chart.rugs {
        for x in rug.at.iter().filter_map(|at| frame.x_of(*at)) {
            let ends = ((x, frame.top - 11.0), (x, frame.top - 2.0));
            scene.stroke(line(ends.0, ends.1), Stroke::solid(Role::Ink, 1.5));
        }
    }
    for (index, series) in chart.series.iter().enumerate() {
        draw_series(scene, series, series.style.unwrap_or(index), frame);
    }
    if !has_data {
        let middle =
            (f64::midpoint(frame.left, frame.right), f64::midpoint(frame.top, frame.bottom));
        scene.anchored(middle, 15.0, Role::Muted, Anchor::Middle, "no data");
    }
}

/// Where y equals x.
fn diagonal(frame: &Frame) -> Vec<Segment> {
    let points = (0..=200).filter_map(|step| {
        let value = frame.x.value(f64::from(step) / 200.0);
        frame.y.range.contains(&value).then(|| frame.at((value, value))).flatten()
    });
    polyline(&points.collect::<Vec<_>>())
}

fn draw_series(scene: &mut Scene, series: &Series, style: usize, frame: &Frame) {
    let role = Role::Series(style);
    match &series.data {
        Data::Line(points) => {
            for part in unbroken(points, frame) {
                if points.len() <= MARKED || part.len() == 1 {
                    let marks = part.iter().flat_map(|(x, y)| marker(style, *x, *y, 3.5));
                    scene.fill(marks.collect(), role, 1.0);
                }
                scene.stroke(polyline(&thinned(&part)), stroke(style));
            }
        }
        Data::Step(points) => {
            for part in unbroken(points, frame) {
                let mut steps = Vec::new();
                for (index, point) in part.iter().enumerate() {
                    if index > 0 {
                        steps.push((point.0, part[index - 1].1));
                    }
                    steps.push(*point);
                }
                scene.stroke(polyline(&thinned(&steps)), stroke(style));
            }
        }
        Data::Points(points) => {
            let radius = if points.len() > 300 { 2.6 } else { 4.0 };
            let places = points.iter().filter_map(|point| frame.at(*point));
            let marks = places.flat_map(|(x, y)| marker(style, x, y, radius));
            scene.fill(marks.collect(), role, 0.8);
        }
        Data::Bars(bars) => draw_bars(scene, bars, style, frame),
        Data::Band(area) => {
            let place = |&(x, low, high): &(f64, f64, f64)| {
                Some((frame.x_of(x)?, frame.y_of(low)?, frame.y_of(high)?))
            };
            for part in area.iter().map(place).collect::<Vec<_>>().split(Option::is_none) {
                let part: Vec<_> = part.iter().flatten().collect();
                let upper = part.iter().map(|(x, _, high)| (*x, *high));
                let lower = part.iter().rev().map(|(x, low, _)| (*x, *low));
                let mut path = polyline(&upper.chain(lower).collect::<Vec<_>>());
                path.push(Segment::Close);
                if part.len() > 1 {
                    scene.fill(path, role, BAND);
                }
            }
        }
        Data::Cells(cells) => {
            cells.iter().for_each(|cell| draw_cell(scene, cell, style, frame));
        }
    }
}

/// Bars that touch are one area with one outline.
fn draw_bars(scene: &mut Scene, bars: &[(f64, f64, f64)], style: usize, frame: &Frame) {
    let mut path: Vec<Segment> = Vec::new();
    let mut area: Vec<(f64, f64)> = Vec::new();
    let mut close = |area: &mut Vec<(f64, f64)>| {
        if !area.is_empty() {
            path.extend(polyline(area));
            path.push(Segment::Close);
            area.clear();
        }
    };
    for (from, to, height) in bars {
        let ends = frame.at((*from, 0.0)).zip(frame.at((*to, *height)));
        // A bar of height 0 would be a line on the axis.
        let Some((a, b)) = ends.filter(|(a, b)| a.1 != b.1) else { continue };
        let touches = area.last().is_some_and(|last| (last.0 - a.0).abs() < 0.01);
        if touches {
            // The corner on the axis is replaced by the next bar.
            area.pop();
        } else {
            close(&mut area);
            area.push(a);
        }
        area.extend([(a.0, b.1), b, (b.0, a.1)]);
    }
    close(&mut area);
    scene.fill(path.clone(), Role::Series(style), BAR);
    scene.stroke(path, Stroke { width: 1.5, ..stroke(style) });
}

fn draw_cell(scene: &mut Scene, cell: &Cell, style: usize, frame: &Frame) {
    let (column, row) = (cell.column as f64, cell.row as f64);
    let Some((a, b)) = frame.at((column, row)).zip(frame.at((column + 1.0, row + 1.0))) else {
        return;
    };
    let strength = if cell.strength.is_finite() { cell.strength.clamp(0.0, 1.0) } else { 0.0 };
    let (low, high) =
        ((a.0.min(b.0) + 2.0, a.1.min(b.1) + 2.0), (a.0.max(b.0) - 2.0, a.1.max(b.1) - 2.0));
    // Weak enough for text of the color of ink.
    scene.fill(rectangle(low, high), Role::Series(style), 0.06 + 0.34 * strength);
    let middle = (f64::midpoint(low.0, high.0), f64::midpoint(low.1, high.1));
    let height = 24.0 + 18.0 * cell.lines.len().saturating_sub(1) as f64;
    let mut y = middle.1 - height / 2.0 + 20.0;
    for (index, text) in cell.lines.iter().enumerate() {
        let first = index == 0;
        let size = if first { 22.0 } else { 13.0 };
        scene.marks.push(Mark::Text(Text {
            x: middle.0,
            y,
            size,
            anchor: Anchor::Middle,
            bold: first,
            role: Role::Ink,
            text: text.clone(),
        }));
        y += 20.0;
    }
}

/// The parts of a line, placed on the figure. It is interrupted by values that cannot be plotted, and where
/// it runs above the upper end of an axis; below a lower end it follows that end, because a rate of 0 has
/// no other place on a logarithmic axis.
fn unbroken(points: &[(f64, f64)], frame: &Frame) -> Vec<Vec<(f64, f64)>> {
    let above = |point: &(f64, f64)| (frame.x.is_above(point.0), frame.y.is_above(point.1));
    // Each part, and whether it is a single point above an end.
    let mut parts: Vec<(Vec<(f64, f64)>, bool)> = Vec::new();
    let mut last: Option<(bool, bool)> = None;
    for point in points {
        let Some(at) = frame.at(*point) else {
            last = None;
            continue;
        };
        let now = above(point);
        match parts.last_mut() {
            Some((part, lost)) if last.is_some_and(|l| !(l.0 && now.0 || l.1 && now.1)) => {
                part.push(at);
                *lost = false;
            }
            _ => parts.push((vec![at], now != (false, false))),
        }
        last = Some(now);
    }
    parts.into_iter().filter(|(_, lost)| !lost).map(|(part, _)| part).collect()
}

/// The line without points that no eye can tell from the one before; the last one stays.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let near = kept
            .last()
            .is_some_and(|last| (last.0 - point.0).abs() < NEAR && (last.1 - point.1).abs() < NEAR);
        if !near || index + 1 == points.len() {
            kept.push(*point);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    fn frame(x: &Axis, y: &Axis, points: &[(f64, f64)]) -> Frame {
        let x = x.fit(points.iter().map(|point| point.0), 5);
        let y = y.fit(points.iter().map(|point| point.1), 5);
        Frame { left: 10.0, right: 110.0, top: 20.0, bottom: 70.0, x, y }
    }

    fn odd_points() -> Vec<(f64, f64)> {
        let odd =
            [f64::NAN, f64::NEG_INFINITY, -1e300, -2.0, 0.0, 1e-9, 0.3, 1.0, 7.0, 1e12, 1e300];
        odd.iter().flat_map(|x| odd.iter().map(move |y| (*x, *y))).collect()
    }

    #[test]
    fn every_point_that_can_be_plotted_is_inside_the_plot() {
        let points = odd_points();
        let axes = [
            Axis::linear(""),
            Axis::linear("").range(0.0, 1.0),
            Axis::log10(""),
            Axis::log10("").range(1e-4, 1.0).reversed(),
            Axis::probit(""),
        ];
        for (x, y) in axes.iter().flat_map(|x| axes.iter().map(move |y| (x, y))) {
            let frame = frame(x, y, &points);
            for point in &points {
                let finite = crate::axis::plottable(point.0) && crate::axis::plottable(point.1);
                let at = frame.at(*point);
                assert_eq!(at.is_some(), finite, "{point:?}");
                if let Some((x, y)) = at {
                    assert!((10.0..=110.0).contains(&x) && (20.0..=70.0).contains(&y), "{point:?}");
                }
            }
        }
    }

    #[test]
    fn lines_end_at_gaps_and_where_they_leave_the_plot() {
        let axis = Axis::linear("").range(0.0, 10.0);
        let points = [1.0, f64::NAN, 3.0, 4.0, 20.0, 30.0, 5.0, 6.0].map(|y| (5.0, y));
        let parts = unbroken(&points, &frame(&axis, &axis, &[]));
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [1, 3, 3]);
    }

    #[test]
    fn thinning_moves_no_line_by_more_than_an_eye_sees() {
        let points: Vec<_> =
            (0..50_000).map(|i| f64::from(i) / 500.0).map(|x| (x, (x / 9.0).sin())).collect();
        let kept = thinned(&points);
        assert!(
            kept.len() < 1000 && kept.first() == points.first() && kept.last() == points.last()
        );
        assert!(kept.windows(2).all(|pair| (pair[1].0 - pair[0].0) < 2.0 * NEAR));
    }

    #[test]
    fn bars_that_touch_are_one_area() {
        let axis = Axis::linear("").range(0.0, 10.0);
        let mut scene = Scene::default();
        let bars = [
            (0.0, 1.0, 2.0),
            (1.0, 2.0, 3.0),
            (2.0, 3.0, 0.0),
            (4.0, 5.0, 1.0),
            (5.0, 6.0, f64::NAN),
        ];
        draw_bars(&mut scene, &bars, 0, &frame(&axis, &axis, &[]));
        let Mark::Shape(shape) = &scene.marks[0] else { panic!("no area") };
        let areas = shape.path.iter().filter(|segment| matches!(segment, Segment::Close)).count();
        assert_eq!(areas, 2);
    }
}
