//! Places the parts of a figure: title, legend, axes, plot, footer, from top to bottom.

use crate::axis::Fitted;
use crate::chart::Chart;
use crate::font;
use crate::legend;
use crate::plot::{self, Frame};
use crate::scene::{Anchor, Mark, Scene, Segment, Stroke, Text, rectangle};
use crate::theme::Role;

/// Room at the edges of a figure.
pub(crate) const PAD: f64 = 14.0;
/// Sizes of text.
const TITLE: f64 = 16.0;
const SUBTITLE: f64 = 14.0;
pub(crate) const LABEL: f64 = 13.0;
const FOOTER: f64 = 12.0;
/// Length of a tick.
const TICK: f64 = 5.0;
/// Room for the marks above a plot.
const RUG: f64 = 12.0;

pub(crate) fn lay_out(title: &str, charts: &[Chart], width: f64) -> Scene {
    let mut scene = Scene { width, ..Scene::default() };
    let mut y = PAD;
    if !title.is_empty() {
        y = heading(&mut scene, title, TITLE, y);
    }
    let axes: Vec<(Fitted, Fitted)> = charts.iter().map(|chart| fit(chart, width)).collect();
    // Charts below each other have their left and right ends in common.
    let left = axes.iter().map(|(_, y)| left_margin(y, width)).fold(0.0, f64::max);
    let right = axes.iter().map(|(x, _)| right_margin(x)).fold(PAD, f64::max);
    for (index, (chart, (x_axis, y_axis))) in charts.iter().zip(axes).enumerate() {
        if index > 0 {
            y += 18.0;
        }
        if !chart.title.is_empty() {
            let size = if title.is_empty() { TITLE } else { SUBTITLE };
            y = heading(&mut scene, &chart.title, size, y);
        }
        y = legend::place(&mut scene, chart, y);
        let name = chart.y.name();
        if !name.is_empty() {
            for line in font::wrap(&name, LABEL, false, width - 2.0 * PAD) {
                scene.text((PAD, y + LABEL), LABEL, Role::Muted, line);
                y += 18.0;
            }
        }
        y += 8.0 + if chart.rugs.is_empty() { 0.0 } else { RUG };
        let frame = Frame {
            left,
            right: width - right,
            top: y,
            bottom: y + chart.plot_height,
            x: x_axis,
            y: y_axis,
        };
        draw_axes(&mut scene, chart, &frame);
        plot::draw(&mut scene, chart, &frame);
        y = below(&mut scene, chart, &frame);
    }
    scene.height = (y + PAD).ceil();
    let paper = rectangle((0.0, 0.0), (scene.width, scene.height));
    scene.fill(paper, Role::Paper, 1.0);
    // Paper lies below everything else.
    scene.marks.rotate_right(1);
    scene
}

/// A title from `y` on; returns where it ends.
fn heading(scene: &mut Scene, title: &str, size: f64, mut y: f64) -> f64 {
    for text in font::wrap(title, size, true, scene.width - 2.0 * PAD) {
        let text = Text {
            x: PAD,
            y: y + size,
            size,
            anchor: Anchor::Start,
            bold: true,
            role: Role::Ink,
            text,
        };
        scene.marks.push(Mark::Text(text));
        y += size * 1.35;
    }
    y + 6.0
}

fn fit(chart: &Chart, width: f64) -> (Fitted, Fitted) {
    let n_x = (width / 70.0) as usize;
    let n_y = (chart.plot_height / 45.0) as usize;
    (chart.x.fit(chart.xs(), n_x), chart.y.fit(chart.ys(), n_y.max(2)))
}

fn left_margin(y: &Fitted, width: f64) -> f64 {
    let widths = y.ticks.iter().map(|tick| font::width(&tick.label, LABEL, false));
    let labels = widths.fold(0.0, f64::max).min(width / 4.0);
    PAD + labels + if labels > 0.0 { TICK + 5.0 } else { 0.0 }
}

/// Half of the last label may reach beyond the plot.
fn right_margin(x: &Fitted) -> f64 {
    if x.categories {
        return PAD;
    }
    let half = |label: &str| font::width(label, LABEL, false) / 2.0;
    x.ticks.iter().map(|tick| half(&tick.label)).fold(PAD, f64::max).min(60.0)
}

fn draw_axes(scene: &mut Scene, chart: &Chart, frame: &Frame) {
    let grid = Stroke::solid(Role::Grid, 1.0);
    let axis = Stroke::solid(Role::Muted, 1.0);
    let Frame { left, right, top, bottom, .. } = *frame;
    for tick in &frame.y.ticks {
        let Some(y) = frame.y_of(tick.at) else { continue };
        if !frame.y.categories && !tick.label.is_empty() {
            scene.stroke(line((left, y), (right, y)), grid);
        }
        let at = (left - TICK - 4.0, y + 0.36 * LABEL);
        let label = font::shorten(&tick.label, LABEL, scene.width / 4.0);
        scene.anchored(at, LABEL, Role::Muted, Anchor::End, label);
    }
    // Labels that would touch the one before them are left out.
    let mut free = f64::NEG_INFINITY;
    let room = (right - left) / frame.x.ticks.len().max(1) as f64;
    let mut ticks: Vec<_> = frame.x.ticks.iter().collect();
    if frame.x_of(*frame.x.range.start()) > frame.x_of(*frame.x.range.end()) {
        ticks.reverse();
    }
    for tick in ticks {
        let Some(x) = frame.x_of(tick.at) else { continue };
        let labeled = !tick.label.is_empty();
        if !frame.x.categories {
            if labeled {
                scene.stroke(line((x, top), (x, bottom)), grid);
            }
            let length = if labeled { TICK } else { TICK - 2.0 };
            scene.stroke(line((x, bottom), (x, bottom + length)), axis);
        }
        let most = if frame.x.categories { room - 6.0 } else { f64::INFINITY };
        let label = font::shorten(&tick.label, LABEL, most);
        let half = font::width(&label, LABEL, false) / 2.0;
        if labeled && x - half > free {
            let at = (x, bottom + TICK + LABEL + 1.0);
            scene.anchored(at, LABEL, Role::Muted, Anchor::Middle, label);
            free = x + half + 6.0;
        }
    }
    if chart.x.bare || frame.x.categories {
        scene.stroke(rectangle((left, top), (right, bottom)), grid);
    } else {
        scene.stroke(line((left, bottom), (right, bottom)), axis);
        scene.stroke(line((left, top), (left, bottom)), axis);
    }
}

/// What stands below a plot; returns where it ends.
fn below(scene: &mut Scene, chart: &Chart, frame: &Frame) -> f64 {
    let mut y = frame.bottom + 4.0;
    if !frame.x.ticks.is_empty() {
        y += TICK + LABEL;
    }
    let name = chart.x.name();
    if !name.is_empty() {
        let middle = f64::midpoint(frame.left, frame.right);
        for name in font::wrap(&name, LABEL, false, frame.right - frame.left) {
            let at = (middle, y + LABEL + 2.0);
            scene.anchored(at, LABEL, Role::Muted, Anchor::Middle, name);
            y += 19.0;
        }
    }
    let footer = chart.full_footer();
    if !footer.is_empty() {
        y += 9.0;
        for footer in font::wrap(&footer, FOOTER, false, scene.width - 2.0 * PAD) {
            scene.text((PAD, y + FOOTER), FOOTER, Role::Muted, footer);
            y += 16.0;
        }
    }
    y
}

pub(crate) fn line(a: (f64, f64), b: (f64, f64)) -> Vec<Segment> {
    vec![Segment::Move(a.0, a.1), Segment::Line(b.0, b.1)]
}
