//! The kinds of forgeries, and one forged photograph.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use scade_blend::{FaceFrame, Region, compose, fill, soften};
use scade_image::{Filter, Landmarks, Plane, RgbImage, resize_rgb};
use serde::{Deserialize, Serialize};

use crate::color::transfer;
use crate::multiband::blend_bands;
use crate::poisson::clone_seamlessly;
use crate::warp::{Spline, warp_by};

/// Width of a face in distances of the eyes, with a margin as generators see it.
const FACE_WIDTH: f32 = 2.6;

/// Smallest resolution of a generator, relative to the width of the face: below it nobody is fooled.
const LEAST_RESOLUTION: f32 = 0.3;

/// What is changed and how it is blended in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// The whole face through a feathered mask, from a generator of low resolution: as Deepfakes.
    SoftMask,
    /// The whole face, its gradients cloned: no visible border.
    Poisson,
    /// The whole face, blended in frequency bands.
    Multiband,
    /// The whole face at full resolution with a border of a pixel or two: as FaceSwap pastes a texture.
    HardMask,
    /// The lower face with a soft border: as reenactment.
    Mouth,
    /// Eyes and brows with a soft border.
    Eyes,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::SoftMask, Self::Poisson, Self::Multiband, Self::HardMask, Self::Mouth, Self::Eyes];

    /// The name of its folder: `soft-mask`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    fn area(self) -> Area {
        let face = |width| Area { region: Region::Face, scale: [width, 0.92], lift: 0.22 };
        match self {
            Self::SoftMask | Self::Multiband => face(0.86),
            Self::Poisson => face(0.84),
            Self::HardMask => face(0.9),
            Self::Mouth => Area { region: Region::Lower, scale: [0.84; 2], lift: 0.0 },
            Self::Eyes => Area { region: Region::Eyes, scale: [1.0; 2], lift: 0.06 },
        }
    }
}

/// What is replaced, relative to the usual outline: narrower, so that neither hair nor background come along.
#[derive(Debug, Clone, Copy)]
struct Area {
    region: Region,
    /// Width and height.
    scale: [f32; 2],
    /// How far the part above the eyes is raised, in distances of the eyes, so that the border does not cut
    /// the brows.
    lift: f32,
}

/// The random properties of a forgery, the same in all frames of a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Style {
    /// Size of the region along each axis.
    scale: [f32; 2],
    /// σ of the border, in distances of the eyes; of a hard border in pixels.
    border: f32,
    /// Side in pixels of the generator's output.
    resolution: f32,
    enlarged_by: Filter,
}

/// Exchanges the face of a target for that of a source, in one way.
#[derive(Debug)]
pub struct Forger<'a> {
    kind: Kind,
    style: Style,
    target: &'a RgbImage,
    /// Reduced to about the size of the target's face, so that no pixel is skipped.
    source: RgbImage,
    source_landmarks: Landmarks,
}

