//! The five blur layouts of the benchmark, in pixels of a Gaussian's standard deviation. The order of
//! the random numbers is part of its definition.

use std::f64::consts::TAU;

use scade_image::Plane;

use crate::SIDE;
use crate::blur::{BlurStack, Planes, blurred, mixed};
use crate::leaves::smoothstep;
use crate::rng::Rng;

/// The layout of blur in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From one side to the other.
    Ramp,
    /// Two halves with a soft border.
    Plane,
    /// Inwards or outwards.
    Radial,
    /// A face whose blur differs from its surroundings, as in a splice with a soft mask.
    Face,
    /// An object with its own blur in front of another image.
    Layer,
}

impl Kind {
    /// In the order of their numbers.
    pub(crate) const ALL: [Self; 5] =
        [Self::Ramp, Self::Plane, Self::Radial, Self::Face, Self::Layer];
}

/// The area of a face: an ellipse of 1.05 times the height and 0.8 times the width of a box.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FaceArea {
    /// Middle of the box, relative to the image size.
    pub(crate) center: [f64; 2],
    /// Size of the box, relative to the image size.
    pub(crate) side: f64,
}

/// A face in the middle of a crop of 1.8 times its box.
pub(crate) const MIDDLE: FaceArea = FaceArea { center: [0.5; 2], side: 0.56 };

impl FaceArea {
    /// 1 inside, 0 outside, a border of 16 pixels between; the box `scale` times as large.
    pub(crate) fn mask(self, scale: f64) -> Vec<f64> {
        let side = self.side * scale;
        at_each_pixel(|x, y| {
            let (x, y) = (x + 0.5 - self.center[0], y + 0.5 - self.center[1]);
            let distance = (x / (0.5 * side * 0.8)).hypot(y / (0.5 * side * 1.05));
            smoothstep((1.0 - distance) * 0.5 * side * SIDE as f64 / 16.0 + 0.5)
        })
    }
}

/// A blurred image and the blur of each of its pixels. Only layers use `behind`.
pub(crate) fn scene(
    kind: Kind,
    stack: &BlurStack,
    other: &BlurStack,
    rng: &mut Rng,
) -> (Planes, Vec<f64>) {
    if kind == Kind::Layer {
        return layer(stack, other, rng);
    }
    let sigma = map(kind, rng);
    (stack.blurred_by(&sigma), sigma)
}

/// `x` and `y` run from -½ to ½.
fn at_each_pixel(value: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let place = |i: usize| (i as f64 + 0.5) / SIDE as f64 - 0.5;
    (0..SIDE * SIDE).map(|at| value(place(at % SIDE), place(at / SIDE))).collect()
}

fn map(kind: Kind, rng: &mut Rng) -> Vec<f64> {
    match kind {
        Kind::Ramp => {
            let (sine, cosine) = rng.uniform(0.0, TAU).sin_cos();
            let (low, high) = (rng.uniform(0.0, 1.0), rng.uniform(2.5, 4.0));
            let along = at_each_pixel(|x, y| x * cosine + y * sine);
            let least = along.iter().copied().fold(f64::INFINITY, f64::min);
            let most = along.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let ratio = |along: f64| (along - least) / (most - least);
            along.into_iter().map(|along| low + (high - low) * ratio(along)).collect()
        }
        Kind::Plane => {
            let (sine, cosine) = rng.uniform(0.0, TAU).sin_cos();
            let offset = rng.uniform(-0.15, 0.15);
            let near = rng.uniform(0.0, 2.5);
            let far = near + rng.uniform(0.75, 1.5);
            at_each_pixel(|x, y| {
                let t = (x * cosine + y * sine - offset) * SIDE as f64 / 16.0 + 0.5;
                near + (far - near) * smoothstep(t)
            })
        }
        Kind::Radial => {
            let (cx, cy) = (rng.uniform(-0.2, 0.2), rng.uniform(-0.2, 0.2));
            let (low, high) = (rng.uniform(0.0, 1.0), rng.uniform(2.5, 4.0));
            let radius = at_each_pixel(|x, y| (x - cx).hypot(y - cy));
            let most = radius.iter().copied().fold(0.0, f64::max);
            let inwards = rng.chance(0.5);
            let ratio = |radius: f64| {
                let ratio = radius / most;
                if inwards { 1.0 - ratio } else { ratio }
            };
            radius.into_iter().map(|radius| low + (high - low) * ratio(radius)).collect()
        }
        Kind::Face | Kind::Layer => {
            let (face, around) = two_blurs(rng, 1.5);
            MIDDLE.mask(1.0).into_iter().map(|m| around + (face - around) * m).collect()
        }
    }
}

/// Two blurs, at least 0.75 and at most 2 apart, the lesser below `least`, in either order.
fn two_blurs(rng: &mut Rng, least: f64) -> (f64, f64) {
    let low = rng.uniform(0.0, least);
    let high = low + rng.uniform(0.75, 2.0);
    if rng.chance(0.5) { (high, low) } else { (low, high) }
}

/// A wobbly disc of `front` over `back`; its edge is as blurred as the disc.
fn layer(back: &BlurStack, front: &BlurStack, rng: &mut Rng) -> (Planes, Vec<f64>) {
    let (behind, before) = two_blurs(rng, 2.0);
    let (cx, cy) = (rng.uniform(-0.15, 0.15), rng.uniform(-0.15, 0.15));
    let radius = rng.uniform(0.2, 0.34);
    let lobes = rng.whole(2.0, 6.0) as f64;
    let (depth, phase) = (rng.uniform(0.0, 0.25), rng.uniform(0.0, TAU));
    let inside = at_each_pixel(|x, y| {
        let (x, y) = (x - cx, y - cy);
        let wobble = 1.0 + depth * (lobes * y.atan2(x) + phase).cos();
        f64::from(u8::from(x.hypot(y) < radius * wobble))
    });
    let mask = inside.iter().map(|&inside| inside as f32).collect();
    let mask = Plane::from_vec(SIDE, SIDE, mask).expect("one value per pixel");
    let alpha = blurred(&mask, before.max(0.3));
    let image = mixed(&back.at(behind), &front.at(before), alpha.data());
    let sigma = inside.iter().map(|&inside| if inside > 0.0 { before } else { behind });
    (image, sigma.collect())
}
