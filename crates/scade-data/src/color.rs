//! The two color changes of the augmentation, on 8-bit RGB.

use pulp::NullaryFnOnce;
use scade_image::{RgbImage, on_wide_vectors};

/// `out = in · (1 + contrast) + brightness · 255`, rounded, clamped to 0..255: contrast scales about
/// black, as in SCADE-Net.
pub(crate) fn brightness_contrast(image: &mut RgbImage, brightness: f32, contrast: f32) {
    let change = |value: u8| {
        let changed = f32::from(value) * (1.0 + contrast) + brightness * 255.0;
        // Clamped by the conversion.
        changed.round() as u8
    };
    let table: [u8; 256] = std::array::from_fn(|value| change(value as u8));
    for value in image.iter_mut() {
        *value = table[usize::from(*value)];
    }
}

/// Shifts the hue by `shift`, in OpenCV's unit: half degrees, 0..180 for the whole circle.
///
/// Value and saturation (HSV) are kept. Hue is computed in floats and only the result is rounded, so
/// that a shift of 0 changes nothing; OpenCV rounds hue and saturation to 8 bits in between.
pub(crate) fn shift_hue(image: &mut RgbImage, shift: f32) {
    let sextants = (shift / 30.0).rem_euclid(6.0);
    on_wide_vectors(ShiftHue { image, sextants });
}

/// Pixels that are computed together, to fill vectors.
const BLOCK: usize = 16;

struct ShiftHue<'a> {
    image: &'a mut RgbImage,
    sextants: f32,
}

impl NullaryFnOnce for ShiftHue<'_> {
    type Output = ();

    // Inlined, with everything it calls, into one version per vector width.
    #[inline(always)]
    fn call(self) {
        let Self { image, sextants } = self;
        let (blocks, rest) = image.as_chunks_mut::<{ 3 * BLOCK }>();
        for block in blocks {
            shift_block(block, sextants);
        }
        let mut block = [0; 3 * BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        shift_block(&mut block, sextants);
        rest.copy_from_slice(&block[..rest.len()]);
    }
}

#[inline(always)]
fn shift_block(block: &mut [u8; 3 * BLOCK], sextants: f32) {
    // A loop for each step: the middle one is computed in vectors.
    let mut colors = [[0.0; BLOCK]; 3];
    for i in 0..BLOCK {
        for (channel, values) in colors.iter_mut().enumerate() {
            values[i] = f32::from(block[3 * i + channel]);
        }
    }
    let mut turned = [[0; BLOCK]; 3];
    for i in 0..BLOCK {
        let color = turn([colors[0][i], colors[1][i], colors[2][i]], sextants);
        for (channel, value) in turned.iter_mut().zip(color) {
            // Never negative, so this rounds half up.
            channel[i] = (value + 0.5) as i32;
        }
    }
    for i in 0..BLOCK {
        for (channel, values) in turned.iter().enumerate() {
            block[3 * i + channel] = values[i] as u8;
        }
    }
}

