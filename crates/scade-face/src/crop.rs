//! Crops of faces at a fixed size.

use std::str::FromStr;

use scade_image::{FaceBox, PixelRect, RgbImage, Similarity, resize_bilinear, warp_rgb};
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::align::crop_to_image;
use crate::{Face, FoundBy};

/// Default width and height of a crop in pixels: the input size of SCADE-Net.
pub const DEFAULT_CROP_SIZE: u32 = 256;

/// Margin of the published crop around a face of the cascade, in pixels of the crop, both sides together: 30 %
/// of the box on each side.
const HAAR_MARGIN_PX: u32 = 96;

/// Maximum margin of [`CropRule::Aligned`]; beyond it the face is less than a tenth of the crop.
const MOST_MARGIN: f32 = 4.0;

/// How a crop is taken.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
#[strum(serialize_all = "snake_case")]
pub enum CropRule {
    /// Upright and undistorted: a similarity transform maps the five landmarks to fixed positions, so
    /// that all faces have the same size and pose. Beyond the border the image is mirrored.
    Aligned {
        /// Margin on each side of the face, relative to the longer side of its box, 0..=4.
        #[serde(default = "default_margin")]
        margin: f32,
    },
    /// As the published SCADE-Net: the box extended by a margin, clipped at the image's border and
    /// resized to a square without keeping its aspect ratio.
    Published {
        /// Margin in pixels of the crop, both sides together; below the crop's size.
        #[serde(default = "default_margin_px")]
        margin_px: u32,
    },
}

fn default_margin() -> f32 {
    0.30
}

fn default_margin_px() -> u32 {
    76
}

impl Default for CropRule {
    fn default() -> Self {
        Self::Aligned { margin: default_margin() }
    }
}

/// An unknown name of a crop rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown crop rule `{0}`: expected {names}", names = CropRule::VARIANTS.join(", "))]
pub struct UnknownCropRule(String);

impl FromStr for CropRule {
    type Err = UnknownCropRule;

    /// The rule of this name with its default margin.
    fn from_str(name: &str) -> Result<Self, UnknownCropRule> {
        match name {
            "aligned" => Ok(Self::Aligned { margin: default_margin() }),
            "published" => Ok(Self::Published { margin_px: default_margin_px() }),
            other => Err(UnknownCropRule(other.to_owned())),
        }
    }
}

/// A face that cannot be cropped.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CropError {
    /// The margin does not fit the rule.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The crop would contain no pixel of the image.
    #[error("no part of the face at {bbox:?} is inside an image of {width} x {height}")]
    Outside {
        /// The face's box.
        bbox: FaceBox,
        /// The image's width.
        width: u32,
        /// The image's height.
        height: u32,
    },
}

impl CropRule {
    /// The rule for a face that a detector found: the published program crops those of the cascade with
    /// another margin.
    #[must_use]
    pub fn for_faces_of(self, by: FoundBy) -> Self {
        match (self, by) {
            (Self::Published { .. }, FoundBy::Haar) => {
                Self::Published { margin_px: HAAR_MARGIN_PX }
            }
            (rule, _) => rule,
        }
    }

    /// Checks the margin for crops of `size` pixels.
    ///
    /// # Errors
    /// If it is out of range.
    pub fn validate(&self, size: u32) -> Result<(), SettingError> {
        match *self {
            Self::Aligned { margin } => {
                let holds = (0.0..=MOST_MARGIN).contains(&margin);
                require(holds, "margin", "from 0 to 4", margin)
            }
            Self::Published { margin_px } => {
                let expected = || format!("below {size}, the size of the crop");
                require(margin_px < size, "margin_px", expected(), margin_px)
            }
        }
    }
}

