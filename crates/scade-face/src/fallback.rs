//! What is tried on an image in which MTCNN finds no face, and how its points come back to the image.

use image::imageops::{rotate90, rotate270};
use scade_haar::Detection;
use scade_image::{FaceBox, Landmarks, PixelRect, RgbImage, resize_bilinear};
use serde::{Deserialize, Serialize};

use crate::Face;

/// What is tried on an image in which MTCNN finds no face. An image with a face costs nothing more.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Fallback {
    /// Nothing: the image has no face.
    #[default]
    None,
    /// MTCNN again with a lower last threshold: on the image at twice its size, then turned by 90° to
    /// either side.
    SecondLook,
    /// The second look, then OpenCV's frontal face cascade (Viola and Jones 2001), which gives boxes
    /// without landmarks.
    Haar,
}

impl Fallback {
    /// Whether it is [`Fallback::None`].
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// Which detector found the faces of an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum FoundBy {
    /// MTCNN, at once.
    #[default]
    Mtcnn,
    /// MTCNN at the second look.
    SecondLook,
    /// The frontal face cascade.
    Haar,
}

impl FoundBy {
    /// Whether it is [`FoundBy::Mtcnn`].
    #[must_use]
    pub fn is_mtcnn(&self) -> bool {
        *self == Self::Mtcnn
    }

    /// Whether the landmarks of its faces were detected, rather than estimated from their boxes.
    #[must_use]
    pub fn has_landmarks(self) -> bool {
        self != Self::Haar
    }
}

/// Last threshold of a second look, where that of the first is higher.
pub(crate) const LAST_THRESHOLD: f32 = 0.7;

/// Pixels of an enlarged image; larger ones are looked at in their own size.
const MOST_PIXELS: u64 = 4_000_000;

/// How an image is shown to the detector once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// At twice the size, or as it is where that is too large.
    Enlarged,
    /// Turned clockwise by 90°.
    TurnedRight,
    /// Turned counterclockwise by 90°.
    TurnedLeft,
}

impl View {
    /// In the order in which they are tried.
    pub(crate) const ALL: [Self; 3] = [Self::Enlarged, Self::TurnedRight, Self::TurnedLeft];

    /// The image as the detector sees it. It must not be empty.
    pub(crate) fn of(self, image: &RgbImage) -> RgbImage {
        let (width, height) = image.dimensions();
        match self {
            Self::Enlarged if is_small(image) => {
                resize_bilinear(image, PixelRect::whole(image), 2 * width, 2 * height)
            }
            Self::Enlarged => image.clone(),
            Self::TurnedRight => rotate90(image),
            Self::TurnedLeft => rotate270(image),
        }
    }

    /// A face of the view, in the coordinates of `image`.
    pub(crate) fn back(self, face: &Face, image: &RgbImage) -> Face {
        let (width, height) = (image.width() as f32, image.height() as f32);
        let scale = if is_small(image) { 0.5 } else { 1.0 };
        let point = |[x, y]: [f32; 2]| match self {
            Self::Enlarged => [scale * x, scale * y],
            Self::TurnedRight => [y, height - x],
            Self::TurnedLeft => [width - y, x],
        };
        let FaceBox { x1, y1, x2, y2 } = face.bbox;
        let [[ax, ay], [bx, by]] = [point([x1, y1]), point([x2, y2])];
        let bbox = FaceBox { x1: ax.min(bx), y1: ay.min(by), x2: ax.max(bx), y2: ay.max(by) };
        Face { bbox, score: face.score, landmarks: Landmarks(face.landmarks.0.map(point)) }
    }
}

fn is_small(image: &RgbImage) -> bool {
    4 * u64::from(image.width()) * u64::from(image.height()) <= MOST_PIXELS
}

/// Where the landmarks of an upright frontal face lie in the square of the cascade, as ratios of its side:
/// the places of the aligned crop's template in a square around brows and chin.
const LANDMARKS: [[f32; 2]; 5] =
    [[0.31, 0.39], [0.69, 0.39], [0.5, 0.60], [0.345, 0.79], [0.655, 0.79]];

/// A face of the cascade. Its landmarks are estimates; its score n / (n + 1) of the number of similar
/// windows orders faces and is not a probability.
pub(crate) fn of_cascade(found: &Detection) -> Face {
    let rect = found.rect;
    let [x, y, width, height] = [rect.x, rect.y, rect.width, rect.height].map(|value| value as f32);
    let bbox = FaceBox { x1: x, y1: y, x2: x + width, y2: y + height };
    let windows = found.neighbors as f32;
    let landmarks = LANDMARKS.map(|[across, down]| [x + across * width, y + down * height]);
    Face { bbox, score: windows / (windows + 1.0), landmarks: Landmarks(landmarks) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// A white pixel keeps its place through every view and back.
    #[test]
    fn points_of_a_view_come_back_to_the_image() {
        let (x, y) = (7, 12);
        let mut image = RgbImage::new(30, 20);
        image.put_pixel(x, y, Rgb([255; 3]));
        let center = [x as f32 + 0.5, y as f32 + 0.5];
        for view in View::ALL {
            let seen = view.of(&image);
            // The center of gravity of what is bright.
            let (mut sum, mut at) = (0.0, [0.0; 2]);
            for (u, v, pixel) in seen.enumerate_pixels() {
                let weight = f32::from(pixel[0]);
                sum += weight;
                at = [at[0] + weight * (u as f32 + 0.5), at[1] + weight * (v as f32 + 0.5)];
            }
            let at = at.map(|value| value / sum);
            let bbox =
                FaceBox { x1: at[0] - 1.0, y1: at[1] - 2.0, x2: at[0] + 1.0, y2: at[1] + 2.0 };
            let face = Face { bbox, score: 0.8, landmarks: Landmarks([at; 5]) };
            let back = view.back(&face, &image);
            for ([u, v], name) in [(back.landmarks.0[0], "landmark"), (middle(&back.bbox), "box")] {
                assert!(
                    (u - center[0]).abs() < 0.1 && (v - center[1]).abs() < 0.1,
                    "{view:?} {name}"
                );
            }
            assert!(back.bbox.width() > 0.0 && back.bbox.height() > 0.0);
            let is_wide = back.bbox.width() > back.bbox.height();
            assert_eq!(is_wide, view != View::Enlarged, "{view:?}");
        }
    }

    fn middle(bbox: &FaceBox) -> [f32; 2] {
        [(bbox.x1 + bbox.x2) / 2.0, (bbox.y1 + bbox.y2) / 2.0]
    }

    #[test]
    fn large_images_are_not_enlarged() {
        let image = RgbImage::new(2000, 1000);
        assert_eq!(View::Enlarged.of(&image).dimensions(), (2000, 1000));
        let bbox = FaceBox { x1: 1.0, y1: 2.0, x2: 3.0, y2: 4.0 };
        let face = Face { bbox, score: 1.0, landmarks: Landmarks([[1.0; 2]; 5]) };
        assert_eq!(View::Enlarged.back(&face, &image), face);
    }
}
