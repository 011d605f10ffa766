//! Neck, shoulders and clothes below the head; they belong to the clip, not to the person.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::canvas::{Canvas, Color, Placement, Point, Region, mix, paint, shade};
use crate::identity::Identity;
use crate::shape::{cover, hill, noise, resolved, smoothstep};

/// What the person wears in one clip.
#[derive(Debug, Clone)]
pub(crate) struct Clothes {
    color: Color,
    second: Color,
    /// Stripes per face unit; 0 for plain cloth.
    stripes: f32,
    /// How deep the neckline is cut.
    neckline: f32,
    /// How steeply the shoulders fall.
    slope: f32,
    seed: u32,
}

impl Clothes {
    /// The clothes of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut color = || std::array::from_fn(|_| rng.random_range(0.08..0.75));
        let (first, second): (Color, Color) = (color(), color());
        Self {
            color: first,
            second: mix(first, second, 0.4),
            stripes: if rng.random_bool(0.5) { rng.random_range(3.0..9.0) } else { 0.0 },
            neckline: rng.random_range(0.05..0.35),
            slope: rng.random_range(0.14..0.26),
            seed: rng.random(),
        }
    }

    /// Paints neck and shoulders; `light` is the horizontal direction the light comes from.
    pub(crate) fn paint(
        &self,
        canvas: &mut Canvas,
        at: Placement,
        identity: &Identity,
        light: f32,
    ) {
        let region = Region { from: [-3.0, 0.6], to: [3.0, 4.0] };
        let softness = 2.0 / at.scale();
        paint(canvas, at, region, |p| {
            let cloth = cover(self.edge(p), softness);
            if cloth >= 1.0 {
                return (self.cloth(p, at, light), 1.0);
            }
            let neck = cover(p[0].abs() - 0.44 - 0.12 * smoothstep(1.2, 1.5, p[1]), softness);
            let cover = neck.max(cloth);
            if cover <= 0.0 {
                return (self.color, 0.0);
            }
            (mix(neck_color(identity, p, light), self.cloth(p, at, light), cloth), cover)
        });
    }

    /// Approximate distance above the collar line; negative on the cloth.
    fn edge(&self, [x, y]: Point) -> f32 {
        1.42 + self.slope * x * x + self.neckline * smoothstep(0.5, 0.0, x.abs()) - y
    }

    /// Cloth with folds, a weave and perhaps stripes.
    fn cloth(&self, [x, y]: Point, at: Placement, light: f32) -> Color {
        let stripe = if self.stripes > 0.0 {
            smoothstep(-0.1, 0.1, (x * self.stripes * std::f32::consts::TAU).sin())
        } else {
            0.0
        };
        let weave = 0.10 * resolved(40.0, at.scale()) * noise([x * 40.0, y * 40.0], self.seed);
        let folds = 0.18 * noise([x * 2.6 + y, y * 1.4], self.seed ^ 1);
        let level = 0.85 + 0.10 * light * x + folds + weave;
        shade(mix(self.color, self.second, stripe), level)
    }
}

/// Skin of the neck, in the shadow of the chin.
fn neck_color(identity: &Identity, p: Point, light: f32) -> Color {
    let shadow = 0.30 * hill(p, [0.0, 1.0], [0.75, 0.60]);
    let round = 0.22 * (p[0] / 0.5) * (p[0] / 0.5);
    let level = 0.84 - shadow - round + 0.15 * light * p[0];
    let pores = 0.05 * noise([p[0] * 22.0, p[1] * 22.0], identity.skin.seed ^ 31);
    shade(identity.skin.color, (level + pores).max(0.2))
}
