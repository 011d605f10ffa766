//! Spatially varying blur, in pixels of a Gaussian's standard deviation.

use scade_image::{Kernel, Plane, RgbImage, filter_separable};

/// Levels of a stack per pixel of blur.
const PER_PIXEL: usize = 8;
/// The strongest level of a stack, in pixels of blur.
pub(crate) const STRONGEST: f64 = 4.0;

/// Three planes, red first, 0..255, not rounded.
pub(crate) type Planes = [Plane; 3];

/// An image at all blurs from 0 to [`STRONGEST`] in steps of an eighth of a pixel.
#[derive(Debug)]
pub(crate) struct BlurStack(Vec<Planes>);

impl BlurStack {
    pub(crate) fn new(image: &RgbImage) -> Self {
        let sharp = planes(image);
        let levels = (0..=STRONGEST as usize * PER_PIXEL).map(|level| {
            let sigma = level as f64 / PER_PIXEL as f64;
            sharp.each_ref().map(|plane| blurred(plane, sigma))
        });
        Self(levels.collect())
    }

    /// The image blurred by `sigma` at each pixel: linear between the two nearest levels.
    pub(crate) fn blurred_by(&self, sigma: &[f64]) -> Planes {
        let last = self.0.len() - 2;
        std::array::from_fn(|channel| {
            let mut out = self.0[0][channel].clone();
            for ((at, out), sigma) in out.data_mut().iter_mut().enumerate().zip(sigma) {
                let level = sigma.clamp(0.0, STRONGEST) * PER_PIXEL as f64;
                let below = (level as usize).min(last);
                let weight = (level - below as f64) as f32;
                let value = |level: usize| self.0[level][channel].data()[at];
                *out = value(below) * (1.0 - weight) + value(below + 1) * weight;
            }
            out
        })
    }

    /// The same blur everywhere.
    pub(crate) fn at(&self, sigma: f64) -> Planes {
        self.blurred_by(&vec![sigma; self.0[0][0].data().len()])
    }
}

/// A plane blurred by a sampled Gaussian, truncated at four deviations.
pub(crate) fn blurred(plane: &Plane, sigma: f64) -> Plane {
    if sigma == 0.0 {
        return plane.clone();
    }
    let kernel = Kernel::gaussian(sigma, (4.0 * sigma).ceil() as usize);
    filter_separable(plane, &kernel, &kernel)
}

/// The channels of an image.
pub(crate) fn planes(image: &RgbImage) -> Planes {
    let (width, height) = (image.width() as usize, image.height() as usize);
    std::array::from_fn(|channel| {
        let levels = image.as_raw().iter().skip(channel).step_by(3);
        let levels = levels.map(|&level| f32::from(level)).collect();
        Plane::from_vec(width, height, levels).expect("one value per pixel")
    })
}

/// Blends `top` over `below` with weight `alpha`, pixel by pixel.
pub(crate) fn mixed(below: &Planes, top: &Planes, alpha: &[f32]) -> Planes {
    std::array::from_fn(|channel| {
        let mut out = below[channel].clone();
        for ((out, top), alpha) in out.data_mut().iter_mut().zip(top[channel].data()).zip(alpha) {
            *out = *out * (1.0 - alpha) + top * alpha;
        }
        out
    })
}

/// 8 bits, half to even; `noise` is added to all three channels of its pixel before.
pub(crate) fn rounded(planes: &Planes, noise: Option<&[f64]>) -> RgbImage {
    let (width, height) = (planes[0].width(), planes[0].height());
    RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let at = y as usize * width + x as usize;
        let added = noise.map_or(0.0, |noise| noise[at]);
        image::Rgb(planes.each_ref().map(|plane| {
            (f64::from(plane.data()[at]) + added).clamp(0.0, 255.0).round_ties_even() as u8
        }))
    })
}
