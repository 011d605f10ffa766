//! The legend: above the plot, so that it never covers data.

use crate::chart::Chart;
use crate::font;
use crate::layout::{LABEL, PAD, line};
use crate::plot;
use crate::scene::{Scene, Stroke, polyline, rectangle};
use crate::series::{Data, Place};
use crate::theme::Role;

/// Width of the sample of a line.
const KEY: f64 = 28.0;
/// Width of the sample of a point or of a vertical line.
const NARROW: f64 = 12.0;
const ROW: f64 = 20.0;

/// What a legend explains.
enum Key<'a> {
    Series(usize, &'a Data),
    Reference(usize, Place),
    Shade,
    Rug,
}

/// Adds the legend from `y` on; returns where it ends.
pub(crate) fn place(scene: &mut Scene, chart: &Chart, mut y: f64) -> f64 {
    let mut entries: Vec<(Key<'_>, &str)> = Vec::new();
    for (index, series) in chart.series.iter().enumerate() {
        let style = series.style.unwrap_or(index);
        entries.push((Key::Series(style, &series.data), &series.name));
    }
    // Reference lines are not plotted without data.
    let has_data = chart.has_data();
    for (index, reference) in chart.references.iter().enumerate().filter(|_| has_data) {
        entries.push((Key::Reference(index, reference.place), &reference.label));
    }
    entries.extend(chart.shades.iter().map(|shade| (Key::Shade, shade.label.as_str())));
    entries.extend(chart.rugs.iter().map(|rug| (Key::Rug, rug.label.as_str())));
    entries.retain(|(_, name)| !name.is_empty());
    let most = scene.width - PAD;
    let mut x = PAD;
    let mut rows = 0;
    for (key, name) in entries {
        let key_width = match key {
            Key::Series(_, Data::Points(_)) | Key::Reference(_, Place::X(_)) | Key::Rug => NARROW,
            _ => KEY,
        };
        let name = font::shorten(name, LABEL, most - PAD - key_width - 6.0);
        let width = key_width + 6.0 + font::width(&name, LABEL, false);
        if rows == 0 {
            rows = 1;
        } else if x + width > most {
            (x, y, rows) = (PAD, y + ROW, rows + 1);
        }
        draw_key(scene, &key, key_width, (x, y + ROW / 2.0));
        let at = (x + key_width + 6.0, y + ROW / 2.0 + 0.36 * LABEL);
        scene.text(at, LABEL, Role::Ink, name);
        x += width + 18.0;
    }
    if rows == 0 { y } else { y + ROW + 6.0 }
}

fn draw_key(scene: &mut Scene, key: &Key<'_>, width: f64, (x, y): (f64, f64)) {
    let middle = x + width / 2.0;
    let swatch = rectangle((x + 4.0, y - 6.0), (x + KEY - 4.0, y + 6.0));
    match *key {
        Key::Series(style, data) => match data {
            Data::Line(points) => {
                scene.stroke(line((x, y), (x + KEY, y)), plot::stroke(style));
                if points.len() <= plot::MARKED {
                    scene.fill(plot::marker(style, middle, y, 3.5), Role::Series(style), 1.0);
                }
            }
            Data::Step(_) => {
                let steps =
                    [(x, y + 4.0), (middle, y + 4.0), (middle, y - 4.0), (x + KEY, y - 4.0)];
                scene.stroke(polyline(&steps), plot::stroke(style));
            }
            Data::Points(_) => {
                scene.fill(plot::marker(style, middle, y, 4.0), Role::Series(style), 1.0);
            }
            Data::Bars(_) => {
                scene.fill(swatch.clone(), Role::Series(style), plot::BAR);
                scene.stroke(swatch, Stroke { width: 1.4, ..plot::stroke(style) });
            }
            Data::Band(_) => scene.fill(swatch, Role::Series(style), plot::BAND),
            Data::Cells(_) => scene.fill(swatch, Role::Series(style), 0.6),
        },
        Key::Reference(index, Place::X(_)) => {
            scene.stroke(line((middle, y - 8.0), (middle, y + 8.0)), plot::reference(index));
        }
        Key::Reference(index, _) => {
            scene.stroke(line((x, y), (x + KEY, y)), plot::reference(index));
        }
        Key::Shade => {
            scene.fill(swatch, Role::Alert, plot::SHADE);
            scene.fill(rectangle((x + 4.0, y - 6.0), (x + KEY - 4.0, y - 3.0)), Role::Alert, 1.0);
        }
        Key::Rug => {
            scene.stroke(line((middle, y - 5.0), (middle, y + 5.0)), Stroke::solid(Role::Ink, 1.5));
        }
    }
}
