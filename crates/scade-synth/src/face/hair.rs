//! Hair: the cap and the lengths behind the head, the hairline and the strands in front of it.

use crate::canvas::{Canvas, Color, Point, Region, mix, paint, shade};
use crate::identity::Identity;
use crate::shape::{cover, ellipse, noise, resolved, smoothstep};

use super::Face;

/// Paints the hair behind head and neck.
pub(super) fn paint_behind(face: &Face<'_>, canvas: &mut Canvas) {
    let radii = cap(face.identity);
    let length = face.identity.hair.length;
    let region = Region { from: [-radii[0], -radii[1] - 0.1], to: [radii[0], length.max(0.9)] };
    let softness = face.edge(0.05);
    // The head covers this region in any case.
    let hidden = face.identity.head.radii.map(|radius| 0.7 * radius);
    paint(canvas, face.surface.placement, region.grown(0.1), |p| {
        let crown = ellipse([p[0], p[1] + 0.06], radii);
        // Below the ears the lengths hang straight; above, the cap is the outline.
        let fringe = 0.06 * noise([p[0] * 9.0, 0.0], face.identity.skin.seed ^ 21);
        let hang = (p[0].abs() - radii[0] * 0.97).max(p[1] - length - fringe).max(-p[1]);
        let outline = if length > 0.2 { crown.min(hang) } else { crown.max(p[1] - 0.55) };
        let cover = cover(outline, softness);
        if cover <= 0.0 || ellipse(p, hidden) < 0.0 {
            return (face.identity.hair.color, 0.0);
        }
        (shade(strands(face, p), 0.72), cover)
    });
}

/// Paints the hair over forehead and temples.
pub(super) fn paint_front(face: &Face<'_>, canvas: &mut Canvas) {
    let radii = cap(face.identity);
    let bottom = face.identity.hair.length.clamp(-0.3, 1.0);
    let region = Region { from: [-radii[0], -radii[1] - 0.1], to: [radii[0], bottom] };
    let softness = face.edge(0.035);
    paint(canvas, face.surface.placement, region.grown(0.1), |view| {
        let outer = cover(ellipse([view[0], view[1] + 0.06], radii), softness);
        if outer <= 0.0 {
            return (face.identity.hair.color, 0.0);
        }
        let point = face.surface.to_face(view, 0.0);
        let cover = outer * cover(hairline(face.identity, point), softness);
        if cover <= 0.0 {
            return (face.identity.hair.color, 0.0);
        }
        (strands(face, view), cover)
    });
}

/// Radii of the outline of the cap.
fn cap(identity: &Identity) -> Point {
    let Identity { head, hair, .. } = identity;
    [head.radii[0] * hair.volume + 0.04, head.radii[1] * (hair.volume + 0.02)]
}

/// Approximate distance below the hairline; negative under hair.
fn hairline(identity: &Identity, [x, y]: Point) -> f32 {
    let Identity { head, hair, .. } = identity;
    let u = x / head.radii[0];
    let tufts = noise([x * 9.0, 2.0], identity.skin.seed ^ 22);
    let ends = noise([x * 40.0, 6.0], identity.skin.seed ^ 25);
    let strand = 0.025 * tufts + 0.020 * ends;
    let forehead = hair.line + 0.45 * u * u + 0.10 * (x - hair.parting).abs() + strand;
    // Beside the face the hair reaches down to its length.
    let edge = if hair.length > 0.2 { 0.86 } else { 0.93 };
    let beside = (edge - u.abs()) * head.radii[0] + 0.5 * strand;
    (y - forehead).min(beside.max(y - hair.length))
}

/// Color of the hair at a point: strands that run from the parting, with a band of gloss.
fn strands(face: &Face<'_>, [x, y]: Point) -> Color {
    let Identity { hair, skin, .. } = face.identity;
    let [dx, dy] = [x - 0.6 * hair.parting, y + 1.25];
    // Around the crown strands fan out; farther down they hang.
    let across = if dy > 0.0 { dx / (0.45 + 0.55 * dy.min(1.2)) } else { dx / 0.45 };
    let streak = |cells: f32, seed: u32| {
        resolved(cells * 1.2, face.scale()) * noise([across * cells, dy * 2.2], skin.seed ^ seed)
    };
    let light = 0.85 + 0.20 * face.light[0] * x + 0.12 * smoothstep(0.5, -1.2, y);
    let gloss = 0.22 * smoothstep(0.22, 0.0, (dy - 0.42 - 0.1 * x * x).abs());
    let level = light + 0.16 * streak(12.0, 23) + 0.30 * streak(42.0, 24);
    mix(shade(hair.color, level), [0.85, 0.80, 0.75], 0.35 * gloss)
}
