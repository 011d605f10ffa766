//! Synthetic test images: faces rendered from soft ellipses, realistic enough for the detector.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scade_image::RgbImage;

/// A face to render: the center of the head and the unit of length of its parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SyntheticFace {
    pub(crate) x: f32,
    pub(crate) y: f32,
    /// The head has half-axes of 0.92 and 1.22 units.
    pub(crate) unit: f32,
}

impl SyntheticFace {
    /// A point relative to the center, in units.
    fn at(&self, dx: f32, dy: f32) -> [f32; 2] {
        [self.x + dx * self.unit, self.y + dy * self.unit]
    }

    /// Positions of eyes, nose and mouth corners, in the order of `Landmarks`.
    pub(crate) fn landmarks(&self) -> [[f32; 2]; 5] {
        let points = [(-0.38, -0.18), (0.38, -0.18), (0.0, 0.3), (-0.28, 0.66), (0.28, 0.66)];
        points.map(|(dx, dy)| self.at(dx, dy))
    }
}

/// Renders a gray image with some noise and the given faces; deterministic for a seed.
pub(crate) fn render(width: u32, height: u32, faces: &[SyntheticFace], seed: u64) -> RgbImage {
    let mut canvas = Canvas {
        width: width as usize,
        height: height as usize,
        pixels: vec![[118.0, 124.0, 132.0]; (width * height) as usize],
    };
    for face in faces {
        canvas.face(face);
    }
    canvas.blurred().with_noise(seed)
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 3]>,
}

const HAIR: [f32; 3] = [52.0, 38.0, 30.0];
const SKIN: [f32; 3] = [214.0, 168.0, 142.0];
const SHADE: [f32; 3] = [150.0, 104.0, 84.0];
const DARK: [f32; 3] = [42.0, 28.0, 24.0];
const WHITE: [f32; 3] = [236.0, 232.0, 228.0];
const IRIS: [f32; 3] = [84.0, 62.0, 44.0];
const LIPS: [f32; 3] = [172.0, 84.0, 82.0];

impl Canvas {
    fn face(&mut self, face: &SyntheticFace) {
        let mut part = |dx, dy, rx, ry, color, opacity| {
            self.ellipse(face.at(dx, dy), [rx * face.unit, ry * face.unit], color, opacity);
        };
        part(0.0, -0.1, 1.15, 1.35, HAIR, 1.0);
        self.head(face);
        let mut part = |dx, dy, rx, ry, color, opacity| {
            self.ellipse(face.at(dx, dy), [rx * face.unit, ry * face.unit], color, opacity);
        };
        for side in [-1.0, 1.0] {
            let x = side * 0.38;
            part(x, -0.18, 0.27, 0.17, SHADE, 0.55);
            part(x, -0.18, 0.17, 0.085, WHITE, 1.0);
            part(x, -0.18, 0.08, 0.08, IRIS, 1.0);
            part(x, -0.18, 0.04, 0.04, DARK, 1.0);
            part(x + 0.025, -0.205, 0.015, 0.015, WHITE, 1.0);
            part(x, -0.255, 0.18, 0.025, DARK, 0.9);
            part(x, -0.4, 0.24, 0.045, HAIR, 0.9);
            part(side * 0.08, 0.35, 0.04, 0.025, DARK, 0.8);
        }
        part(0.0, 0.08, 0.07, 0.3, WHITE, 0.35);
        part(0.1, 0.12, 0.05, 0.26, SHADE, 0.45);
        part(0.0, 0.66, 0.3, 0.085, LIPS, 1.0);
        part(0.0, 0.66, 0.28, 0.015, DARK, 0.8);
        part(0.0, 0.9, 0.25, 0.05, SHADE, 0.5);
    }

    /// The head, shaded like a sphere lit from the upper left.
    fn head(&mut self, face: &SyntheticFace) {
        let [rx, ry] = [0.92 * face.unit, 1.22 * face.unit];
        self.each(|x, y, pixel| {
            let (u, v) = ((x - face.x) / rx, (y - face.y) / ry);
            let radius = u.hypot(v);
            let depth = (1.0 - radius * radius).max(0.0).sqrt();
            let light = (0.55 + 0.5 * (0.85 * depth - 0.25 * u - 0.3 * v)).clamp(0.3, 1.1);
            blend(pixel, SKIN.map(|value| value * light), edge(radius));
        });
    }

    fn ellipse(&mut self, center: [f32; 2], radii: [f32; 2], color: [f32; 3], opacity: f32) {
        self.each(|x, y, pixel| {
            let radius = ((x - center[0]) / radii[0]).hypot((y - center[1]) / radii[1]);
            blend(pixel, color, opacity * edge(radius));
        });
    }

    fn each(&mut self, mut paint: impl FnMut(f32, f32, &mut [f32; 3])) {
        for (i, pixel) in self.pixels.iter_mut().enumerate() {
            paint((i % self.width) as f32 + 0.5, (i / self.width) as f32 + 0.5, pixel);
        }
    }

    /// A binomial filter of kernel size 5 along both axes: approximately a Gaussian of σ 1.
    fn blurred(&self) -> Self {
        let (width, height) = (self.width as isize, self.height as isize);
        let pass = |pixels: &[[f32; 3]], dx: isize, dy: isize| -> Vec<[f32; 3]> {
            (0..width * height)
                .map(|i| {
                    let (x, y) = (i % width, i / width);
                    let mut sum = [0.0; 3];
                    for (offset, weight) in [(-2, 1.0), (-1, 4.0), (0, 6.0), (1, 4.0), (2, 1.0)] {
                        let x = (x + offset * dx).clamp(0, width - 1);
                        let y = (y + offset * dy).clamp(0, height - 1);
                        let pixel = pixels[(y * width + x) as usize];
                        sum = std::array::from_fn(|c| sum[c] + weight / 16.0 * pixel[c]);
                    }
                    sum
                })
                .collect()
        };
        let pixels = pass(&pass(&self.pixels, 1, 0), 0, 1);
        Self { pixels, ..*self }
    }

    /// Noise of σ about 3, like that of a camera.
    fn with_noise(&self, seed: u64) -> RgbImage {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut noise = || (0..3).map(|_| rng.random_range(-3.0..3.0)).sum::<f32>();
        let bytes = self.pixels.iter().flatten().map(|value| (value + noise() + 0.5) as u8);
        RgbImage::from_raw(self.width as u32, self.height as u32, bytes.collect()).unwrap()
    }
}

/// From 1 inside to 0 outside, over a tenth of the radius.
fn edge(radius: f32) -> f32 {
    ((1.05 - radius) * 10.0).clamp(0.0, 1.0)
}

fn blend(pixel: &mut [f32; 3], color: [f32; 3], opacity: f32) {
    for (value, target) in pixel.iter_mut().zip(color) {
        *value += opacity * (target - *value);
    }
}