/// Crops `face` from `image` to `size` × `size`.
///
/// Downscaling is antialiased: [`warp_rgb`] averages and [`resize_bilinear`] widens its filter.
///
/// # Errors
/// When the margin is out of range, or the face is entirely outside the image or has no extent.
pub fn crop(
    image: &RgbImage,
    face: &Face,
    rule: CropRule,
    size: u32,
) -> Result<RgbImage, CropError> {
    match area(face, rule, size, image.dimensions())? {
        Area::Aligned(to_image) => Ok(warp_rgb(image, &to_image, size, size)),
        Area::Published(rect) => Ok(resize_bilinear(image, rect, size, size)),
    }
}

/// Where `points` of an image of `dimensions`, width and height, lie in the crop of `face` that
/// [`crop()`] takes from it; in pixels of the crop, and beyond its border for points that it does not
/// show.
///
/// # Errors
/// As [`crop()`].
pub fn points_in_crop<const N: usize>(
    points: [[f32; 2]; N],
    face: &Face,
    rule: CropRule,
    size: u32,
    dimensions: (u32, u32),
) -> Result<[[f32; 2]; N], CropError> {
    Ok(match area(face, rule, size, dimensions)? {
        Area::Aligned(to_image) => {
            let to_crop = to_image.inverse();
            points.map(|point| to_crop.apply(point))
        }
        Area::Published(PixelRect { x, y, width, height }) => {
            let place = |value: f32, start: u32, length: u32| {
                (value - start as f32) * size as f32 / length as f32
            };
            points.map(|point| [place(point[0], x, width), place(point[1], y, height)])
        }
    })
}

/// What of an image a crop shows.
enum Area {
    /// The map from the crop to the image.
    Aligned(Similarity),
    /// The part that is resized to the crop.
    Published(PixelRect),
}

fn area(
    face: &Face,
    rule: CropRule,
    size: u32,
    (width, height): (u32, u32),
) -> Result<Area, CropError> {
    rule.validate(size)?;
    let bbox = face.bbox;
    let area = match rule {
        _ if !overlaps(&bbox, width, height) => None,
        CropRule::Aligned { margin } => crop_to_image(face, margin, size).map(Area::Aligned),
        CropRule::Published { margin_px } => {
            published_rect(&bbox, margin_px, size, width, height).map(Area::Published)
        }
    };
    area.ok_or(CropError::Outside { bbox, width, height })
}

/// Whether the intersection of box and image has an area; false for NaN.
fn overlaps(bbox: &FaceBox, width: u32, height: u32) -> bool {
    bbox.x1 < width as f32 && bbox.x2 > 0.0 && bbox.y1 < height as f32 && bbox.y2 > 0.0
}

