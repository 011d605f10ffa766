//! Synthetic images: faces rendered from ellipses, noise, gradients and patterns.
//!
//! Only additions, multiplications, divisions and square roots, which are the same on every machine.

use scade_image::RgbImage;

use super::random::Random;

pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 3]>,
}

/// A face to render: the center of the head and the unit of length of its parts.
#[derive(Clone, Copy)]
pub struct Face {
    pub x: f32,
    pub y: f32,
    pub unit: f32,
}

const HAIR: [f32; 3] = [52.0, 38.0, 30.0];
const SKIN: [f32; 3] = [214.0, 168.0, 142.0];
const SHADE: [f32; 3] = [120.0, 80.0, 64.0];
const DARK: [f32; 3] = [36.0, 26.0, 22.0];
const WHITE: [f32; 3] = [236.0, 232.0, 228.0];
const LIPS: [f32; 3] = [150.0, 70.0, 68.0];

impl Canvas {
    pub fn new(width: u32, height: u32, color: [f32; 3]) -> Self {
        let pixels = vec![color; (width * height) as usize];
        Self { width: width as usize, height: height as usize, pixels }
    }

    pub fn each(mut self, mut color: impl FnMut(f32, f32) -> [f32; 3]) -> Self {
        for (i, pixel) in self.pixels.iter_mut().enumerate() {
            *pixel = color((i % self.width) as f32, (i / self.width) as f32);
        }
        self
    }

    /// Smooth noise: random gray levels on a grid with cells of `cell` pixels, linear in between.
    pub fn clouds(mut self, cell: f32, amplitude: f32, seed: u64) -> Self {
        let columns = (self.width as f32 / cell) as usize + 2;
        let rows = (self.height as f32 / cell) as usize + 2;
        let mut random = Random(seed);
        let grid: Vec<f32> = (0..columns * rows).map(|_| random.unit() - 0.5).collect();
        for (i, pixel) in self.pixels.iter_mut().enumerate() {
            let (x, y) = ((i % self.width) as f32 / cell, (i / self.width) as f32 / cell);
            let at = |dx: usize, dy: usize| grid[(y as usize + dy) * columns + x as usize + dx];
            let (u, v) = (x - x.floor(), y - y.floor());
            let above = at(0, 0) * (1.0 - u) + at(1, 0) * u;
            let below = at(0, 1) * (1.0 - u) + at(1, 1) * u;
            let value = 2.0 * amplitude * (above * (1.0 - v) + below * v);
            *pixel = pixel.map(|channel| channel + value);
        }
        self
    }

    pub fn face(mut self, face: Face) -> Self {
        let mut part = |dx: f32, dy: f32, rx: f32, ry: f32, color, opacity| {
            let center = [face.x + dx * face.unit, face.y + dy * face.unit];
            self.ellipse(center, [rx * face.unit, ry * face.unit], color, opacity);
        };
        part(0.0, -0.15, 1.1, 1.4, HAIR, 1.0);
        part(0.0, 0.1, 0.92, 1.2, SKIN, 1.0);
        part(0.0, -0.55, 0.7, 0.35, WHITE, 0.15);
        for side in [-1.0, 1.0] {
            let x = side * 0.38;
            part(x, -0.16, 0.3, 0.2, SHADE, 0.6);
            part(x, -0.16, 0.17, 0.085, WHITE, 0.8);
            part(x, -0.16, 0.09, 0.09, DARK, 1.0);
            part(x, -0.24, 0.2, 0.03, DARK, 0.9);
            part(x, -0.38, 0.26, 0.06, HAIR, 0.9);
            part(side * 0.5, 0.3, 0.25, 0.2, WHITE, 0.2);
            part(side * 0.09, 0.37, 0.05, 0.03, DARK, 0.8);
        }
        part(0.0, 0.08, 0.09, 0.32, WHITE, 0.35);
        part(0.0, 0.42, 0.16, 0.04, SHADE, 0.5);
        part(0.0, 0.68, 0.32, 0.09, LIPS, 1.0);
        part(0.0, 0.68, 0.3, 0.02, DARK, 0.8);
        part(0.0, 0.9, 0.25, 0.06, SHADE, 0.5);
        self
    }

    fn ellipse(&mut self, center: [f32; 2], radii: [f32; 2], color: [f32; 3], opacity: f32) {
        let range = |axis: usize, limit: usize| {
            let start = (center[axis] - 1.2 * radii[axis]).max(0.0) as usize;
            start..((center[axis] + 1.2 * radii[axis]).max(0.0) as usize + 1).min(limit)
        };
        for y in range(1, self.height) {
            for x in range(0, self.width) {
                let u = (x as f32 + 0.5 - center[0]) / radii[0];
                let v = (y as f32 + 0.5 - center[1]) / radii[1];
                let edge = ((1.05 - (u * u + v * v).sqrt()) * 10.0).clamp(0.0, 1.0);
                for (value, target) in self.pixels[y * self.width + x].iter_mut().zip(color) {
                    *value += opacity * edge * (target - *value);
                }
            }
        }
    }

    /// A filled rectangle.
    pub fn bar(mut self, x: u32, y: u32, width: u32, height: u32, color: [f32; 3]) -> Self {
        for row in y..y + height {
            let start = row as usize * self.width + x as usize;
            self.pixels[start..start + width as usize].fill(color);
        }
        self
    }

    /// All values times a factor, plus a constant.
    pub fn levels(mut self, factor: f32, offset: f32) -> Self {
        for pixel in &mut self.pixels {
            *pixel = pixel.map(|value| value * factor + offset);
        }
        self
    }

    /// Bytes, after noise that is triangular up to `amplitude`.
    pub fn image(self, amplitude: f32, seed: u64) -> RgbImage {
        let mut random = Random(seed);
        let mut noise = || (random.unit() + random.unit() - 1.0) * amplitude;
        let bytes = self.pixels.iter().flatten().map(|value| (value + noise() + 0.5) as u8);
        RgbImage::from_raw(self.width as u32, self.height as u32, bytes.collect()).unwrap()
    }
}
