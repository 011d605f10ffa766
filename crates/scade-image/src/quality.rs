//! How much detail a region of an image can have: two ratios of steps between neighboring pixels.
//!
//! Both were proposed for whole images by the browser extension Sieve (2026): a mean step across the borders of
//! 8 × 8 blocks that is larger than others tells strong JPEG compression; a step of one pixel that is half
//! of a step of two tells a smooth image, enlarged or out of focus.

use image::RgbImage;
use serde::Serialize;

use crate::FaceBox;

/// Size, detail and block borders of a face in its image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// The shorter side of the face's box, in pixels of the image.
    pub side: f32,
    /// Mean step of luma over one pixel, relative to that over two: 0.5 in a smooth image (enlarged or
    /// blurred), 1 in noise. `None` in a flat region.
    pub detail: Option<f32>,
    /// Mean step of luma across the borders of 8 × 8 blocks of the image, relative to all steps: 1 in an image
    /// that was not compressed in blocks, more with visible blocks. `None` in a flat region, or in one
    /// that has no such border.
    pub blocks: Option<f32>,
}

/// Width of the blocks of JPEG.
const BLOCK: usize = 8;

/// Absolute steps of luma, along one axis.
#[derive(Debug, Default)]
struct Steps {
    one: Mean,
    two: Mean,
    border: Mean,
}

#[derive(Debug, Default, Clone, Copy)]
struct Mean {
    sum: u64,
    count: u64,
}

impl Mean {
    fn add(&mut self, a: i32, b: i32) {
        self.sum += u64::from(a.abs_diff(b));
        self.count += 1;
    }

    fn value(self) -> Option<f64> {
        (self.sum > 0).then(|| self.sum as f64 / self.count as f64)
    }
}

impl Quality {
    /// Of the part of `face` that is in `image`. O(pixels of the face).
    #[must_use]
    pub fn of(image: &RgbImage, face: &FaceBox) -> Self {
        let side = face.width().min(face.height());
        let (width, height) = image.dimensions();
        let within = |value: f32, most: u32| (value.max(0.0) as usize).min(most as usize);
        let [left, right] = [face.x1, face.x2].map(|x| within(x, width));
        let [top, bottom] = [face.y1, face.y2].map(|y| within(y, height));
        let luma = |x: usize, y: usize| {
            let [red, green, blue] = image.get_pixel(x as u32, y as u32).0.map(i32::from);
            // Rec. 601 in units of 1/256; steps are compared with each other alone.
            77 * red + 150 * green + 29 * blue
        };
        let mut steps = Steps::default();
        for y in top..bottom {
            for x in left..right {
                let here = luma(x, y);
                // Along both axes; a step across a border starts at the last pixel of a block.
                if x + 2 < right {
                    steps.add(here, luma(x + 1, y), luma(x + 2, y), x);
                }
                if y + 2 < bottom {
                    steps.add(here, luma(x, y + 1), luma(x, y + 2), y);
                }
            }
        }
        let ratio = |part: Mean, whole: Mean| Some((part.value()? / whole.value()?) as f32);
        Self { side, detail: ratio(steps.one, steps.two), blocks: ratio(steps.border, steps.one) }
    }
}

impl Steps {
    fn add(&mut self, here: i32, next: i32, second: i32, place: usize) {
        self.one.add(here, next);
        self.two.add(here, second);
        if place % BLOCK == BLOCK - 1 {
            self.border.add(here, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::{Filter, jpeg_pass, resize_rgb};

    /// Texture with detail at every scale, the same each time.
    fn texture(side: u32) -> RgbImage {
        RgbImage::from_fn(side, side, |x, y| {
            let noise = (x.wrapping_mul(374_761_393) ^ y.wrapping_mul(668_265_263))
                .wrapping_mul(1_274_126_177);
            let slow = 60.0 * ((x as f32 / 9.0).sin() + (y as f32 / 13.0).cos());
            Rgb([(120.0 + slow + (noise >> 27) as f32) as u8; 3])
        })
    }

    fn all(image: &RgbImage) -> FaceBox {
        FaceBox { x1: 0.0, y1: 0.0, x2: image.width() as f32, y2: image.height() as f32 }
    }

    fn quality(image: &RgbImage) -> Quality {
        Quality::of(image, &all(image))
    }

    #[test]
    fn an_enlarged_image_has_less_detail() {
        let native = texture(160);
        let small = resize_rgb(&native, 40, 40, Filter::Linear);
        let large = resize_rgb(&small, 160, 160, Filter::Cubic);
        let [native, large] = [native, large].map(|image| quality(&image).detail.unwrap());
        assert!(native > 0.75 && large < 0.56, "{native} {large}");
    }

    #[test]
    fn strong_compression_has_block_borders() {
        let native = texture(160);
        let blocks = |quality_of_jpeg| {
            let image = jpeg_pass(&native, quality_of_jpeg, [0, 0]);
            quality(&image).blocks.unwrap()
        };
        let (weak, strong) = (blocks(95), blocks(5));
        assert!(weak < 1.1 && strong > 1.4, "{weak} {strong}");
    }

    #[test]
    fn flat_and_outside_regions_have_no_ratio() {
        let flat = RgbImage::from_pixel(20, 20, Rgb([9; 3]));
        assert_eq!(quality(&flat), Quality { side: 20.0, detail: None, blocks: None });
        let outside = FaceBox { x1: -50.0, y1: 30.0, x2: -10.0, y2: 60.0 };
        let quality = Quality::of(&flat, &outside);
        assert_eq!(quality, Quality { side: 30.0, detail: None, blocks: None });
        let nan = FaceBox { x1: f32::NAN, y1: 0.0, x2: 9.0, y2: 9.0 };
        assert_eq!(Quality::of(&flat, &nan).detail, None);
    }
}
