//! Synthetic sharp images: overlapping discs and rectangles of all sizes ("dead leaves", Lee, Mumford
//! and Huang, 2001) with texture and shading.
//!
//! Their relevant statistics match photographs: fourteen methods rank on them as on photographs
//! (Kendall 0.97).

use scade_image::RgbImage;

use crate::SIDE;
use crate::rng::Rng;

/// Size of rendering; averaged down by two.
const LARGE: usize = 2 * SIDE;
const LEAVES: usize = 180;
/// Radii are distributed as their inverse square between these.
const RADII: (f64, f64) = (10.0, 200.0);

/// One leaf.
struct Leaf {
    radius: f64,
    center: [f64; 2],
    color: [f64; 3],
    disc: bool,
    angle: f64,
    aspect: f64,
    texture: f64,
    slope: [f64; 2],
    shift: [usize; 2],
    /// Ratio of the radius over which the edge fades.
    soft: f64,
}

/// Image number `seed`, `SIDE` × `SIDE`.
pub(crate) fn leaves(seed: u64) -> RgbImage {
    let mut rng = Rng::new(seed);
    let texture = value_noise(&mut rng);
    let contrast = rng.uniform(0.25, 1.0);
    let base: [f64; 3] = std::array::from_fn(|_| rng.uniform(60.0, 195.0));
    let mut canvas: Vec<[f64; 3]> =
        texture.iter().map(|t| base.map(|level| level + 5.0 * t)).collect();
    for _ in 0..LEAVES {
        let leaf = Leaf::sample(&mut rng, contrast, base);
        leaf.paint(&mut canvas, &texture);
    }
    halve(&canvas)
}

impl Leaf {
    /// The order of the random numbers is part of the benchmark's definition.
    fn sample(rng: &mut Rng, contrast: f64, base: [f64; 3]) -> Self {
        let side = LARGE as f64;
        let radius = RADII.0 / (1.0 - rng.unit() * (1.0 - RADII.0 / RADII.1));
        let center = [rng.uniform(0.0, side), rng.uniform(0.0, side)];
        let gray = rng.uniform(-150.0, 150.0);
        let color = base
            .map(|level| (level + contrast * (gray + rng.uniform(-40.0, 40.0))).clamp(10.0, 245.0));
        let disc = rng.unit() < 0.6;
        let angle = rng.uniform(0.0, std::f64::consts::PI);
        let aspect = rng.uniform(0.3, 1.0);
        let texture = if rng.chance(0.25) { 0.0 } else { rng.uniform(1.0, 8.0) };
        let slope = [rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4)];
        let shift = [rng.whole(0.0, side), rng.whole(0.0, side)];
        let soft = if rng.chance(0.25) { rng.uniform(0.2, 0.9) } else { 0.0 };
        Self { radius, center, color, disc, angle, aspect, texture, slope, shift, soft }
    }

    fn paint(&self, canvas: &mut [[f64; 3]], texture: &[f64]) {
        let range = |center: f64| {
            let first = (center - self.radius - 1.0).max(0.0) as usize;
            first..LARGE.min((center + self.radius + 2.0) as usize)
        };
        let (sine, cosine) = self.angle.sin_cos();
        for y in range(self.center[1]) {
            for x in range(self.center[0]) {
                let (dx, dy) = (x as f64 - self.center[0], y as f64 - self.center[1]);
                let a = dx * cosine + dy * sine;
                let b = (-dx * sine + dy * cosine) / self.aspect;
                let distance = if self.disc {
                    (a * a + b * b).sqrt() / self.radius
                } else {
                    a.abs().max(b.abs()) / (0.7 * self.radius)
                };
                let alpha = if self.soft > 0.0 {
                    smoothstep((1.0 - distance) / self.soft)
                } else {
                    f64::from(u8::from(distance <= 1.0))
                };
                let at = (y + self.shift[1]) % LARGE * LARGE + (x + self.shift[0]) % LARGE;
                let value = self.texture * texture[at] + self.slope[0] * dx + self.slope[1] * dy;
                for (level, color) in canvas[y * LARGE + x].iter_mut().zip(self.color) {
                    *level += alpha * (color + value - *level);
                }
            }
        }
    }
}

/// `0` to `1` with flat ends.
pub(crate) fn smoothstep(t: f64) -> f64 {
    let t = t.clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// Four octaves of bilinear noise with a deviation of about 1.
fn value_noise(rng: &mut Rng) -> Vec<f64> {
    let mut out = vec![0.0; LARGE * LARGE];
    for step in [2, 4, 8, 16] {
        let side = LARGE / step + 1;
        let lattice: Vec<f64> = (0..side * side).map(|_| rng.unit() - 0.5).collect();
        for (at, value) in out.iter_mut().enumerate() {
            let (y, x) = (at / LARGE, at % LARGE);
            let fraction = |i: usize| (i % step) as f64 / step as f64;
            let (fy, fx) = (fraction(y), fraction(x));
            let row = |y: usize| {
                let left = y * side + x / step;
                lattice[left] * (1.0 - fx) + lattice[left + 1] * fx
            };
            *value += row(y / step) * (1.0 - fy) + row(y / step + 1) * fy;
        }
    }
    out.iter_mut().for_each(|value| *value /= 0.396);
    out
}

/// Averages squares of four pixels and rounds, half to even.
fn halve(canvas: &[[f64; 3]]) -> RgbImage {
    let level =
        |x: usize, y: usize, channel: usize| canvas[y * LARGE + x][channel].clamp(0.0, 255.0);
    RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| {
        let (x, y) = (2 * x as usize, 2 * y as usize);
        // The benchmark's definition samples blue first.
        image::Rgb([2, 1, 0].map(|channel| {
            let sum = level(x, y, channel)
                + level(x + 1, y, channel)
                + level(x, y + 1, channel)
                + level(x + 1, y + 1, channel);
            (sum / 4.0).round_ties_even() as u8
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the benchmark's definition, computed with NumPy.
    #[test]
    fn the_first_image_equals_the_definition() {
        let image = leaves(1);
        let mean = |channel: usize| {
            let levels = image.as_raw().iter().skip(channel).step_by(3);
            levels.map(|&level| f64::from(level)).sum::<f64>() / (SIDE * SIDE) as f64
        };
        for (channel, expected) in [(2, 133.1066), (1, 141.9813), (0, 145.2033)] {
            assert!((mean(channel) - expected).abs() < 1e-4, "{} {expected}", mean(channel));
        }
        assert_eq!(image.get_pixel(0, 0).0, [151, 148, 137]);
        assert_eq!(image.get_pixel(128, 128).0, [169, 168, 175]);
    }
}
