//! One self-blended pair: its random numbers, and the images made of them.

use rand::seq::IndexedRandom;
use rand::{Rng, RngExt};
use scade_image::{Landmarks, Plane, RgbImage, Similarity};

use crate::field::Rows;
use crate::{BlendConfig, ColorChange, Detail, FaceFrame, Field, fill, soften};

/// Largest distance of the points of an outline in pixels, so that its deformation is smooth.
const STEP: f32 = 5.0;

/// Wavelengths in pixels of the deformation of outlines, and of the source.
const OUTLINE_WAVES: [f32; 2] = [40.0, 200.0];
const SOURCE_WAVES: [f32; 2] = [50.0, 220.0];

/// A real image and the forgery made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The real half.
    pub target: RgbImage,
    /// The forged half: equal to the target where the mask is 0.
    pub blend: RgbImage,
    /// The share of the source in each pixel of the blend, 0..1.
    pub mask: Plane,
}

/// The sampled parameters of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// The outline of the replaced region in pixels.
    outline: Vec<[f32; 2]>,
    seam: f32,
    opacity: f32,
    target: Change,
    source: Change,
    /// From the blend to the crop that the source is taken from.
    motion: Similarity,
    deformation: Option<Field>,
    /// Whether the source is interpolated by cubics, which keeps it sharp.
    cubic: bool,
}

/// What is changed of one side.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Change {
    color: Option<ColorChange>,
    detail: Option<Detail>,
}

impl BlendConfig {
    /// Draws the parameters of a pair from a crop with these landmarks, in pixels of the crop. `None` when
    /// the landmarks determine no pose.
    ///
    /// # Panics
    /// When the settings do not pass [`BlendConfig::validate`].
    pub fn sample(&self, landmarks: &Landmarks, side: u32, rng: &mut impl Rng) -> Option<Blend> {
        let frame = FaceFrame::of(landmarks)?;
        let outline = self.sample_outline(&frame, rng);
        let seam = rng.random_range(self.seam[0]..=self.seam[1]) as f32;
        let opacity = *self.opacities.choose(rng)? as f32;
        let [mut target, mut source] = [Change::default(); 2];
        let color = self.sample_color(rng);
        let side_of_color =
            if rng.random_bool(self.source_share) { &mut source } else { &mut target };
        side_of_color.color = color;
        if rng.random_bool(self.detail_prob) {
            let detail = Some(Detail::sample(self, rng));
            let changed =
                if rng.random_bool(self.source_share) { &mut source } else { &mut target };
            changed.detail = detail;
        }
        let center = frame.place([0.0, 0.6]);
        let angle = symmetric(self.rotation, rng).to_radians();
        let scale = 1.0 + symmetric(self.zoom, rng);
        let shift = [(); 2].map(|()| symmetric(self.shift, rng) * side as f32);
        let motion = Similarity::around(center, angle, scale, shift);
        let deformation = rng.random_bool(self.deformation_prob).then(|| {
            let limit = rng.random_range(self.deformation[0]..=self.deformation[1]) as f32;
            Field::sample(limit, SOURCE_WAVES, rng)
        });
        let cubic = rng.random_bool(0.5);
        Some(Blend { outline, seam, opacity, target, source, motion, deformation, cubic })
    }

    fn sample_outline(&self, frame: &FaceFrame, rng: &mut impl Rng) -> Vec<[f32; 2]> {
        let regions = self.regions.all();
        let total: f64 = regions.iter().map(|(_, weight)| weight).sum();
        let mut at = rng.random_range(0.0..total);
        let chosen = regions.iter().filter(|(_, weight)| *weight > 0.0).find(|(_, weight)| {
            at -= weight;
            at < 0.0
        });
        let region = chosen.unwrap_or(&regions[0]).0;
        let outline = region.outline();
        let scale = [(); 2].map(|()| 1.0 + symmetric(self.region_scale, rng));
        let shift = [(); 2].map(|()| symmetric(self.region_shift, rng));
        let middle = middle_of(&outline);
        let moved: Vec<_> = outline
            .iter()
            .map(|point| {
                let along = |axis: usize| {
                    middle[axis] + scale[axis] * (point[axis] - middle[axis]) + shift[axis]
                };
                frame.place([along(0), along(1)])
            })
            .collect();
        let limit = rng.random_range(self.outline_deformation[0]..=self.outline_deformation[1]);
        let field = Field::sample(limit as f32, OUTLINE_WAVES, rng);
        let mut dense = Vec::new();
        for (i, &from) in moved.iter().enumerate() {
            let to = moved[(i + 1) % moved.len()];
            let steps = ((to[0] - from[0]).hypot(to[1] - from[1]) / STEP).ceil().max(1.0);
            dense.extend((0..steps as usize).map(|step| {
                let t = step as f32 / steps;
                let point = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
                let by = field.at(point);
                [point[0] + by[0], point[1] + by[1]]
            }));
        }
        dense
    }