impl<'a> Forger<'a> {
    /// A forger with properties sampled from `rng`; `None` when the landmarks of either face determine no
    /// pose.
    pub fn new(
        kind: Kind,
        target: (&'a RgbImage, &Landmarks),
        source: (&RgbImage, &Landmarks),
        rng: &mut ChaCha8Rng,
    ) -> Option<Self> {
        let style = Style {
            scale: kind.area().scale.map(|scale| scale * rng.random_range(0.97..=1.03)),
            border: match kind {
                Kind::HardMask => rng.random_range(0.4..=0.8),
                _ => rng.random_range(0.05..=0.11),
            },
            // As many small as large ones on a logarithmic scale.
            resolution: rng.random_range(64.0_f32.ln()..=256.0_f32.ln()).exp(),
            enlarged_by: if rng.random_bool(0.5) { Filter::Linear } else { Filter::Cubic },
        };
        let (to, from) = (FaceFrame::of(target.1)?.unit(), FaceFrame::of(source.1)?.unit());
        // Both splines exist where these do; jitter does not change that.
        Spline::between(target.1, source.1)?;
        let (source, source_landmarks) = reduced(source.0, source.1, to / from);
        Some(Self { kind, style, target: target.0, source, source_landmarks })
    }

    /// The target with the source's face at `landmarks`, those of the target's face in pixels. Outside the
    /// mask the pixels are those of the target. Landmarks without a pose give the target.
    #[must_use]
    pub fn forge(&self, landmarks: &Landmarks) -> RgbImage {
        self.try_forge(landmarks).unwrap_or_else(|| self.target.clone())
    }

    fn try_forge(&self, landmarks: &Landmarks) -> Option<RgbImage> {
        let frame = FaceFrame::of(landmarks)?;
        let to_source = Spline::between(landmarks, &self.source_landmarks)?;
        let outline = self.outline(&frame);
        let rect = self.rect(&outline, frame.unit())?;
        let [left, top, width, height] = rect;
        let target = image::imageops::crop_imm(self.target, left, top, width, height).to_image();
        let outline: Vec<_> =
            outline.iter().map(|[x, y]| [x - left as f32, y - top as f32]).collect();
        let mut region = fill(&outline, width as usize, height as usize);
        clear_border(&mut region);
        let mut face = warp_by(&to_source, &self.source, rect);
        if self.kind != Kind::HardMask {
            face = self.generated(&face, frame.unit());
        }
        let colors = transfer(&face, &target, region.data());
        let forged = self.blend(&colors, &target, &region, frame.unit());
        let mut out = self.target.clone();
        image::imageops::replace(&mut out, &forged, left.into(), top.into());
        Some(out)
    }

    /// The outline of the region in pixels.
    fn outline(&self, frame: &FaceFrame) -> Vec<[f32; 2]> {
        let Area { region, lift, .. } = self.kind.area();
        let mut outline = region.outline();
        outline.iter_mut().filter(|point| point[1] < 0.0).for_each(|point| point[1] -= lift);
        let count = outline.len() as f32;
        let middle = [0, 1].map(|axis| outline.iter().map(|p| p[axis]).sum::<f32>() / count);
        let scaled = |p: &[f32; 2]| {
            [0, 1].map(|axis| middle[axis] + self.style.scale[axis] * (p[axis] - middle[axis]))
        };
        outline.iter().map(|point| frame.place(scaled(point))).collect()
    }

    /// The part of the image that a forgery changes: left, top, width, height.
    fn rect(&self, outline: &[[f32; 2]], unit: f32) -> Option<[u32; 4]> {
        let margin = 0.6 * unit + 4.0;
        let side = |axis: usize, length: u32| {
            let values = || outline.iter().map(|point| point[axis]);
            let from = (values().fold(f32::MAX, f32::min) - margin).floor().max(0.0);
            let to = (values().fold(f32::MIN, f32::max) + margin).ceil().min(length as f32);
            (to - from >= 4.0).then_some((from as u32, (to - from) as u32))
        };
        let (left, width) = side(0, self.target.width())?;
        let (top, height) = side(1, self.target.height())?;
        Some([left, top, width, height])
    }

    /// The face as a generator of low resolution gives it.
    fn generated(&self, face: &RgbImage, unit: f32) -> RgbImage {
        let scale = (self.style.resolution / (FACE_WIDTH * unit)).max(LEAST_RESOLUTION);
        if scale >= 1.0 {
            return face.clone();
        }
        let (width, height) = face.dimensions();
        let [small_width, small_height] =
            [width, height].map(|side| ((side as f32 * scale).round() as u32).max(2));
        let small = resize_rgb(face, small_width, small_height, Filter::Area);
        resize_rgb(&small, width, height, self.style.enlarged_by)
    }

    fn blend(&self, colors: &[[f32; 3]], target: &RgbImage, region: &Plane, unit: f32) -> RgbImage {
        match self.kind {
            Kind::Poisson => {
                let mut pixels: Vec<_> =
                    target.as_chunks::<3>().0.iter().map(|pixel| pixel.map(f32::from)).collect();
                let inside: Vec<bool> = region.data().iter().map(|share| *share > 0.5).collect();
                clone_seamlessly(&mut pixels, colors, &inside, region.width());
                to_image(&pixels, target.dimensions())
            }
            Kind::Multiband => {
                // The margin of the rectangle is more than the blend reaches.
                let levels = (0.15 * unit).log2().max(1.0) as usize;
                let size = (region.width(), region.height());
                let planes: [Plane; 3] = std::array::from_fn(|c| {
                    let new = colors.iter().map(|color| color[c].clamp(0.0, 255.0)).collect();
                    let old = target.pixels().map(|pixel| f32::from(pixel[c])).collect();
                    let [new, old] = [new, old].map(|values| {
                        Plane::from_vec(size.0, size.1, values).expect("a value per pixel")
                    });
                    blend_bands(&new, &old, region, levels)
                });
                let pixels: Vec<[f32; 3]> = (0..colors.len())
                    .map(|i| std::array::from_fn(|c: usize| planes[c].data()[i]))
                    .collect();
                to_image(&pixels, target.dimensions())
            }
            Kind::HardMask => self.through(colors, target, &soften(region, self.style.border, 1.0)),
            Kind::SoftMask | Kind::Mouth | Kind::Eyes => {
                let sigma = (self.style.border * unit).max(0.5);
                self.through(colors, target, &soften(region, sigma, 1.0))
            }
        }
    }

    fn through(&self, colors: &[[f32; 3]], target: &RgbImage, mask: &Plane) -> RgbImage {
        compose(&to_image(colors, target.dimensions()), target, mask)
    }
}

/// A source whose face is larger than the target's, reduced by area to the target's size.
fn reduced(image: &RgbImage, landmarks: &Landmarks, scale: f32) -> (RgbImage, Landmarks) {
    if scale > 0.8 {
        return (image.clone(), *landmarks);
    }
    let (width, height) = image.dimensions();
    let size = [width, height].map(|side| ((side as f32 * scale).round() as u32).max(2));
    let factors = [size[0] as f32 / width as f32, size[1] as f32 / height as f32];
    let moved = landmarks.0.map(|[x, y]| [x * factors[0], y * factors[1]]);
    (resize_rgb(image, size[0], size[1], Filter::Area), Landmarks(moved))
}

/// A mask that ends before the border of its image: there is nothing to blend with beyond it.
fn clear_border(mask: &mut Plane) {
    let (width, height) = (mask.width(), mask.height());
    for (i, value) in mask.data_mut().iter_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        if x == 0 || y == 0 || x + 1 == width || y + 1 == height {
            *value = 0.0;
        }
    }
}

