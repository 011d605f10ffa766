//! Random augmentation of training samples: color first, on the crop; then geometry, on crop and map;
//! then degradation, on the crop.
//!
//! The published recipe: brightness and contrast, hue, mirror, rotation, and shift, zoom and
//! rotation together. Geometric steps are composed into one similarity, after the mirror, so
//! that a sample is resampled once at most; borders are reflected (reflect-101), bilinear.

use rand::{Rng, RngExt};
use scade_image::{Landmarks, Plane, RgbImage, Similarity, warp_plane, warp_rgb};

use crate::color::{brightness_contrast, shift_hue};
use crate::degradation::Degradation;
use crate::{AugmentConfig, Sample};

/// Augments a sample at random; crop and map get the same geometry. The result depends only on the
/// sample, the configuration and the state of `rng`.
///
/// # Panics
/// When `config` does not pass [`AugmentConfig::validate`], or the crop or map is empty.
#[must_use]
pub fn augment(sample: Sample, config: &AugmentConfig, rng: &mut impl Rng) -> Sample {
    if config.enabled { Change::sample(config, rng).apply(sample) } else { sample }
}

/// The sampled augmentation of one sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    /// Brightness and contrast.
    light: Option<[f32; 2]>,
    /// In half degrees.
    hue: Option<f32>,
    flip: bool,
    geometry: Option<Geometry>,
    degradation: Degradation,
}

/// A similarity about the center of the image.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Geometry {
    degrees: f32,
    zoom: f32,
    /// As ratios of width and height, to the right and down.
    shift: [f32; 2],
}

impl Change {
    pub(crate) fn sample(config: &AugmentConfig, rng: &mut impl Rng) -> Self {
        let light = rng
            .random_bool(config.brightness_prob)
            .then(|| [(); 2].map(|()| within(config.brightness_limit, rng)));
        let hue =
            rng.random_bool(config.hue_shift_prob).then(|| within(config.hue_shift_limit, rng));
        let flip = rng.random_bool(config.horizontal_flip_prob);
        let turn =
            rng.random_bool(config.rotation_prob).then(|| within(config.rotation_limit, rng));
        let place = rng.random_bool(config.shift_zoom_rotate_prob).then(|| Geometry {
            degrees: within(config.rotation_limit, rng),
            zoom: 1.0 + within(config.zoom_limit, rng),
            shift: [(); 2].map(|()| within(config.shift_limit, rng)),
        });
        // Last, so that recipes without degradation keep their random numbers.
        let degradation = Degradation::sample(&config.degrade, rng);
        Self { light, hue, flip, geometry: Geometry::composed(turn, place), degradation }
    }

    fn apply(&self, sample: Sample) -> Sample {
        let mut sample = self.move_and_color(sample);
        self.degrade(&mut sample.rgb);
        sample
    }

    /// Color, mirror and geometry.
    pub(crate) fn move_and_color(&self, sample: Sample) -> Sample {
        let Sample { mut rgb, mut defocus } = sample;
        if let Some([brightness, contrast]) = self.light {
            brightness_contrast(&mut rgb, brightness, contrast);
        }
        if let Some(shift) = self.hue {
            shift_hue(&mut rgb, shift);
        }
        if self.flip {
            image::imageops::flip_horizontal_in_place(&mut rgb);
            if let Some(plane) = &mut defocus {
                flip_plane(plane);
            }
        }
        match self.geometry {
            Some(geometry) => geometry.apply(&rgb, defocus.as_ref()),
            None => Sample { rgb, defocus },
        }
    }

    /// The last step, on the crop alone.
    pub(crate) fn degrade(&self, rgb: &mut RgbImage) {
        self.degradation.apply(rgb);
    }

