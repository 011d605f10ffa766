//! The forgery: the inner face of another person, downscaled, upscaled, recolored, and blended into
//! a recorded frame through a soft mask.
//!
//! The order is that of face swapping programs (Deepfakes, `FaceSwap`): the frame has been recorded,
//! with blur and noise, before the face is put in, so that sharpness and noise of the inner face are
//! its own. How much they differ is sampled per clip and scaled by a strength.

use image::GenericImageView;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use scade_image::{RgbImage, Similarity, warp_rgb};

use crate::blur::gaussian_blur;
use crate::camera::Grain;
use crate::canvas::{Canvas, Color, Placement, Point, Region, mix};
use crate::face::{Face, Light};
use crate::identity::Identity;
use crate::motion::Expression;
use crate::shape::smoothstep;

/// Middle and radii of the inner face, from the brows to the chin, in face units.
const INNER: (Point, Point) = ([0.0, 0.20], [0.70, 0.84]);

/// The artifacts of the forgery of one clip.
#[derive(Debug, Clone)]
pub(crate) struct Swap {
    /// Factor by which the face is downscaled before it is upscaled.
    reduction: f32,
    /// Amount of unsharp masking after upscaling.
    sharpening: f32,
    /// Noise of the face relative to the camera's.
    grain: f32,
    /// How closely the color matches that of the frame, 0 to 1, and the tint after that.
    matching: f32,
    tint: Color,
    /// Width of the blending border, in face units.
    feather: f32,
    /// Largest misplacement from frame to frame, in face units.
    jitter: f32,
    /// Added to the light's horizontal direction.
    light: f32,
    seed: u64,
}

impl Swap {
    /// The forgery of this seed. At strength 0 only the face itself differs.
    pub(crate) fn new(seed: u64, strength: f32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let oversharp = rng.random_bool(0.35);
        let noisier = rng.random_bool(0.15);
        let loss: f32 = rng.random_range(0.6..1.0);
        Self {
            reduction: 1.0 + strength * rng.random_range(1.0..2.4),
            sharpening: if oversharp { strength * rng.random_range(0.5..1.2) } else { 0.0 },
            grain: (1.0 + strength * if noisier { loss } else { -loss }).max(0.0),
            matching: (1.0 - strength * rng.random_range(0.05..0.15)).max(0.0),
            tint: std::array::from_fn(|_| 1.0 + strength * rng.random_range(-0.05..0.05)),
            feather: rng.random_range(0.08..0.24) / strength.max(0.5),
            jitter: strength * 0.010,
            light: strength * rng.random_range(-0.4..0.4),
            seed: rng.random(),
        }
    }

    /// Puts the face of `source` over the one of `target` in a recorded `frame`.
    pub(crate) fn apply(
        &self,
        frame: &mut Canvas,
        source: &Identity,
        target: &Face<'_>,
        moment: Moment<'_>,
        mut grain: Grain,
    ) {
        let region = Region::around(INNER.0, INNER.1).grown(0.30);
        let [x1, x2, y1, y2] = moment.head.pixels(region, frame.width(), frame.height());
        let Some((patch, to_patch)) = self.generate(source, target, moment) else { return };
        let to_patch =
            Similarity::around([0.0; 2], 0.0, 1.0, [x1 as f32, y1 as f32]).then(&to_patch);
        let mut face = to_canvas(&warp_rgb(&patch, &to_patch, x2 - x1, y2 - y1));
        self.sharpen(&mut face);
        let mask = self.mask(target, moment, [x1, x2, y1, y2]);
        let mut under = frame.view(x1, y1, x2 - x1, y2 - y1).to_image();
        self.recolor(&mut face, &under, &mask);
        grain.add(&mut face, self.grain);
        for ((out, new), share) in under.pixels_mut().zip(face.pixels()).zip(&mask) {
            out.0 = mix(out.0, new.0, *share);
        }
        image::imageops::replace(frame, &under, x1.into(), y1.into());
    }

