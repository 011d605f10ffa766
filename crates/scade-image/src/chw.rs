//! Images as network input: planes of floats, red, green, blue and an optional map.

use image::RgbImage;

use crate::Plane;

/// Writes an image as planes R, G, B, each row by row, 0..1, followed by `plane` unchanged.
///
/// # Panics
/// When `plane` and `image` differ in size, or `out` does not have 3 (with a plane: 4) values per pixel.
pub fn write_chw(image: &RgbImage, plane: Option<&Plane>, out: &mut [f32]) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let pixels = width * height;
    let channels = 3 + usize::from(plane.is_some());
    assert_eq!(out.len(), channels * pixels, "{channels} values per pixel of {width} x {height}");
    let (colors, map) = out.split_at_mut(3 * pixels);
    let (red, rest) = colors.split_at_mut(pixels);
    let (green, blue) = rest.split_at_mut(pixels);
    let targets = red.iter_mut().zip(green).zip(blue);
    for (rgb, ((red, green), blue)) in image.as_raw().chunks_exact(3).zip(targets) {
        *red = f32::from(rgb[0]) / 255.0;
        *green = f32::from(rgb[1]) / 255.0;
        *blue = f32::from(rgb[2]) / 255.0;
    }
    if let Some(plane) = plane {
        assert_eq!(
            (plane.width(), plane.height()),
            (width, height),
            "the map has the size of its image"
        );
        map.copy_from_slice(plane.data());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_planes_in_rgb_order_and_the_map_comes_last() {
        let image = RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8 + 10, 255]));
        let map = Plane::from_vec(3, 2, vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5]).unwrap();
        let mut out = vec![9.0; 4 * 6];
        write_chw(&image, Some(&map), &mut out);
        let level = |value: u8| f32::from(value) / 255.0;
        assert_eq!(out[..6], [0, 1, 2, 0, 1, 2].map(level));
        assert_eq!(out[6..12], [10, 10, 10, 11, 11, 11].map(level));
        assert_eq!(out[12..18], [1.0; 6]);
        assert_eq!(&out[18..], map.data());
        let mut three = vec![9.0; 3 * 6];
        write_chw(&image, None, &mut three);
        assert_eq!(three, out[..18]);
    }
}
