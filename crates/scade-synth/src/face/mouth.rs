//! Lips, teeth and the gap between the lips.

use crate::canvas::{Canvas, Color, Point, Region, mix, shade};
use crate::motion::Expression;
use crate::shape::{cover, hill, noise, resolved, smoothstep};

use super::Face;

/// How far the lower lip of a talking mouth is down, in face units.
pub(super) fn drop(expression: &Expression) -> f32 {
    0.15 * expression.mouth
}

/// Paints the mouth.
pub(super) fn paint(face: &Face<'_>, canvas: &mut Canvas) {
    let mouth = &face.identity.mouth;
    let gap = drop(&face.expression);
    let center = [0.0, mouth.height + 0.5 * gap];
    let region = Region::around(center, [mouth.half_width + 0.06, 0.16 + gap]);
    face.surface.paint(canvas, region, 0.0, |p| lips(face, [p[0], p[1] - mouth.height], gap));
}

/// Both lips and what is between them; `y` from the line where they meet when shut.
fn lips(face: &Face<'_>, [x, y]: Point, gap: f32) -> (Color, f32) {
    let mouth = &face.identity.mouth;
    let u = x / mouth.half_width;
    let bow = (1.0 - u * u).max(0.0);
    let softness = face.edge(0.022);
    let notch = 1.0 - 0.25 * hill([u, 0.0], [0.0, 0.0], [0.3, 1.0]);
    // The upper lip hardly moves, the lower one takes the gap.
    let [rim, lower_rim] = [-0.12 * gap * bow, 0.88 * gap * bow];
    let top = rim - mouth.upper * notch * bow.sqrt();
    let bottom = lower_rim + mouth.lower * bow.sqrt();
    let ends = cover(u.abs() - 1.0, 2.0 * softness);
    let outer = cover(top - y, softness) * cover(y - bottom, softness) * ends;
    let inside = cover(rim - y, softness) * cover(y - lower_rim, softness) * ends;
    let line = cover((y - 0.5 * (rim + lower_rim)).abs() - 0.010, softness) * ends;
    let shut = smoothstep(0.05, 0.0, gap);
    let mut color = lip_color(face, [x, y], y < 0.5 * (rim + lower_rim));
    color = mix(color, interior([x, y - rim], gap), inside * (1.0 - shut));
    color = mix(color, [0.22, 0.08, 0.08], 0.85 * line * shut.max(0.0));
    (color, outer.max(line * 0.8 * shut))
}

/// The upper lip is in shadow, the lower one shines; both have fine creases.
fn lip_color(face: &Face<'_>, [x, y]: Point, upper: bool) -> Color {
    let Face { identity, light, .. } = face;
    let cells = 36.0;
    let creases = noise([x * cells, y * 9.0], identity.skin.seed ^ 17);
    let gloss = hill([x, y], [-0.06 * light[0].signum(), 0.05], [0.12, 0.03]);
    let level = if upper { 0.80 } else { 1.02 };
    let level = level + 0.12 * gloss + 0.12 * creases * resolved(cells, face.scale());
    shade(identity.mouth.color, level)
}

/// Dark, with the upper teeth; `y` from the upper lip's edge.
fn interior([x, y]: Point, gap: f32) -> Color {
    let teeth = smoothstep(0.055, 0.035, y) * smoothstep(0.22, 0.14, x.abs());
    let slits = 1.0 - 0.15 * smoothstep(0.85, 1.0, (x * 40.0).cos().abs());
    let shown = smoothstep(0.02, 0.06, gap);
    mix([0.16, 0.05, 0.05], shade([0.88, 0.85, 0.80], slits), teeth * shown)
}
