//! Pictures as network input: planes of floats, red, green, blue and, if there is one, the map.

use burn::tensor::{Tensor, TensorData, backend::Backend};
use image::RgbImage;

use crate::Plane;

/// A batch of pictures, values 0..1.
///
/// # Shapes
/// - output: `[batch, 3, height, width]`
///
/// # Panics
/// When there is no picture, a picture without pixels, or not all have one size.
#[must_use]
pub fn rgb_tensor<B: Backend>(pictures: &[&RgbImage], device: &B::Device) -> Tensor<B, 4> {
    let inputs: Vec<_> = pictures.iter().map(|&picture| (picture, None)).collect();
    batch(&inputs, 3, device)
}

/// A batch of pictures with their maps: colours 0..1, maps as they are.
///
/// # Shapes
/// - output: `[batch, 4, height, width]`
///
/// # Panics
/// When there is no picture, a picture without pixels, or not all pictures and maps have one size.
#[must_use]
pub fn rgbd_tensor<B: Backend>(
    pictures: &[(&RgbImage, &Plane)],
    device: &B::Device,
) -> Tensor<B, 4> {
    let inputs: Vec<_> = pictures.iter().map(|&(picture, plane)| (picture, Some(plane))).collect();
    batch(&inputs, 4, device)
}

/// Fills a batch on the host and sends it to the device once.
fn batch<B: Backend>(
    inputs: &[(&RgbImage, Option<&Plane>)],
    channels: usize,
    device: &B::Device,
) -> Tensor<B, 4> {
    let (width, height) = inputs.first().expect("a batch has a picture").0.dimensions();
    let size = channels * width as usize * height as usize;
    let mut values = vec![0.0; inputs.len() * size];
    for (&(picture, plane), out) in inputs.iter().zip(values.chunks_exact_mut(size)) {
        assert_eq!(picture.dimensions(), (width, height), "pictures of one batch have one size");
        write_chw(picture, plane, out);
    }
    let shape = [inputs.len(), channels, height as usize, width as usize];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Writes a picture as planes R, G, B, each row by row, 0..1, and behind them `plane` as it is.
///
/// # Panics
/// When `plane` has not the size of `picture`, or `out` has not 3 (with a plane: 4) values per pixel.
pub fn write_chw(picture: &RgbImage, plane: Option<&Plane>, out: &mut [f32]) {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = width * height;
    let channels = 3 + usize::from(plane.is_some());
    assert_eq!(out.len(), channels * pixels, "{channels} values per pixel of {width} x {height}");
    let (colors, map) = out.split_at_mut(3 * pixels);
    let (red, rest) = colors.split_at_mut(pixels);
    let (green, blue) = rest.split_at_mut(pixels);
    let targets = red.iter_mut().zip(green).zip(blue);
    for (rgb, ((red, green), blue)) in picture.as_raw().chunks_exact(3).zip(targets) {
        *red = f32::from(rgb[0]) / 255.0;
        *green = f32::from(rgb[1]) / 255.0;
        *blue = f32::from(rgb[2]) / 255.0;
    }
    if let Some(plane) = plane {
        assert_eq!(
            (plane.width(), plane.height()),
            (width, height),
            "a map has its picture's size"
        );
        map.copy_from_slice(plane.data());
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::testing;

    #[test]
    fn channels_rows_and_pictures_keep_their_order() {
        let (first, second) = (testing::noise(3, 2), testing::noise(5, 2));
        let second = image::imageops::crop_imm(&second, 1, 0, 3, 2).to_image();
        let map = Plane::from_vec(3, 2, vec![0.0, 0.1, 0.2, 0.3, 0.4, 0.5]).unwrap();
        let device = Default::default();
        let batch = rgbd_tensor::<Flex>(&[(&first, &map), (&second, &map)], &device);
        assert_eq!(batch.dims(), [2, 4, 2, 3]);
        let values: Vec<f32> = batch.clone().into_data().to_vec().unwrap();
        for (n, picture) in [&first, &second].into_iter().enumerate() {
            for (x, y, pixel) in picture.enumerate_pixels() {
                let place = |c: usize| ((n * 4 + c) * 2 + y as usize) * 3 + x as usize;
                for c in 0..3 {
                    assert_eq!(values[place(c)], f32::from(pixel[c]) / 255.0);
                }
                assert_eq!(values[place(3)], map.at(x as usize, y as usize));
            }
        }
        let colors = rgb_tensor::<Flex>(&[&first, &second], &device);
        let colors: Vec<f32> = colors.into_data().to_vec().unwrap();
        let expected: Vec<f32> = batch.slice([0..2, 0..3]).into_data().to_vec().unwrap();
        assert_eq!(colors, expected);
    }

    #[test]
    #[should_panic(expected = "one size")]
    fn mixed_sizes_are_refused() {
        let pictures = [&testing::noise(3, 2), &testing::noise(2, 3)];
        let _ = rgb_tensor::<Flex>(&pictures, &Default::default());
    }

    #[test]
    #[should_panic(expected = "its picture's size")]
    fn a_map_of_another_size_is_refused() {
        write_chw(&testing::noise(3, 2), Some(&Plane::new(2, 3)), &mut [0.0; 24]);
    }
}