    fn sample_color(&self, rng: &mut impl Rng) -> Option<ColorChange> {
        let mut color = ColorChange::NONE;
        if rng.random_bool(self.color_prob) {
            color.shift = [(); 3].map(|()| symmetric(self.channel_shift, rng));
        }
        if rng.random_bool(self.color_prob) {
            color.hue = symmetric(self.hue, rng);
            color.saturation = 1.0 + symmetric(self.saturation, rng);
        }
        if rng.random_bool(self.color_prob) {
            color.brightness = 1.0 + symmetric(self.brightness, rng);
            color.contrast = 1.0 + symmetric(self.contrast, rng);
        }
        (color != ColorChange::NONE).then_some(color)
    }
}

impl Blend {
    /// The pair made of a crop.
    #[must_use]
    pub fn apply(&self, crop: &RgbImage) -> Pair {
        let mask = self.mask(crop.dimensions());
        let target = self.target.apply(crop);
        let source = self.source(crop);
        let blend = compose(&source, &target, &mask);
        Pair { target, blend, mask }
    }

    /// The share of the source in each pixel.
    #[must_use]
    pub fn mask(&self, (width, height): (u32, u32)) -> Plane {
        soften(&fill(&self.outline, width as usize, height as usize), self.seam, self.opacity)
    }

    /// The real half.
    #[must_use]
    pub fn target(&self, crop: &RgbImage) -> RgbImage {
        self.target.apply(crop)
    }

    /// The changed, moved and deformed copy that the forged half takes its face from.
    #[must_use]
    pub fn source(&self, crop: &RgbImage) -> RgbImage {
        moved(&self.source.apply(crop), &self.motion, self.deformation.as_ref(), self.cubic)
    }
}

/// `source · mask + target · (1 − mask)`, rounded.
#[must_use]
pub fn compose(source: &RgbImage, target: &RgbImage, mask: &Plane) -> RgbImage {
    let mut blend = target.clone();
    let pixels = blend.as_chunks_mut::<3>().0.iter_mut().zip(source.as_chunks::<3>().0);
    for ((out, source), &share) in pixels.zip(mask.data()) {
        for (value, source) in out.iter_mut().zip(source) {
            let target = f32::from(*value);
            *value = (target + share * (f32::from(*source) - target) + 0.5) as u8;
        }
    }
    blend
}

impl Change {
    fn apply(&self, crop: &RgbImage) -> RgbImage {
        let mut changed = match &self.detail {
            Some(detail) => detail.apply(crop),
            None => crop.clone(),
        };
        if let Some(color) = &self.color {
            color.apply(&mut changed);
        }
        changed
    }
}

/// `image`, resampled at `to_input` of each pixel plus the deformation there. Beyond the border it is
/// continued by its last pixels.
fn moved(
    image: &RgbImage,
    to_input: &Similarity,
    deformation: Option<&Field>,
    cubic: bool,
) -> RgbImage {
    let (width, height) = image.dimensions();
    let rows: Option<Rows> = deformation.map(|field| field.rows(width as usize, height as usize));
    let mut output = RgbImage::new(width, height);
    let mut positions = vec![[0.0; 2]; width as usize];
    for (y, out) in output.as_chunks_mut::<3>().0.chunks_exact_mut(width as usize).enumerate() {
        let start = to_input.apply([0.5, y as f32 + 0.5]);
        let end = to_input.apply([width as f32 + 0.5, y as f32 + 0.5]);
        let step = [0, 1].map(|axis| (end[axis] - start[axis]) / width as f32);
        for (x, position) in positions.iter_mut().enumerate() {
            *position = [start[0] + x as f32 * step[0], start[1] + x as f32 * step[1]];
        }
        if let Some(rows) = &rows {
            rows.add(y, &mut positions);
        }
        for (pixel, position) in out.iter_mut().zip(&positions) {
            *pixel = match cubic {
                true => interpolate::<4>(image, *position, cubic_weights),
                false => interpolate::<2>(image, *position, |t| [1.0 - t, t]),
            };
        }
    }
    output
}