/// Rounded and clamped to 0..255.
fn to_image(pixels: &[[f32; 3]], (width, height): (u32, u32)) -> RgbImage {
    let mut image = RgbImage::new(width, height);
    for (out, pixel) in image.as_chunks_mut::<3>().0.iter_mut().zip(pixels) {
        *out = pixel.map(|value| (value + 0.5) as u8);
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    /// A textured image with a face at these landmarks, of another color for each seed.
    fn photo(seed: u8) -> (RgbImage, Landmarks) {
        let image = RgbImage::from_fn(260, 280, |x, y| {
            let grain = (x * 7 + y * 13 + u32::from(seed) * x * y) % 23;
            [100 + 10 * seed + grain as u8, 90 + (y / 4) as u8, 80 + (x / 4) as u8].into()
        });
        let points = [[-0.5, 0.0], [0.5, 0.0], [0.02, 0.57], [-0.41, 1.15], [0.41, 1.15]];
        let scale = 62.0 + 5.0 * f32::from(seed);
        (image, Landmarks(points.map(|[x, y]| [130.0 + scale * x, 105.0 + scale * y])))
    }

    fn forged(kind: Kind, seed: u64) -> (RgbImage, RgbImage, Landmarks) {
        let ((target, at), (source, from)) = (photo(0), photo(2));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let forger = Forger::new(kind, (&target, &at), (&source, &from), &mut rng).unwrap();
        let forged = forger.forge(&at);
        (target, forged, at)
    }

    #[test]
    fn outside_the_region_every_kind_leaves_the_target_to_the_bit() {
        for kind in Kind::ALL {
            let (target, forged, landmarks) = forged(kind, 5);
            let frame = FaceFrame::of(&landmarks).unwrap();
            let Area { region, scale, .. } = kind.area();
            let outline: Vec<_> = region.outline().into_iter().map(|p| frame.place(p)).collect();
            let mask = fill(&outline, 260, 280);
            // Farther than any border reaches.
            let far = soften(&mask, 0.36 * frame.unit(), 1.0);
            let mut changed = 0;
            for ((a, b), share) in target.pixels().zip(forged.pixels()).zip(far.data()) {
                assert!(*share > 0.0 || a == b, "{kind:?}");
                changed += u32::from(a != b);
            }
            let area = scale[0] * scale[1] * mask.data().iter().sum::<f32>();
            assert!(changed as f32 > 0.6 * area, "{kind:?}: {changed} of {area} pixels changed");
        }
    }

    #[test]
    fn a_hard_mask_ends_within_pixels_and_a_poisson_clone_at_its_outline() {
        for kind in [Kind::HardMask, Kind::Poisson] {
            let (target, forged, landmarks) = forged(kind, 6);
            let frame = FaceFrame::of(&landmarks).unwrap();
            let outline = Region::FaceAndForehead.outline();
            let outline: Vec<_> = outline.into_iter().map(|p| frame.place(p)).collect();
            let near = soften(&fill(&outline, 260, 280), 1.0, 1.0);
            for ((a, b), share) in target.pixels().zip(forged.pixels()).zip(near.data()) {
                assert!(*share > 0.0 || a == b, "{kind:?}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_forgery() {
        for kind in Kind::ALL {
            assert!(forged(kind, 1).1 == forged(kind, 1).1, "{kind:?}");
        }
        assert!(forged(Kind::SoftMask, 1).1 != forged(Kind::SoftMask, 2).1);
    }

    #[test]
    fn a_face_at_the_border_or_without_a_pose_is_no_panic() {
        let ((target, at), (source, from)) = (photo(0), photo(1));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for kind in Kind::ALL {
            let forger = Forger::new(kind, (&target, &at), (&source, &from), &mut rng).unwrap();
            for shift in [[-120.0, -100.0], [130.0, 120.0], [900.0, 0.0]] {
                let moved = Landmarks(at.0.map(|[x, y]| [x + shift[0], y + shift[1]]));
                assert_eq!(forger.forge(&moved).dimensions(), target.dimensions());
            }
            assert!(forger.forge(&Landmarks([[9.0; 2]; 5])) == target);
            let none = Landmarks([[9.0; 2]; 5]);
            assert!(Forger::new(kind, (&target, &none), (&source, &from), &mut rng).is_none());
        }
    }

    #[test]
    fn kinds_have_kebab_case_names() {
        let names = Kind::ALL.map(Kind::name);
        assert_eq!(names, ["soft-mask", "poisson", "multiband", "hard-mask", "mouth", "eyes"]);
    }
}