    /// Where the landmarks of a crop of this size are after [`Self::move_and_color`].
    pub(crate) fn landmarks(&self, landmarks: Landmarks, width: u32, height: u32) -> Landmarks {
        let mut points = landmarks.0;
        if self.flip {
            points = points.map(|[x, y]| [width as f32 - x, y]);
            // They are named by their side of the image.
            points.swap(0, 1);
            points.swap(3, 4);
        }
        let moved = self.geometry.map(|geometry| geometry.moved_to(width, height));
        Landmarks(points.map(|point| moved.map_or(point, |moved| moved.apply(point))))
    }
}

impl Geometry {
    /// A rotation, then the other step: both about the center, so that the angles add up.
    fn composed(turn: Option<f32>, place: Option<Self>) -> Option<Self> {
        match (turn, place) {
            (None, place) => place,
            (Some(degrees), None) => Some(Self { degrees, zoom: 1.0, shift: [0.0; 2] }),
            (Some(degrees), Some(place)) => {
                Some(Self { degrees: degrees + place.degrees, ..place })
            }
        }
    }

    /// From the image to the changed one.
    fn moved_to(self, width: u32, height: u32) -> Similarity {
        let [w, h] = [width, height].map(|side| side as f32);
        let shift = [self.shift[0] * w, self.shift[1] * h];
        Similarity::around([w / 2.0, h / 2.0], self.degrees.to_radians(), self.zoom, shift)
    }

    fn apply(&self, rgb: &RgbImage, defocus: Option<&Plane>) -> Sample {
        let (width, height) = rgb.dimensions();
        let to_input = self.moved_to(width, height).inverse();
        Sample {
            rgb: warp_rgb(rgb, &to_input, width, height),
            defocus: defocus.map(|map| warp_plane(map, &to_input, map.width(), map.height())),
        }
    }
}

/// Uniform in `-limit..=limit`.
fn within(limit: f64, rng: &mut impl Rng) -> f32 {
    rng.random_range(-limit..=limit) as f32
}

