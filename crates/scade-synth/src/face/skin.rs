//! The skin: outline of the head, light and shadow, relief of nose, cheeks and chin, texture.

use crate::canvas::{Canvas, Color, Point, Region, mix, paint, shade};
use crate::identity::{Identity, Skin};
use crate::shape::{cover, ellipse, hill, noise, resolved, smoothstep};

use super::Face;

/// Height of the tip of the nose above the ellipsoid, in face units.
pub(super) const NOSE_HEIGHT: f32 = 0.22;

/// Paints the bare head: all of it but eyes, brows, mouth and hair.
pub(super) fn paint_head(face: &Face<'_>, canvas: &mut Canvas) {
    let Identity { skin, head, .. } = face.identity;
    let region = Region::around([0.0, 0.0], head.radii).grown(0.05);
    let softness = face.edge(0.02);
    paint(canvas, face.surface.placement, region, |view| {
        // Cheaper than measuring the distance: most of the corners of the region are far outside.
        let radii = [width_at(face, view[1]), head.radii[1]];
        let cover = cover(ellipse(view, radii), softness);
        if cover <= 0.0 {
            return (skin.color, 0.0);
        }
        let point = face.surface.to_face(view, 0.0);
        let nose = face.surface.to_face(view, NOSE_HEIGHT * 0.7);
        let light = lighting(face, view, radii) + relief(face, point) + nose_relief(face, nose);
        (shade(pigment(face, point), light * texture(skin, point, face.scale())), cover)
    });
}

/// Paints both ears, half hidden by the head that is painted next.
pub(super) fn paint_ears(face: &Face<'_>, canvas: &mut Canvas) {
    let Identity { skin, head, .. } = face.identity;
    let softness = face.edge(0.02);
    for side in [-1.0, 1.0] {
        let center = [side * (head.radii[0] + 0.02), 0.0];
        let region = Region::around(center, [0.16, 0.28]);
        let light = 0.72 + 0.12 * side * face.light[0];
        paint(canvas, face.surface.placement, region, |p| {
            let local = [p[0] - center[0], p[1] - center[1]];
            let hollow = hill(local, [0.03 * side, -0.02], [0.07, 0.16]);
            let color = mix(skin.color, [0.6, 0.25, 0.2], 0.15);
            (shade(color, light - 0.3 * hollow), cover(ellipse(local, [0.11, 0.24]), softness))
        });
    }
}

/// Half width of the head at a height: full at the cheeks, narrower at the chin.
fn width_at(face: &Face<'_>, y: f32) -> f32 {
    let head = &face.identity.head;
    let down = (y / head.radii[1]).clamp(0.0, 1.0);
    head.radii[0] * (1.0 - head.taper * down * down)
}

/// Light on a flattened sphere: ambient, diffuse, a soft gloss.
fn lighting(face: &Face<'_>, [x, y]: Point, radii: Point) -> f32 {
    let [nx, ny] = [0.9 * x / radii[0], 0.8 * y / radii[1]];
    let nz = (1.0 - nx * nx - ny * ny).max(0.05).sqrt();
    let [lx, ly, lz] = face.light;
    let diffuse = (nx * lx + ny * ly + nz * lz).max(0.0);
    let gloss = diffuse.powi(8) * 0.08;
    0.50 + 0.52 * diffuse + gloss
}

/// Shading of sockets, cheekbones, chin and folds.
fn relief(face: &Face<'_>, p: Point) -> f32 {
    let Identity { eyes, mouth, skin, nose, .. } = face.identity;
    let mirrored = [p[0].abs(), p[1]];
    let side = p[0].signum() * face.light[0];
    let sockets = hill(mirrored, [eyes.spacing, eyes.height - 0.02], [0.34, 0.24]);
    let cheekbone = hill(mirrored, [0.50, 0.12], [0.30, 0.20]);
    let bag = hill(mirrored, [eyes.spacing, eyes.height + 0.17], [0.18, 0.05]);
    let chin = hill(p, [0.0, 1.02], [0.24, 0.16]);
    let under_lip = hill(p, [0.0, mouth.height + 0.19], [0.26, 0.09]);
    let corner = hill(mirrored, [mouth.half_width + 0.04, mouth.height], [0.10, 0.09]);
    -0.28 * sockets + (0.06 + 0.05 * side) * cheekbone - 0.06 * bag * skin.folds + 0.07 * chin
        - 0.17 * under_lip
        - 0.10 * corner
        - skin.folds * (0.16 * nasolabial(mirrored, nose.tip, mouth) + 0.07 * forehead(p))
}

