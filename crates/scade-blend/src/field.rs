//! Smooth random displacement of points: the elastic deformation of masks and faces.

use rand::{Rng, RngExt};

/// Waves that are added up.
const WAVES: usize = 3;

/// A displacement of each point of an image: a sum of products of sines, so that it is smooth and each
/// row costs little.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    waves: [[Wave; WAVES]; 2],
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Wave {
    amplitude: f32,
    /// Radians per pixel and phase, along x and y.
    across: [f32; 2],
    down: [f32; 2],
}

impl Field {
    /// A field with a displacement of at most `limit` pixels along each axis, and wavelengths between the
    /// two `lengths` in pixels.
    pub fn sample(limit: f32, lengths: [f32; 2], rng: &mut impl Rng) -> Self {
        let mut angle = || {
            let length: f32 = rng.random_range(lengths[0]..=lengths[1]);
            [std::f32::consts::TAU / length, rng.random_range(0.0..std::f32::consts::TAU)]
        };
        let amplitude = limit / WAVES as f32;
        let waves = [(); 2]
            .map(|()| [(); WAVES].map(|()| Wave { amplitude, across: angle(), down: angle() }));
        Self { waves }
    }

    /// The displacement at a point.
    #[must_use]
    pub fn at(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let value = |wave: &Wave| wave.amplitude * sine(wave.across, x) * sine(wave.down, y);
        self.waves.each_ref().map(|waves| waves.iter().map(value).sum())
    }

    /// The displacements along a row of pixels, at their centers: `[x, y]` of each.
    pub(crate) fn rows(&self, width: usize, height: usize) -> Rows {
        let table = |wave: [f32; 2], count: usize| -> Vec<f32> {
            (0..count).map(|i| sine(wave, i as f32 + 0.5)).collect()
        };
        let tables = self.waves.map(|waves| {
            waves.map(|wave| {
                let down = table(wave.down, height);
                let down = down.into_iter().map(|value| wave.amplitude * value).collect();
                (table(wave.across, width), down)
            })
        });
        Rows { tables }
    }
}

/// The sines of a [`Field`] at the centers of all pixels.
pub(crate) struct Rows {
    tables: [[(Vec<f32>, Vec<f32>); WAVES]; 2],
}

impl Rows {
    /// Adds the displacement along row `y` to positions.
    pub(crate) fn add(&self, y: usize, positions: &mut [[f32; 2]]) {
        for (axis, waves) in self.tables.iter().enumerate() {
            for (across, down) in waves {
                let down = down[y];
                for (position, across) in positions.iter_mut().zip(across) {
                    position[axis] += across * down;
                }
            }
        }
    }
}

fn sine([frequency, phase]: [f32; 2], at: f32) -> f32 {
    (frequency * at + phase).sin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn rows_are_the_points_of_the_field_and_within_the_limit() {
        let field = Field::sample(4.0, [40.0, 160.0], &mut ChaCha8Rng::seed_from_u64(1));
        let rows = field.rows(64, 32);
        let mut largest: f32 = 0.0;
        for y in 0..32 {
            let mut positions = vec![[0.0; 2]; 64];
            rows.add(y, &mut positions);
            for (x, got) in positions.iter().enumerate() {
                let expected = field.at([x as f32 + 0.5, y as f32 + 0.5]);
                for axis in 0..2 {
                    assert!((got[axis] - expected[axis]).abs() < 1e-4);
                    largest = largest.max(got[axis].abs());
                }
            }
        }
        assert!(largest > 0.2 && largest <= 4.0, "{largest}");
    }
}
