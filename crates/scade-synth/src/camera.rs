//! The camera: blur that depends on depth, white balance, and the noise of the sensor.

use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::blur::gaussian_blur;
use crate::canvas::Canvas;

/// One camera as set up for one clip.
#[derive(Debug, Clone)]
pub(crate) struct Camera {
    /// Standard deviations in pixels of the blur of the room, of the shoulders (on top of that of
    /// the face), and of the face, which is in focus.
    room: f32,
    shoulders: f32,
    face: f32,
    gains: [f32; 3],
    /// Standard deviation of the noise at mid gray, in the scale of the canvas.
    noise: f32,
    seed: u64,
}

impl Camera {
    /// The camera of this seed for images `height` pixels high.
    pub(crate) fn new(seed: u64, height: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let exposure = rng.random_range(0.90..1.08);
        // Depth blur scales with the image height; the blur in focus is given in pixels.
        let pixels = height as f32 / 360.0;
        Self {
            room: pixels * rng.random_range(1.8..4.0),
            shoulders: pixels * rng.random_range(0.7..1.4),
            face: rng.random_range(0.45..0.70),
            gains: std::array::from_fn(|_| exposure * rng.random_range(0.96..1.04)),
            noise: rng.random_range(2.5..4.0) / 255.0,
            seed: rng.random(),
        }
    }

    /// The same camera with unlimited depth of field.
    pub(crate) fn in_focus(self) -> Self {
        Self { room: 0.0, shoulders: 0.0, ..self }
    }

    /// Blurs the room.
    pub(crate) fn blur_room(&self, canvas: &mut Canvas) {
        gaussian_blur(canvas, self.room);
    }

    /// Blurs everything painted up to the shoulders.
    pub(crate) fn blur_shoulders(&self, canvas: &mut Canvas) {
        gaussian_blur(canvas, self.shoulders);
    }

    /// The last blur, in the focal plane.
    pub(crate) fn blur_face(&self, canvas: &mut Canvas) {
        gaussian_blur(canvas, self.face);
    }

    /// White balance and exposure.
    pub(crate) fn expose(&self, canvas: &mut Canvas) {
        for pixel in canvas.pixels_mut() {
            for (value, gain) in pixel.0.iter_mut().zip(self.gains) {
                *value *= gain;
            }
        }
    }

    /// The noise of one stream, independent of every other stream.
    pub(crate) fn grain(&self, stream: u64) -> Grain {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(stream);
        Grain { rng, deviation: self.noise }
    }
}

/// A stream of sensor noise, pixel after pixel.
#[derive(Debug)]
pub(crate) struct Grain {
    rng: ChaCha8Rng,
    deviation: f32,
}

impl Grain {
    /// Adds noise to every value, scaled by `ratio`: sums of four uniform bytes, close to normal,
    /// stronger in bright areas, as shot noise is.
    pub(crate) fn add(&mut self, canvas: &mut Canvas, ratio: f32) {
        // Standard deviation of the sum of four bytes.
        let unit = (4.0_f32 * (256.0 * 256.0 - 1.0) / 12.0).sqrt();
        let factor = self.deviation * ratio / unit;
        let stride = canvas.width().max(1) as usize * 3;
        let mut bytes = vec![0_u8; stride * 4];
        for row in canvas.chunks_mut(stride) {
            self.rng.fill_bytes(&mut bytes);
            for (value, four) in row.iter_mut().zip(bytes.chunks_exact(4)) {
                let sum: u16 = four.iter().map(|byte| u16::from(*byte)).sum();
                *value += factor * (0.7 + 0.6 * *value) * (f32::from(sum) - 510.0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_its_deviation_no_bias_and_is_new_in_each_frame() {
        let camera = Camera { noise: 0.02, ..Camera::new(1, 360) };
        let noisy = |stream| {
            let mut canvas = Canvas::from_pixel(200, 100, image::Rgb([0.5; 3]));
            camera.grain(stream).add(&mut canvas, 1.0);
            canvas
        };
        let canvas = noisy(0);
        let values: Vec<f64> = canvas.iter().map(|v| f64::from(*v) - 0.5).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let deviation = (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
        assert!(mean.abs() < 5e-4, "mean {mean}");
        assert!((deviation - 0.02).abs() < 4e-4, "deviation {deviation}");
        assert_eq!(canvas, noisy(0));
        assert_ne!(canvas, noisy(1));
    }
}