/// The fold from the wing of the nose to the corner of the mouth.
fn nasolabial([x, y]: Point, tip: f32, mouth: &crate::identity::Mouth) -> f32 {
    let along = (y - tip) / (mouth.height - tip);
    let path = 0.20 + (mouth.half_width - 0.08) * along * along.max(0.0).sqrt();
    let band = smoothstep(0.05, 0.0, (x - path).abs());
    band * smoothstep(0.0, 0.3, along) * smoothstep(1.2, 0.8, along)
}

/// Three faint lines across the forehead.
fn forehead([x, y]: Point) -> f32 {
    let wave = ((y - 0.06 * x * x) * 52.0).sin().max(0.0).powi(4);
    wave * smoothstep(0.5, 0.2, x.abs()) * smoothstep(-0.78, -0.70, y) * smoothstep(-0.46, -0.52, y)
}

/// The nose: a lit ridge, a shaded flank, the tip, the wings and the nostrils.
fn nose_relief(face: &Face<'_>, p: Point) -> f32 {
    let nose = &face.identity.nose;
    let mirrored = [p[0].abs(), p[1]];
    let dark_side = if face.light[0] > 0.0 { -1.0 } else { 1.0 };
    let ridge = hill(p, [0.0, nose.tip - 0.25], [0.085, 0.40]);
    let flank = hill(p, [dark_side * 0.12, nose.tip - 0.14], [0.10, 0.30]);
    let tip = hill(p, [0.0, nose.tip], [0.11, 0.10]);
    let wing = hill(mirrored, [nose.width + 0.03, nose.tip + 0.02], [0.045, 0.10]);
    let under = hill(p, [0.0, nose.tip + 0.11], [nose.width + 0.06, 0.06]);
    let nostril = hill(mirrored, [0.55 * nose.width, nose.tip + 0.075], [0.055, 0.038]);
    nose.relief * (0.13 * ridge - 0.15 * flank + 0.13 * tip - 0.22 * wing - 0.24 * under)
        - 0.75 * nostril
}

/// The color before light: flushed cheeks and nose, freckles, moles, stubble.
fn pigment(face: &Face<'_>, p: Point) -> Color {
    let Identity { skin, mouth, nose, .. } = face.identity;
    let mirrored = [p[0].abs(), p[1]];
    let flush = hill(mirrored, [0.48, 0.30], [0.34, 0.32]) + hill(p, [0.0, nose.tip], [0.2, 0.2]);
    let mut color = mix(skin.color, [0.78, 0.30, 0.26], 0.16 * flush.min(1.0));
    if skin.freckles > 0.0 {
        let zone = hill(p, [0.0, 0.15], [0.85, 0.5]).sqrt();
        // Turned, so that the lattice of the noise does not show.
        let turned = [18.0 * p[0] + 13.0 * p[1], 18.0 * p[1] - 13.0 * p[0]];
        let spot =
            smoothstep(0.35, 0.6, noise(turned, skin.seed ^ 3)) * resolved(30.0, face.scale());
        color = mix(color, shade(skin.color, 0.55), 0.6 * skin.freckles * zone * spot);
    }
    if skin.stubble > 0.0 {
        let zone = smoothstep(0.30, 0.62, p[1] + 0.35 * p[0] * p[0])
            * (1.0 - hill(p, [0.0, mouth.height], [mouth.half_width + 0.16, 0.20]).sqrt());
        let hairs =
            0.7 + 0.5 * resolved(48.0, face.scale()) * noise(p.map(|v| v * 48.0), skin.seed ^ 4);
        let gray = mix(shade(skin.color, 0.45), [0.25, 0.25, 0.28], 0.4);
        color = mix(color, gray, (0.5 * skin.stubble * zone * hairs).clamp(0.0, 1.0));
    }
    for mole in &skin.moles {
        color = mix(color, [0.22, 0.13, 0.10], 0.8 * hill(p, *mole, [0.035, 0.03]));
    }
    color
}

/// Brightness of the skin's texture around 1: blotches, unevenness, pores.
fn texture(skin: &Skin, p: Point, scale: f32) -> f32 {
    let octave = |cells: f32, amplitude: f32, seed: u32| {
        let left = resolved(cells, scale);
        if left > 0.0 {
            left * amplitude * noise([p[0] * cells, p[1] * cells], skin.seed ^ seed)
        } else {
            0.0
        }
    };
    1.0 + octave(7.0, 0.04, 0) + octave(22.0, 0.45 * skin.grain, 1) + octave(50.0, skin.grain, 2)
}
