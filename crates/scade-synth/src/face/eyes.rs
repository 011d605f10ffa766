//! Eyes and eyebrows.

use crate::canvas::{Canvas, Color, Point, Region, mix, shade};
use crate::identity::{Brows, Eyes};
use crate::shape::{cover, noise, resolved, smoothstep};

use super::Face;

/// Height of the brows above the ellipsoid, in face units.
const BROW_HEIGHT: f32 = 0.04;

/// Paints both eyes and both brows.
pub(super) fn paint(face: &Face<'_>, canvas: &mut Canvas) {
    let eyes = &face.identity.eyes;
    for side in [-1.0, 1.0] {
        let center = [side * eyes.spacing, eyes.height];
        let region = Region::around(center, [0.26, 0.20]);
        face.surface.paint(canvas, region, 0.0, |p| eye(face, local(p, center, side, eyes.tilt)));
        let region = Region::around(center, [0.34, 0.40]);
        let brows = &face.identity.brows;
        face.surface.paint(canvas, region, BROW_HEIGHT, |p| {
            brow(face, brows, local(p, center, side, brows.tilt))
        });
    }
}

/// Coordinates about the eye: x towards the outer corner, turned by `tilt`.
fn local(p: Point, center: Point, side: f32, tilt: f32) -> Point {
    let [x, y] = [(p[0] - center[0]) * side, p[1] - center[1]];
    [x - tilt * y, y + tilt * x]
}

/// Eyeball between the lids, the line of the lashes, the crease above.
fn eye(face: &Face<'_>, p: Point) -> (Color, f32) {
    let eyes = &face.identity.eyes;
    let open = 1.0 - face.expression.blink;
    let lid = lid_height(eyes, p[0]);
    let [upper, lower] = [-lid * open, lid * (0.75 + 0.1 * open)];
    let softness = face.edge(0.015);
    let within = cover(p[0].abs() - eyes.radii[0], softness);
    let between = cover(upper - p[1], softness) * cover(p[1] - lower, softness) * within;
    let lash_width = 0.030 * smoothstep(1.1, 0.7, p[0].abs() / eyes.radii[0]);
    // A shut eye is a line where the lids meet.
    let lash = cover((p[1] - upper.max(-lid) + 0.008).abs() - lash_width, softness)
        * cover(p[0].abs() - eyes.radii[0] * 1.08, softness);
    let crease = 0.45 * smoothstep(0.022, 0.0, (p[1] + lid + 0.055).abs()) * within;
    let lower_rim = 0.35 * smoothstep(0.02, 0.0, (p[1] - lower - 0.012).abs()) * within;
    let dark = shade(face.identity.skin.color, 0.35);
    let lined = crease.max(lower_rim) * (1.0 - between);
    let cover = lined.max(between).max(lash);
    let inner = mix(dark, eyeball(face, p), between);
    (mix(inner, [0.07, 0.05, 0.05], lash), cover)
}

/// Half height of the almond at a distance from the middle.
fn lid_height(eyes: &Eyes, x: f32) -> f32 {
    let u = x / eyes.radii[0];
    eyes.radii[1] * (1.0 - u * u).max(0.0).powf(0.8)
}

/// White, iris, pupil and the reflection of a lamp.
fn eyeball(face: &Face<'_>, p: Point) -> Color {
    let eyes = &face.identity.eyes;
    let side = face.expression.gaze * eyes.radii[0] * 0.6;
    let [x, y] = [p[0] - side, p[1]];
    let radius = x.hypot(y + 0.005);
    let softness = face.edge(0.018);
    let shadow = smoothstep(-eyes.radii[1], 0.0, y) * 0.3 + 0.66;
    let mut color = shade([0.93, 0.90, 0.88], shadow);
    let ring = 0.55 + 0.45 * smoothstep(0.082, 0.055, radius);
    color = mix(color, shade(eyes.color, ring), cover(radius - 0.082, softness));
    color = mix(color, [0.03, 0.03, 0.03], cover(radius - 0.038, softness));
    let glint = (x + 0.026).hypot(y + 0.030);
    mix(color, [1.0, 1.0, 1.0], 0.9 * cover(glint - 0.017, softness))
}

/// An arched band of short hairs.
fn brow(face: &Face<'_>, brows: &Brows, [x, y]: Point) -> (Color, f32) {
    let u = x / brows.length;
    let height = -brows.gap - brows.arch * (1.0 - u * u);
    let thickness = brows.thickness * (1.15 - 0.45 * smoothstep(-1.0, 1.0, u));
    let band = cover((y - height).abs() - thickness, face.edge(0.03));
    let ends = cover(u.abs() - 1.0, face.edge(0.03) / brows.length);
    if band * ends <= 0.0 {
        return (brows.color, 0.0);
    }
    let hairs = noise([(x + 0.6 * y) * 55.0, y * 14.0], face.identity.skin.seed ^ 9);
    let hairs = 0.82 + 0.18 * hairs * resolved(55.0, face.scale());
    (brows.color, band * ends * hairs)
}
