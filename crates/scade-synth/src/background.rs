//! The background: a lit wall with texture, and objects on it, as one still image.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::canvas::{Canvas, Color, Placement, Point, Region, mix, paint, shade};
use crate::shape::{cover, ellipse, noise};

/// A sharp image of the room of this seed, `width` × `height` pixels.
pub(crate) fn background(seed: u64, width: u32, height: u32) -> Canvas {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut canvas = Canvas::new(width, height);
    // Units: the image's height is 2, its middle the origin.
    let center = [width as f32 / 2.0, height as f32 / 2.0];
    let placement = Placement::new(center, height.max(1) as f32 / 2.0, 0.0);
    let wide = (width as f32 / height.max(1) as f32).max(0.1);
    wall(&mut canvas, placement, wide, &mut rng);
    for _ in 0..rng.random_range(6..16) {
        thing(&mut canvas, placement, wide, &mut rng);
    }
    canvas
}

/// A dull color, seldom reddish: a detector could take skin-colored objects for faces.
fn color(rng: &mut ChaCha8Rng, from: f32, to: f32) -> Color {
    let gray = rng.random_range(from..to);
    let mut channel = |low, high| gray * rng.random_range(low..high);
    [channel(0.78, 1.04), channel(0.82, 1.18), channel(0.82, 1.18)]
}

/// A wall with a light gradient, stains and grain.
fn wall(canvas: &mut Canvas, placement: Placement, wide: f32, rng: &mut ChaCha8Rng) {
    let (base, other) = (color(rng, 0.3, 0.7), color(rng, 0.2, 0.6));
    let toward: [f32; 2] = [rng.random_range(-0.4..0.4), rng.random_range(-0.4..0.4)];
    let seed: u32 = rng.random();
    paint(canvas, placement, Region::around([0.0, 0.0], [wide, 1.0]), |[x, y]| {
        let fall = (0.5 + toward[0] * x / wide + toward[1] * y).clamp(0.0, 1.0);
        let stains = 0.12 * noise([x * 3.0, y * 3.0], seed);
        let grain = 0.08 * noise([x * 40.0, y * 40.0], seed ^ 1);
        (shade(mix(base, other, fall), 1.0 + stains + grain), 1.0)
    });
}

/// Something on the wall: a frame, a book's back, a lamp.
fn thing(canvas: &mut Canvas, placement: Placement, wide: f32, rng: &mut ChaCha8Rng) {
    let center: Point = [rng.random_range(-wide..wide), rng.random_range(-1.0..1.0)];
    let half: Point = [rng.random_range(0.04..0.30), rng.random_range(0.08..0.45)];
    let (fill, rim) = (color(rng, 0.15, 0.85), color(rng, 0.1, 0.6));
    let round = rng.random_bool(0.25);
    let seed: u32 = rng.random();
    let softness = 1.5 / placement.scale();
    paint(canvas, placement, Region::around(center, half).grown(softness), |p| {
        let local = [p[0] - center[0], p[1] - center[1]];
        let outside = if round {
            ellipse(local, half)
        } else {
            (local[0].abs() - half[0]).max(local[1].abs() - half[1])
        };
        let pattern = 1.0 + 0.15 * noise([local[0] * 26.0, local[1] * 20.0], seed);
        let border = cover(-outside - 0.02, softness);
        (mix(shade(fill, pattern), rim, border), cover(outside, softness))
    });
}
