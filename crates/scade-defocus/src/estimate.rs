//! The estimate of a method, and its conversion to a channel of the detector.

use scade_image::Plane;

/// Blur that maps to 1 in the channel, in pixels of σ. More than 4 is rare in images of faces, and
/// cannot be distinguished from 4: too little energy is left. Fixed, so that equal values mean equal
/// blur in all images.
pub const FULL_SCALE: f32 = 4.0;

/// A relative map whose values differ by no more than this is flat.
const FLAT: f32 = 1e-8;

/// The unit of the values of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Standard deviation of a Gaussian blur in pixels of the image.
    BlurSigma,
    /// Scaled to 0..1 in each image separately; comparable only within an image.
    Relative,
}

/// The blur of each pixel of an image.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// One value per pixel of the image, in `unit`; never NaN.
    pub values: Plane,
    /// Their unit.
    pub unit: Unit,
    /// Confidence of each pixel, from 0 (the value is filled in from elsewhere) to 1; its scale depends on
    /// the method. `None` if the method has no confidence.
    pub confidence: Option<Plane>,
}

impl Estimate {
    /// The map as a channel of the detector, 0..1: pixels of blur divided by [`FULL_SCALE`], relative
    /// values unchanged.
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
