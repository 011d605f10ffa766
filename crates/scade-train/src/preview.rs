//! An image of the self-blended pairs that a configuration trains on, for a visual check.

use scade_data::Pair;
use scade_image::{PixelRect, Plane, RgbImage, grid, resize_bilinear};

use crate::samples::Samples;
use crate::{Config, Error};

/// Width and height of each image on the sheet, in pixels.
const SIDE: u32 = 192;

/// By how much differences are enlarged.
const GAIN: i32 = 4;

/// A sheet of `rows` pairs of the training set, spread evenly over it. From left to right: the real half,
/// the forged half, the mask, and four times the difference of the halves on gray.
///
/// # Errors
/// As [`Run::open`](crate::Run::open); [`Error::NoPairs`] when `config` has no self-blended pairs.
pub fn preview(config: &Config, rows: usize) -> Result<RgbImage, Error> {
    config.validate()?;
    if config.self_blend.is_none() {
        return Err(Error::NoPairs);
    }
    let samples = Samples::open(config)?;
    let loader = samples.train();
    let count = loader.items().len();
    let rows = rows.min(count);
    let mut sheet = Vec::with_capacity(rows);
    for row in 0..rows {
        let item = row * count / rows;
        let Some(Pair { target, blend, mask }) = loader.pair(item, 1, item)? else { continue };
        let images = [&target, &blend, &gray(&mask), &difference(&target, &blend)];
        let small = |image: &RgbImage| resize_bilinear(image, PixelRect::whole(image), SIDE, SIDE);
        sheet.push(images.map(small).to_vec());
    }
    let no_pose = || scade_data::Error::NoPose { path: loader.items()[0].rgb.clone() };
    Ok(grid(&sheet).ok_or_else(no_pose)?)
}

fn gray(mask: &Plane) -> RgbImage {
    RgbImage::from_fn(mask.width() as u32, mask.height() as u32, |x, y| {
        [(255.0 * mask.at(x as usize, y as usize)) as u8; 3].into()
    })
}

fn difference(target: &RgbImage, blend: &RgbImage) -> RgbImage {
    let mut difference = target.clone();
    for (value, blend) in difference.iter_mut().zip(blend.iter()) {
        let enlarged = 128 + GAIN * (i32::from(*blend) - i32::from(*value));
        *value = enlarged.clamp(0, 255) as u8;
    }
    difference
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_enlarged_about_gray() {
        let [target, blend] =
            [[10, 200, 0], [12, 199, 255]].map(|c| RgbImage::from_pixel(1, 1, c.into()));
        assert_eq!(difference(&target, &blend).get_pixel(0, 0).0, [136, 124, 255]);
    }

    #[test]
    fn a_configuration_without_pairs_is_refused() {
        assert!(matches!(preview(&Config::default(), 4), Err(Error::NoPairs)));
    }
}