/// The box extended so that the margin fills `margin_px` pixels of the crop, clipped and then truncated to
/// whole pixels.
fn published_rect(
    bbox: &FaceBox,
    margin_px: u32,
    size: u32,
    width: u32,
    height: u32,
) -> Option<PixelRect> {
    let ratio = f64::from(margin_px) / f64::from(size - margin_px);
    let span = |from: f32, to: f32, limit: u32| {
        let (from, to) = (f64::from(from), f64::from(to));
        let margin = ratio * (to - from);
        let start = (from - margin / 2.0).max(0.0) as u32;
        let end = (to + margin / 2.0).min(f64::from(limit)) as u32;
        (end > start).then(|| (start, end - start))
    };
    let (x, width) = span(bbox.x1, bbox.x2, width)?;
    let (y, height) = span(bbox.y1, bbox.y2, height)?;
    Some(PixelRect { x, y, width, height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::{SyntheticFace, render};
    use scade_image::Landmarks;

    const FACE: SyntheticFace = SyntheticFace { x: 150.0, y: 160.0, unit: 60.0 };

    fn face(landmarks: [[f32; 2]; 5]) -> Face {
        let bbox = FaceBox { x1: 100.0, y1: 95.0, x2: 200.0, y2: 230.0 };
        Face { bbox, score: 1.0, landmarks: Landmarks(landmarks) }
    }

    /// Mean absolute difference of two images of the same size.
    fn difference(a: &RgbImage, b: &RgbImage) -> f32 {
        let sum: u32 =
            a.as_raw().iter().zip(b.as_raw()).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        sum as f32 / a.as_raw().len() as f32
    }

    #[test]
    fn the_published_rectangle() {
        let check = |corners: [f32; 4], width, height| {
            let [x1, y1, x2, y2] = corners;
            let rect = published_rect(&FaceBox { x1, y1, x2, y2 }, 76, 256, width, height);
            rect.map(|r| [r.x, r.y, r.width, r.height])
        };
        // m = 76·100/180 = 42.2 and 76·140/180 = 59.1: 78.9 .. 221.1 and 20.4 .. 219.6, truncated
        assert_eq!(check([100.0, 50.0, 200.0, 190.0], 640, 480), Some([78, 20, 143, 199]));
        assert_eq!(check([-5.0, 50.0, 95.0, 190.0], 110, 210), Some([0, 20, 110, 190]));
        assert_eq!(check([-200.0, 0.0, -150.0, 50.0], 110, 210), None);
    }

    #[test]
    fn rotated_and_scaled_images_give_the_same_aligned_crop() {
        let image = render(300, 320, &[FACE], 5);
        let upright = crop(&image, &face(FACE.landmarks()), CropRule::default(), 128).unwrap();
        let turn = Similarity::around([FACE.x, FACE.y], 0.5, 1.3, [40.0, 20.0]);
        let turned = warp_rgb(&image, &turn.inverse(), 380, 400);
        let landmarks = FACE.landmarks().map(|point| turn.apply(point));
        let aligned = crop(&turned, &face(landmarks), CropRule::default(), 128).unwrap();
        assert!(difference(&upright, &aligned) < 2.5, "{}", difference(&upright, &aligned));
        let published = CropRule::Published { margin_px: 38 };
        let squeezed = crop(&turned, &face(landmarks), published, 128).unwrap();
        assert!(difference(&upright, &squeezed) > 10.0);
    }

    /// A white square of nine pixels at the point; its center of gravity in the crop.
    fn seen_in_crop(point: [u32; 2], face: &Face, rule: CropRule) -> [f32; 2] {
        let mut image = RgbImage::new(300, 320);
        for (dx, dy) in (0..9).map(|i| (i % 3, i / 3)) {
            image.put_pixel(point[0] - 1 + dx, point[1] - 1 + dy, [255; 3].into());
        }
        let (mut sum, mut at) = (0.0, [0.0; 2]);
        for (x, y, pixel) in crop(&image, face, rule, 256).unwrap().enumerate_pixels() {
            let weight = f32::from(pixel[0]);
            sum += weight;
            at = [at[0] + weight * (x as f32 + 0.5), at[1] + weight * (y as f32 + 0.5)];
        }
        at.map(|value| value / sum)
    }

    #[test]
    fn points_are_where_the_crop_shows_them() {
        let turn = Similarity::around([FACE.x, FACE.y], 0.3, 0.9, [5.0, -8.0]);
        let face = face(FACE.landmarks().map(|point| turn.apply(point)));
        for rule in [CropRule::default(), CropRule::Published { margin_px: 76 }] {
            for point in [[130, 150], [160, 170], [150, 200]] {
                let center = point.map(|value| value as f32 + 0.5);
                let [at] = points_in_crop([center], &face, rule, 256, (300, 320)).unwrap();
                let seen = seen_in_crop(point, &face, rule);
                let distance = (at[0] - seen[0]).hypot(at[1] - seen[1]);
                assert!(distance < 0.1, "{rule:?} {point:?}: {at:?} {seen:?}");
            }
        }
    }

    #[test]
    fn points_of_a_face_outside_are_an_error_as_its_crop_is() {
        let mut away = face(FACE.landmarks());
        away.bbox = FaceBox { x1: 400.0, y1: 10.0, x2: 450.0, y2: 60.0 };
        let points = points_in_crop([[1.0; 2]], &away, CropRule::default(), 256, (300, 320));
        assert!(matches!(points, Err(CropError::Outside { .. })));
    }

    /// Defect of the published system: the aspect ratio of boxes was not kept.
    #[test]
    fn an_aligned_crop_keeps_the_aspect_ratio() {
        let mut image = RgbImage::new(300, 320);
        let [x, y] = [150.0, 160.0];
        for (column, row, pixel) in image.enumerate_pixels_mut() {
            let radius = (column as f32 + 0.5 - x).hypot(row as f32 + 0.5 - y);
            *pixel = [if radius < 40.0 { 255 } else { 0 }; 3].into();
        }
        let aligned = crop(&image, &face(FACE.landmarks()), CropRule::default(), 256).unwrap();
        let bright = |width: bool| {
            let mut lines: Vec<u32> = aligned
                .enumerate_pixels()
                .filter(|(_, _, pixel)| pixel.0[0] > 127)
                .map(|(column, row, _)| if width { column } else { row })
                .collect();
            lines.sort_unstable();
            lines.dedup();
            lines.len() as i64
        };
        assert!((bright(true) - bright(false)).abs() <= 2, "{} {}", bright(true), bright(false));
    }

    /// Defect of the published system: crops were clipped at the border, not filled.
    #[test]
    fn beyond_the_border_the_image_is_mirrored() {
        let mut image = RgbImage::new(300, 320);
        image.fill(200);
        let corner = FACE.landmarks().map(|[x, y]| [x - 120.0, y - 140.0]);
        let mut face = face(corner);
        face.bbox = FaceBox { x1: -20.0, y1: -45.0, x2: 80.0, y2: 90.0 };
        let aligned = crop(&image, &face, CropRule::default(), 64).unwrap();
        assert!(aligned.as_raw().iter().all(|&value| value == 200));
    }

    #[test]
    fn faces_that_cannot_be_cropped_are_rejected() {
        let image = RgbImage::new(300, 320);
        let mut away = face(FACE.landmarks());
        away.bbox = FaceBox { x1: 400.0, y1: 10.0, x2: 450.0, y2: 60.0 };
        for rule in [CropRule::default(), CropRule::Published { margin_px: 76 }] {
            assert!(matches!(crop(&image, &away, rule, 256), Err(CropError::Outside { .. })));
            let empty = crop(&RgbImage::new(0, 0), &face(FACE.landmarks()), rule, 256);
            assert!(matches!(empty, Err(CropError::Outside { .. })));
        }
        away.bbox = FaceBox { x1: f32::NAN, ..face(FACE.landmarks()).bbox };
        for rule in [CropRule::default(), CropRule::Published { margin_px: 76 }] {
            assert!(matches!(crop(&image, &away, rule, 256), Err(CropError::Outside { .. })));
        }
        for rule in [
            CropRule::Aligned { margin: f32::NAN },
            CropRule::Aligned { margin: -0.1 },
            CropRule::Published { margin_px: 256 },
        ] {
            assert!(matches!(crop(&image, &away, rule, 256), Err(CropError::Setting(_))));
        }
    }

    #[test]
    fn a_name_alone_is_the_rule_with_its_default() {
        for &name in CropRule::VARIANTS {
            let rule: CropRule = name.parse().unwrap();
            let text = format!(r#"{{"rule": "{name}"}}"#);
            assert_eq!(serde_json::from_str::<CropRule>(&text).unwrap(), rule);
        }
        let error = "tight".parse::<CropRule>().unwrap_err().to_string();
        assert_eq!(error, "unknown crop rule `tight`: expected aligned, published");
    }

    #[test]
    fn rules_are_read_with_their_defaults() {
        let read = |text| serde_json::from_str::<CropRule>(text);
        assert_eq!(read(r#"{"rule": "aligned"}"#).unwrap(), CropRule::default());
        let published = CropRule::Published { margin_px: 76 };
        assert_eq!(read(r#"{"rule": "published"}"#).unwrap(), published);
        assert!(read(r#"{"rule": "published", "margin": 0.3}"#).is_err());
    }
}