fn flip_plane(plane: &mut Plane) {
    let width = plane.width();
    for row in plane.data_mut().chunks_exact_mut(width) {
        row.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FACE_SIZE;
    use crate::testing::{synthetic_face, synthetic_map};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const NOTHING: Change = Change {
        light: None,
        hue: None,
        flip: false,
        geometry: None,
        degradation: Degradation::NONE,
    };

    /// A map that is the red channel, so that both can be compared after a change.
    fn red_as_map(seed: u64) -> Sample {
        let rgb = synthetic_face(seed);
        let red = rgb.pixels().map(|pixel| f32::from(pixel[0]) / 255.0).collect();
        let defocus = Plane::from_vec(FACE_SIZE, FACE_SIZE, red);
        Sample { rgb, defocus }
    }

    fn geometry_only() -> AugmentConfig {
        AugmentConfig { brightness_prob: 0.0, hue_shift_prob: 0.0, ..AugmentConfig::default() }
    }

    #[test]
    fn the_map_moves_with_the_crop() {
        for seed in 0..12 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let sample = augment(red_as_map(seed), &geometry_only(), &mut rng);
            let map = sample.defocus.unwrap();
            for (pixel, value) in sample.rgb.pixels().zip(map.data()) {
                let difference = (f32::from(pixel[0]) - 255.0 * value).abs();
                assert!(difference < 0.51, "seed {seed}: {difference}");
            }
        }
    }

    #[test]
    fn color_changes_leave_the_map_alone() {
        let change = Change { light: Some([0.1, -0.1]), hue: Some(8.0), ..NOTHING };
        let before = red_as_map(1);
        let after = change.apply(before.clone());
        assert_eq!(after.defocus, before.defocus);
        assert_ne!(after.rgb, before.rgb);
    }

    #[test]
    fn pixels_move_as_the_geometry_specifies() {
        let mut rgb = RgbImage::new(256, 256);
        let spot = |rgb: &RgbImage| {
            let found = rgb.enumerate_pixels().max_by_key(|(_, _, pixel)| pixel[1]).unwrap();
            (found.0, found.1)
        };
        rgb.put_pixel(200, 128, image::Rgb([0, 255, 0]));
        let moved = |flip, degrees, zoom, shift| {
            let geometry = Some(Geometry { degrees, zoom, shift });
            let change = Change { flip, geometry, ..NOTHING };
            spot(&change.apply(Sample { rgb: rgb.clone(), defocus: None }).rgb)
        };
        let near = |got: (u32, u32), x: u32, y: u32| {
            assert!(got.0.abs_diff(x) <= 1 && got.1.abs_diff(y) <= 1, "{got:?} is not {x}, {y}");
        };
        near(moved(false, 0.0, 1.0, [0.125, -0.25]), 232, 64);
        near(moved(false, 90.0, 1.0, [0.0; 2]), 127, 200);
        near(moved(false, 0.0, 1.5, [0.0; 2]), 236, 128);
        near(moved(true, 0.0, 1.0, [0.0; 2]), 55, 128);
        near(moved(true, 0.0, 0.9, [0.25, 0.0]), 126, 128);
    }

    #[test]
    fn borders_continue_the_image() {
        let white = RgbImage::from_pixel(256, 256, image::Rgb([255; 3]));
        let geometry = Some(Geometry { degrees: 40.0, zoom: 0.5, shift: [0.3, -0.2] });
        let after = Change { geometry, ..NOTHING }
            .apply(Sample { rgb: white.clone(), defocus: Some(synthetic_map(0)) });
        assert_eq!(after.rgb, white);
        assert!(after.defocus.unwrap().data().iter().all(|value| (0.0..=1.0).contains(value)));
    }

    #[test]
    fn sampled_changes_respect_limits_and_probabilities() {
        let config = AugmentConfig {
            horizontal_flip_prob: 0.25,
            rotation_prob: 0.0,
            ..AugmentConfig::default()
        };
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let changes: Vec<_> = (0..4000).map(|_| Change::sample(&config, &mut rng)).collect();
        let ratio = |is: fn(&Change) -> bool| {
            changes.iter().filter(|change| is(change)).count() as f64 / changes.len() as f64
        };
        assert!((ratio(|change| change.flip) - 0.25).abs() < 0.03);
        assert!((ratio(|change| change.hue.is_some()) - 0.5).abs() < 0.03);
        let reach = |values: &dyn Fn(&Change) -> Option<f32>, limit: f32| {
            let values: Vec<_> = changes.iter().filter_map(values).collect();
            let most = values.iter().copied().fold(f32::MIN, f32::max);
            let least = values.iter().copied().fold(f32::MAX, f32::min);
            assert!(most <= limit && least >= -limit, "{least} {most} {limit}");
            assert!(most > 0.98 * limit && least < -0.98 * limit, "{least} {most} {limit}");
        };
        reach(&|change| change.light.map(|light| light[0]), 0.2);
        reach(&|change| change.light.map(|light| light[1]), 0.2);
        reach(&|change| change.hue, 10.0);
        reach(&|change| change.geometry.map(|geometry| geometry.degrees), 15.0);
        reach(&|change| change.geometry.map(|geometry| geometry.zoom - 1.0), 0.100_001);
        reach(&|change| change.geometry.map(|geometry| geometry.shift[1]), 0.05);
    }

    /// Defect of SCADE-Net: the values of the configuration never reached the augmentation.
    #[test]
    fn the_configuration_takes_effect() {
        let sample = red_as_map(5);
        let run = |config: &AugmentConfig| {
            augment(sample.clone(), config, &mut ChaCha8Rng::seed_from_u64(1))
        };
        let always = AugmentConfig {
            horizontal_flip_prob: 1.0,
            rotation_prob: 0.0,
            shift_zoom_rotate_prob: 0.0,
            ..geometry_only()
        };
        assert_eq!(run(&always).rgb, image::imageops::flip_horizontal(&sample.rgb));
        assert_eq!(run(&AugmentConfig { enabled: false, ..always.clone() }), sample);
        assert_eq!(run(&AugmentConfig { horizontal_flip_prob: 0.0, ..always }), sample);
    }
}
