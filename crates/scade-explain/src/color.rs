//! Colors for numbers, and maps over images.

use scade_image::{Plane, RgbImage};

/// Every fifteenth color of viridis, from 0 to 255; between them it is linear to two levels.
const VIRIDIS: [[u8; 3]; 18] = [
    [68, 1, 84],
    [72, 23, 105],
    [71, 42, 122],
    [67, 61, 132],
    [61, 78, 138],
    [53, 94, 141],
    [46, 109, 142],
    [41, 123, 142],
    [35, 137, 142],
    [31, 151, 139],
    [33, 165, 133],
    [46, 179, 124],
    [70, 192, 111],
    [101, 203, 94],
    [137, 213, 72],
    [176, 221, 47],
    [216, 226, 25],
    [253, 231, 37],
];

/// The color of a value 0..1 in viridis, of Matplotlib; values outside are clamped, NaN is that of 0.
///
/// Its lightness rises evenly with the value, so that the order can be seen with any color vision and in
/// print. A rainbow such as turbo has more colors and no order of lightness: it shows edges where there
/// are none.
#[must_use]
pub fn viridis(value: f32) -> [u8; 3] {
    let position = value.clamp(0.0, 1.0).max(0.0) * (VIRIDIS.len() - 1) as f32;
    let before = (position as usize).min(VIRIDIS.len() - 2);
    mix(VIRIDIS[before], VIRIDIS[before + 1], position - before as f32)
}

/// `a` at 0, `b` at 1.
pub(crate) fn mix(a: [u8; 3], b: [u8; 3], ratio: f32) -> [u8; 3] {
    std::array::from_fn(|channel| {
        let [a, b] = [a, b].map(|color| f32::from(color[channel]));
        (a + ratio * (b - a) + 0.5) as u8
    })
}

/// A map of values 0..1 as an image in viridis.
#[must_use]
pub fn colorize(map: &Plane) -> RgbImage {
    let (width, height) = (map.width() as u32, map.height() as u32);
    RgbImage::from_fn(width, height, |x, y| viridis(map.at(x as usize, y as usize)).into())
}

/// A map of values 0..1 over an image of the same size: its color covers a pixel by `opacity`, 0..1, at a value
/// of 1 and by less at lower values, so that the image stays visible where the map says nothing.
///
/// # Panics
/// When map and image differ in size.
#[must_use]
pub fn overlay(image: &RgbImage, map: &Plane, opacity: f32) -> RgbImage {
    let size = (map.width() as u32, map.height() as u32);
    assert_eq!(size, image.dimensions(), "the map has the size of its image");
    let mut out = image.clone();
    for (pixel, &value) in out.pixels_mut().zip(map.data()) {
        let ratio = opacity.clamp(0.0, 1.0) * value.clamp(0.0, 1.0).max(0.0);
        pixel.0 = mix(pixel.0, viridis(value), ratio);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)`
    #[test]
    fn colors_are_those_of_viridis() {
        let expected = [
            (0, [68, 1, 84]),
            (40, [69, 55, 129]),
            (100, [42, 118, 142]),
            (128, [33, 145, 140]),
            (200, [112, 207, 87]),
            (255, [253, 231, 37]),
        ];
        for (level, color) in expected {
            let got = viridis(level as f32 / 255.0);
            let off = (0..3).map(|i| got[i].abs_diff(color[i])).max();
            assert!(off <= Some(2), "{level}: {got:?}, {color:?}");
        }
        assert_eq!(viridis(-1.0), viridis(0.0));
        assert_eq!(viridis(f32::NAN), viridis(0.0));
        assert_eq!(viridis(7.0), viridis(1.0));
    }

    #[test]
    fn lightness_rises_with_the_value() {
        let light = |step: usize| {
            let [r, g, b] = viridis(step as f32 / 50.0).map(f32::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        assert!((0..50).all(|step| light(step) < light(step + 1)));
    }

    #[test]
    fn an_overlay_leaves_the_image_where_the_map_is_0() {
        let image = RgbImage::from_pixel(2, 1, [10, 200, 90].into());
        let map = Plane::from_vec(2, 1, vec![0.0, 1.0]).unwrap();
        let out = overlay(&image, &map, 1.0);
        assert_eq!(out.get_pixel(0, 0).0, [10, 200, 90]);
        assert_eq!(out.get_pixel(1, 0).0, viridis(1.0));
        assert_eq!(overlay(&image, &map, 0.0), image);
    }
}