    /// The generator's output: the source's face upright and small, with the target's expression, as
    /// an 8-bit image, and the map from the frame to it.
    fn generate(
        &self,
        source: &Identity,
        target: &Face<'_>,
        moment: Moment<'_>,
    ) -> Option<(RgbImage, Similarity)> {
        let scale = moment.head.scale() / self.reduction;
        let side = (2.6 * scale).ceil().max(8.0);
        let placement = Placement::new([0.5 * side, 0.46 * side], scale, 0.0);
        let light = turned(moment.light, self.light);
        let face = Face::new(source, placement, *moment.expression, light);
        let mut patch = Canvas::new(side as u32, side as u32);
        face.paint(&mut patch);
        let shift = self.misplacement(moment);
        let pairs: Vec<_> = target
            .landmarks()
            .map(|[x, y]| [x + shift[0], y + shift[1]])
            .into_iter()
            .zip(face.landmarks())
            .collect();
        Some((to_bytes(&patch), Similarity::fit(&pairs)?))
    }

    /// The error of the landmarks in one frame, in pixels.
    fn misplacement(&self, moment: Moment<'_>) -> Point {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::from(moment.frame));
        let reach = self.jitter * moment.head.scale();
        [0; 2].map(|_| reach * rng.random_range(-1.0..=1.0))
    }

    /// How much of each pixel of a rectangle belongs to the other face, 0 to 1, row by row.
    fn mask(&self, target: &Face<'_>, moment: Moment<'_>, [x1, x2, y1, y2]: [u32; 4]) -> Vec<f32> {
        let (center, radii) = INNER;
        let share = |view: Point| {
            let [x, y] = target.to_face(view);
            let [u, v] = [(x - center[0]) / radii[0], (y - center[1]) / radii[1]];
            // A little fuller than an ellipse, as the hull of facial landmarks is.
            let level = (u * u + v * v - 0.3 * u * u * v * v).max(0.0).sqrt();
            smoothstep(0.5, -0.5, (level - 0.92) * radii[0] / self.feather)
        };
        (y1..y2)
            .flat_map(|y| {
                let [[x0, y0], [dx, dy]] = moment.head.row(y);
                (x1..x2).map(move |x| [x0 + x as f32 * dx, y0 + x as f32 * dy])
            })
            .map(share)
            .collect()
    }

    /// Unsharp masking.
    fn sharpen(&self, face: &mut Canvas) {
        if self.sharpening > 0.0 {
            let mut smooth = face.clone();
            gaussian_blur(&mut smooth, 1.4);
            for (value, smooth) in face.iter_mut().zip(smooth.iter()) {
                *value += self.sharpening * (*value - smooth);
            }
        }
    }

    /// Brings the mean color under the mask near to that of the frame, then tints.
    fn recolor(&self, face: &mut Canvas, frame: &Canvas, mask: &[f32]) {
        let mut sums = [[1e-3_f32; 2]; 3];
        for ((new, old), share) in face.pixels().zip(frame.pixels()).zip(mask) {
            for (c, sum) in sums.iter_mut().enumerate() {
                sum[0] += share * new.0[c];
                sum[1] += share * old.0[c];
            }
        }
        let gains: Color = std::array::from_fn(|c| {
            let ratio = sums[c][1] / sums[c][0];
            (1.0 + self.matching * (ratio - 1.0)) * self.tint[c]
        });
        for pixel in face.pixels_mut() {
            pixel.0 = std::array::from_fn(|c| pixel.0[c] * gains[c]);
        }
    }
}

/// The moment of a clip at which a face is swapped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment<'a> {
    pub(crate) frame: u32,
    pub(crate) head: Placement,
    pub(crate) expression: &'a Expression,
    pub(crate) light: Light,
}

/// A light moved to one side.
fn turned([x, y, z]: Light, by: f32) -> Light {
    let norm = ((x + by).powi(2) + y * y + z * z).sqrt();
    [(x + by) / norm, y / norm, z / norm]
}

/// To bytes, rounded half up.
pub(crate) fn to_bytes(canvas: &Canvas) -> RgbImage {
    let mut image = RgbImage::new(canvas.width(), canvas.height());
    for (byte, value) in image.iter_mut().zip(canvas.iter()) {
        *byte = (value * 255.0 + 0.5).clamp(0.0, 255.0) as u8;
    }
    image
}

fn to_canvas(image: &RgbImage) -> Canvas {
    let mut canvas = Canvas::new(image.width(), image.height());
    for (value, byte) in canvas.iter_mut().zip(image.iter()) {
        *value = f32::from(*byte) / 255.0;
    }
    canvas
}