/// Interpolates between `N` × `N` pixels around a position, whose centers are at half pixels.
#[inline(always)]
fn interpolate<const N: usize>(
    image: &RgbImage,
    [x, y]: [f32; 2],
    weights: impl Fn(f32) -> [f32; N],
) -> [u8; 3] {
    let (width, height) = (image.width() as i32, image.height() as i32);
    let ([x, y], back) = ([x - 0.5, y - 0.5], N as i32 / 2 - 1);
    let [left, top] = [x, y].map(f32::floor);
    let (across, down) = (weights(x - left), weights(y - top));
    let (left, top) = (left as i32 - back, top as i32 - back);
    let pixels = image.as_raw();
    let mut sums = [0.0; 3];
    let inside = left >= 0 && top >= 0 && left + N as i32 <= width && top + N as i32 <= height;
    for (j, down) in down.into_iter().enumerate() {
        let row = (top + j as i32).clamp(0, height - 1) * width;
        let mut line = [0.0; 3];
        if inside {
            let start = 3 * (row + left) as usize;
            let window = &pixels[start..start + 3 * N];
            for (pixel, weight) in window.as_chunks::<3>().0.iter().zip(across) {
                for (sum, value) in line.iter_mut().zip(pixel) {
                    *sum += weight * f32::from(*value);
                }
            }
        } else {
            for (i, weight) in across.into_iter().enumerate() {
                let start = 3 * (row + (left + i as i32).clamp(0, width - 1)) as usize;
                for (sum, value) in line.iter_mut().zip(&pixels[start..start + 3]) {
                    *sum += weight * f32::from(*value);
                }
            }
        }
        for (sum, value) in sums.iter_mut().zip(line) {
            *sum += down * value;
        }
    }
    // Clamped by the conversion.
    sums.map(|sum| (sum + 0.5) as u8)
}

/// Catmull-Rom weights of the four pixels around a position, `t` after the second.
#[inline(always)]
fn cubic_weights(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [
        -0.5 * t + t2 - 0.5 * t3,
        1.0 - 2.5 * t2 + 1.5 * t3,
        0.5 * t + 2.0 * t2 - 1.5 * t3,
        -0.5 * t2 + 0.5 * t3,
    ]
}

fn middle_of(points: &[[f32; 2]]) -> [f32; 2] {
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f32>() / points.len() as f32)
}