/// Shifts the hue of `[red, green, blue]` by `sextants` of 60 degrees, 0..=6.
///
/// Without branches, so that several pixels are computed at once.
#[inline(always)]
fn turn([red, green, blue]: [f32; 3], sextants: f32) -> [f32; 3] {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let smaller = |a: f32, b: f32| if a < b { a } else { b };
    let high = larger(larger(red, green), blue);
    let chroma = high - smaller(smaller(red, green), blue);
    let (difference, base) = if high == red {
        (green - blue, 0.0)
    } else if high == green {
        (blue - red, 2.0)
    } else {
        (red - green, 4.0)
    };
    // Gray has no hue: any will do.
    let hue = base + difference / larger(chroma, 1.0);
    // The three channels are one trapezoid over the hue, two sextants apart. A position is in 0..=16
    // before it is wrapped; `rem_euclid` here would take most of the time.
    let wrap = |at: f32| if at >= 6.0 { at - 6.0 } else { at };
    [5.0, 3.0, 1.0].map(|offset| {
        let at = wrap(wrap(hue + sextants + offset));
        high - chroma * smaller(larger(smaller(at, 4.0 - at), 0.0), 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::synthetic_face;

    fn image_of(pixels: &[[u8; 3]]) -> RgbImage {
        RgbImage::from_raw(pixels.len() as u32, 1, pixels.concat()).unwrap()
    }

    // import colorsys
    // for shift in (-10, 4.4, 90):
    //     for p in [(200,100,50), (12,250,99), (7,8,200), (255,0,0), (90,90,90), (1,255,254)]:
    //         h, s, v = colorsys.rgb_to_hsv(*(c / 255 for c in p))
    //         print([round(255 * c) for c in colorsys.hsv_to_rgb((h + shift / 180) % 1, s, v)])
    #[test]
    fn hue_turns_as_in_colorsys() {
        let pixels =
            [[200, 100, 50], [12, 250, 99], [7, 8, 200], [255, 0, 0], [90, 90, 90], [1, 255, 254]];
        for (shift, expected) in COLORSYS {
            let mut turned = image_of(&pixels);
            shift_hue(&mut turned, shift);
            assert_eq!(turned, image_of(&expected), "{shift}");
        }
    }

    const COLORSYS: [(f32, [[u8; 3]; 6]); 3] = [
        (
            -10.0,
            [[200, 50, 50], [12, 250, 20], [7, 72, 200], [255, 0, 85], [90, 90, 90], [1, 255, 169]],
        ),
        (
            4.4,
            [
                [200, 122, 50],
                [12, 250, 134],
                [34, 7, 200],
                [255, 37, 0],
                [90, 90, 90],
                [1, 219, 255],
            ],
        ),
        (
            90.0,
            [
                [50, 150, 200],
                [250, 12, 163],
                [200, 199, 7],
                [0, 255, 255],
                [90, 90, 90],
                [255, 1, 2],
            ],
        ),
    ];

    /// OpenCV 4.10, which rounds hue to 2 degrees in between:
    ///
    /// ```python
    /// hsv = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV)
    /// hsv[..., 0] = (hsv[..., 0].astype(int) + shift) % 180
    /// cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    /// ```
    #[test]
    fn hue_is_within_one_level_of_opencv() {
        let pixels =
            [[200, 100, 50], [12, 250, 99], [7, 8, 200], [255, 0, 0], [90, 90, 90], [1, 255, 254]];
        for (shift, expected) in [
            (-10.0, [200, 50, 50, 12, 250, 20, 7, 71, 200, 255, 0, 85, 90, 90, 90, 1, 255, 170]),
            (10.0, [200, 150, 50, 12, 250, 179, 71, 7, 200, 255, 85, 0, 90, 90, 90, 1, 170, 255]),
        ] {
            let mut turned = image_of(&pixels);
            shift_hue(&mut turned, shift);
            let pairs = turned.as_raw().iter().zip(expected);
            assert!(pairs.clone().all(|(got, expected)| got.abs_diff(expected) <= 1), "{turned:?}");
        }
    }

    #[test]
    fn no_shift_and_whole_turns_change_nothing() {
        for shift in [0.0, 180.0, -180.0] {
            let mut turned = synthetic_face(1);
            shift_hue(&mut turned, shift);
            assert_eq!(turned, synthetic_face(1));
        }
    }

    #[test]
    fn contrast_scales_about_black_and_results_are_clamped() {
        let grays = [[0, 10, 100], [128, 200, 255]];
        for (brightness, contrast, expected) in [
            (0.0, 0.0, grays),
            (0.0, 0.2, [[0, 12, 120], [154, 240, 255]]),
            (0.2, 0.0, [[51, 61, 151], [179, 251, 255]]),
            (-0.2, 0.0, [[0, 0, 49], [77, 149, 204]]),
            (0.1, -0.2, [[26, 34, 106], [128, 186, 230]]),
        ] {
            let mut changed = image_of(&grays);
            brightness_contrast(&mut changed, brightness, contrast);
            assert_eq!(changed, image_of(&expected), "{brightness} {contrast}");
        }
    }
}
