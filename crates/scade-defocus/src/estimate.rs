//! What a method says about an image, and how that becomes a channel of the detector.

use scade_image::Plane;

/// Blur that fills the channel, in pixels of σ. More than 4 is rare in images of faces, and cannot
/// be told from 4: too little energy is left. Fixed, so that equal values mean equal blur in all
/// images.
pub const FULL_SCALE: f32 = 4.0;

/// A relative map whose values differ by no more than this is flat.
const FLAT: f32 = 1e-8;

/// What the values of a map mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Standard deviation of a Gaussian blur in pixels of the image.
    BlurSigma,
    /// Scaled to 0..1 in each image by itself; comparable within an image at most.
    Relative,
}

/// How blurred each pixel of an image is.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// One value per pixel of the image, in `unit`; never NaN.
    pub values: Plane,
    /// What they mean.
    pub unit: Unit,
    /// How much the image itself says about each pixel, 0 (nothing: the value is filled in from
    /// elsewhere) to 1; its scale belongs to the method. `None` where the method does not say.
    pub confidence: Option<Plane>,
}

impl Estimate {
    /// The map as a channel of the detector, 0..1: pixels of blur by [`FULL_SCALE`], relative values
    /// as they are.
    #[must_use]
    pub fn into_channel(self) -> Plane {
        let mut channel = self.values;
        if self.unit == Unit::BlurSigma {
            for value in channel.data_mut() {
                *value = (*value / FULL_SCALE).clamp(0.0, 1.0);
            }
        }
        channel
    }
}

/// Scales values to 0..1 by their own range, or to all zero when they are flat.
pub(crate) fn stretch(map: &mut Plane) {
    let low = map.data().iter().copied().fold(f32::INFINITY, f32::min);
    let high = map.data().iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = high - low;
    if range > FLAT {
        map.data_mut().iter_mut().for_each(|value| *value = (*value - low) / range);
    } else {
        map.data_mut().fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_scaled_and_relative_values_are_not() {
        let values = Plane::from_vec(3, 1, vec![0.0, 1.0, 5.0]).unwrap();
        let estimate = Estimate { values, unit: Unit::BlurSigma, confidence: None };
        assert_eq!(estimate.into_channel().data(), [0.0, 0.25, 1.0]);
        let values = Plane::from_vec(2, 1, vec![0.0, 0.75]).unwrap();
        let estimate = Estimate { values, unit: Unit::Relative, confidence: None };
        assert_eq!(estimate.into_channel().data(), [0.0, 0.75]);
    }
}