/// Uniform in `-limit..=limit`.
fn symmetric(limit: f64, rng: &mut impl Rng) -> f32 {
    rng.random_range(-limit..=limit) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SIDE: u32 = 256;

    fn landmarks() -> Landmarks {
        Landmarks([[98.0, 105.0], [158.0, 104.0], [128.0, 140.0], [103.0, 174.0], [153.0, 174.0]])
    }

    /// A textured image whose colors depend on `seed`.
    fn crop(seed: u64) -> RgbImage {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let base: [f32; 3] = [(); 3].map(|()| rng.random_range(60.0..190.0));
        let field = Field::sample(40.0, [20.0, 90.0], &mut rng);
        RgbImage::from_fn(SIDE, SIDE, |x, y| {
            let [a, b] = field.at([x as f32, y as f32]);
            let grain = rng.random_range(-6.0..6.0);
            [base[0] + a + grain, base[1] + b + grain, base[2] + a - b + grain]
                .map(|v| v as u8)
                .into()
        })
    }

    fn pair(seed: u64) -> Pair {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let blend = BlendConfig::default().sample(&landmarks(), SIDE, &mut rng).unwrap();
        blend.apply(&crop(seed / 2))
    }

    #[test]
    fn the_halves_are_equal_outside_the_mask_and_differ_inside() {
        let mut differences = 0.0;
        for seed in 0..40 {
            let Pair { target, blend, mask } = pair(seed);
            let mut inside = (0.0, 0.0);
            for ((a, b), &share) in target.pixels().zip(blend.pixels()).zip(mask.data()) {
                assert!((0.0..=1.0).contains(&share));
                if share == 0.0 {
                    assert_eq!(a, b, "seed {seed}");
                }
                let difference: u32 = (0..3).map(|i| u32::from(a[i].abs_diff(b[i]))).sum();
                inside.0 += share * difference as f32 / 3.0;
                inside.1 += share;
            }
            let area = inside.1 / (SIDE * SIDE) as f32;
            assert!((0.01..0.55).contains(&area), "seed {seed}: area {area}");
            differences += inside.0 / inside.1;
        }
        let mean = differences / 40.0;
        assert!((2.0..40.0).contains(&mean), "{mean}");
    }

    #[test]
    fn the_mask_stays_away_from_the_border() {
        for seed in 0..60 {
            let mask = pair(seed).mask;
            let side = SIDE as usize;
            let border = (0..side).flat_map(|i| [(i, 0), (0, i), (i, side - 1), (side - 1, i)]);
            assert!(border.into_iter().all(|(x, y)| mask.at(x, y) == 0.0), "seed {seed}");
        }
    }

    /// Otherwise a detector could tell the halves by their colors as a whole.
    #[test]
    fn neither_mean_nor_deviation_tells_the_halves_apart() {
        let moments = |image: &RgbImage| {
            let values: Vec<f64> = image.iter().map(|value| f64::from(*value)).collect();
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
            [mean, (variance / values.len() as f64).sqrt()]
        };
        let pairs: Vec<_> = (0..160).map(pair).collect();
        let [real, fake] = [0, 1].map(|half| {
            let half = |pair: &Pair| moments(if half == 0 { &pair.target } else { &pair.blend });
            pairs.iter().map(half).collect::<Vec<_>>()
        });
        for moment in 0..2 {
            let mut greater = 0.0;
            for a in &real {
                for b in &fake {
                    greater += match a[moment].total_cmp(&b[moment]) {
                        std::cmp::Ordering::Less => 1.0,
                        std::cmp::Ordering::Equal => 0.5,
                        std::cmp::Ordering::Greater => 0.0,
                    };
                }
            }
            let auc: f64 = greater / (real.len() * fake.len()) as f64;
            assert!((auc - 0.5).abs() < 0.06, "moment {moment}: AUC {auc}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_pair() {
        assert!(pair(3) == pair(3));
        assert!(pair(3).mask != pair(4).mask);
    }

    #[test]
    fn a_source_that_does_not_move_is_the_image() {
        let image = crop(1);
        for cubic in [false, true] {
            assert!(moved(&image, &Similarity::IDENTITY, None, cubic) == image);
        }
        let shifted = Similarity::around([0.0; 2], 0.0, 1.0, [3.0, -2.0]);
        let out = moved(&image, &shifted, None, true);
        assert_eq!(out.get_pixel(20, 30), image.get_pixel(23, 28));
        assert_eq!(out.get_pixel(255, 0), image.get_pixel(255, 0));
    }

    #[test]
    fn cubic_weights_sum_to_one_and_meet_the_pixels() {
        assert_eq!(cubic_weights(0.0), [0.0, 1.0, 0.0, 0.0]);
        for t in [0.1, 0.5, 0.9] {
            assert!((cubic_weights(t).iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn sides_are_changed_equally_often() {
        let config = BlendConfig::default();
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        let mut counts = [[0; 2]; 2];
        for _ in 0..2000 {
            let blend = config.sample(&landmarks(), SIDE, &mut rng).unwrap();
            for (count, side) in counts.iter_mut().zip([blend.target, blend.source]) {
                count[0] += i32::from(side.color.is_some());
                count[1] += i32::from(side.detail.is_some());
            }
        }
        for kind in 0..2 {
            let [target, source] = [counts[0][kind], counts[1][kind]];
            assert!((target - source).abs() < 150, "{counts:?}");
        }
    }
}
