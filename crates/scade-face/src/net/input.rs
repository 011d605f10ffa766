//! Conversion of pixels to network inputs.

use burn::tensor::{Tensor, TensorData, backend::Backend};
use scade_image::{PixelRect, RgbImage, resize_area};

use super::{PIXEL_MEAN, PIXEL_SCALE};
use crate::cascade::Level;

/// All images at one level of the pyramid.
///
/// # Shapes
/// - output: `[images, 3, level.height, level.width]`
pub(crate) fn level<B: Backend>(
    images: &[RgbImage],
    level: &Level,
    device: &B::Device,
) -> Tensor<B, 4> {
    let parts = images.iter().map(|image| (image, PixelRect::whole(image)));
    batch(parts, level.width, level.height, device)
}

/// Parts of images, each given with the image's index, resized to squares.
///
/// # Shapes
/// - output: `[parts, 3, side, side]`
pub(crate) fn crops<B: Backend>(
    images: &[RgbImage],
    parts: &[(usize, PixelRect)],
    side: u32,
    device: &B::Device,
) -> Tensor<B, 4> {
    let parts = parts.iter().map(|&(index, rect)| (&images[index], rect));
    batch(parts, side, side, device)
}

fn batch<'a, B: Backend>(
    parts: impl ExactSizeIterator<Item = (&'a RgbImage, PixelRect)>,
    width: u32,
    height: u32,
    device: &B::Device,
) -> Tensor<B, 4> {
    let shape = [parts.len(), 3, height as usize, width as usize];
    let mut values = Vec::with_capacity(shape.iter().product());
    for (image, rect) in parts {
        let resized = resize_area(image, rect, width, height);
        values.extend(resized.into_iter().map(|value| (value - PIXEL_MEAN) * PIXEL_SCALE));
    }
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::backend::Flex;

    #[test]
    fn pixels_become_zero_centered_planes() {
        let image =
            RgbImage::from_raw(2, 2, vec![0, 255, 1, 0, 255, 3, 255, 255, 5, 255, 255, 7]).unwrap();
        let part = PixelRect { x: 0, y: 0, width: 2, height: 2 };
        let input = crops::<Flex>(&[image], &[(0, part)], 1, &Default::default());
        assert_eq!(input.dims(), [1, 3, 1, 1]);
        let values = input.into_data().to_vec::<f32>().unwrap();
        assert_eq!(values, [0.0, 127.5 / 128.0, -123.5 / 128.0]);
    }
}
