//! The ranges that the random numbers of a self-blended pair are drawn from.

use scade_settings::{SettingError, Within, require};
use serde::{Deserialize, Serialize};

use crate::Region;

/// Settings of self-blended images. A pair `[least, most]` is the range of a uniform distribution; lengths
/// are in pixels of a crop of 256 × 256.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BlendConfig {
    /// How often each region is replaced.
    pub regions: RegionWeights,
    /// Largest relative change of the size of the region, along each axis.
    pub region_scale: f64,
    /// Largest shift of the region, in distances of the eyes.
    pub region_shift: f64,
    /// Largest deformation of the region's outline.
    pub outline_deformation: [f64; 2],
    /// σ of the soft border.
    pub seam: [f64; 2],
    /// Opacities of the source, each equally often; 1 where nothing of the target remains.
    pub opacities: Vec<f64>,
    /// Probability of each kind of color change: channels, hue and saturation, brightness and contrast.
    pub color_prob: f64,
    /// Largest shift of each channel, in gray levels.
    pub channel_shift: f64,
    /// Largest turn of the hue, in degrees.
    pub hue: f64,
    /// Largest relative change of the saturation.
    pub saturation: f64,
    /// Largest relative change of the brightness.
    pub brightness: f64,
    /// Largest relative change of the contrast.
    pub contrast: f64,
    /// Probability that the detail of one of the sides is changed.
    pub detail_prob: f64,
    /// How often the source, rather than the target, is the side that is changed. Other values than 0.5
    /// teach that, for example, the softer side is the forgery.
    pub source_share: f64,
    /// σ of a blur.
    pub blur: [f64; 2],
    /// Size of a reduction before the enlargement, relative to the crop.
    pub resample: [f64; 2],
    /// Amount of unsharp masking.
    pub sharpen: [f64; 2],
    /// σ of unsharp masking.
    pub sharpen_sigma: [f64; 2],
    /// Quality of JPEG compression.
    pub jpeg_quality: [f64; 2],
    /// σ of noise, in gray levels.
    pub noise: [f64; 2],
    /// Largest rotation of the source, in degrees.
    pub rotation: f64,
    /// Largest relative change of the source's size.
    pub zoom: f64,
    /// Largest shift of the source, relative to the crop.
    pub shift: f64,
    /// Probability of an elastic deformation of the source.
    pub deformation_prob: f64,
    /// Largest deformation.
    pub deformation: [f64; 2],
}

/// Relative frequencies of the regions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RegionWeights {
    /// From the brows to the chin.
    pub face: f64,
    /// From the hairline to the chin.
    pub face_and_forehead: f64,
    /// Brows, eyes, nose and mouth.
    pub inner: f64,
    /// From below the eyes to the chin.
    pub lower: f64,
    /// The mouth.
    pub mouth: f64,
    /// Brows and eyes.
    pub eyes: f64,
}

impl RegionWeights {
    /// The weight of each region.
    #[must_use]
    pub fn all(&self) -> [(Region, f64); 6] {
        [
            (Region::Face, self.face),
            (Region::FaceAndForehead, self.face_and_forehead),
            (Region::Inner, self.inner),
            (Region::Lower, self.lower),
            (Region::Mouth, self.mouth),
            (Region::Eyes, self.eyes),
        ]
    }
}

impl Default for RegionWeights {
    fn default() -> Self {
        Self { face: 0.5, face_and_forehead: 0.2, inner: 0.1, lower: 0.1, mouth: 0.06, eyes: 0.04 }
    }
}

impl Default for BlendConfig {
    fn default() -> Self {
        Self {
            regions: RegionWeights::default(),
            region_scale: 0.12,
            region_shift: 0.06,
            outline_deformation: [1.0, 9.0],
            seam: [0.6, 6.0],
            opacities: vec![0.75, 1.0, 1.0, 1.0],
            color_prob: 0.6,
            channel_shift: 20.0,
            hue: 12.0,
            saturation: 0.3,
            brightness: 0.12,
            contrast: 0.15,
            detail_prob: 0.9,
            source_share: 0.5,
            blur: [0.4, 1.6],
            resample: [0.3, 0.85],
            sharpen: [0.3, 1.2],
            sharpen_sigma: [0.7, 1.6],
            jpeg_quality: [30.0, 80.0],
            noise: [1.0, 6.0],
            rotation: 2.0,
            zoom: 0.05,
            shift: 0.024,
            deformation_prob: 0.5,
            deformation: [0.5, 4.0],
        }
    }
}

impl BlendConfig {
    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validate(&self) -> Result<(), SettingError> {
        self.regions.validate().within("regions")?;
        for (setting, value, most, expected) in [
            ("region_scale", self.region_scale, 0.9, "0..=0.9"),
            ("region_shift", self.region_shift, 2.0, "0..=2 distances of the eyes"),
            ("color_prob", self.color_prob, 1.0, "0..=1"),
            ("channel_shift", self.channel_shift, 255.0, "0..=255 gray levels"),
            ("hue", self.hue, 180.0, "0..=180 degrees"),
            ("saturation", self.saturation, 1.0, "0..=1"),
            ("brightness", self.brightness, 1.0, "0..=1"),
            ("contrast", self.contrast, 1.0, "0..=1"),
            ("detail_prob", self.detail_prob, 1.0, "0..=1"),
            ("source_share", self.source_share, 1.0, "0..=1"),
            ("rotation", self.rotation, 180.0, "0..=180 degrees"),
            ("zoom", self.zoom, 0.9, "0..=0.9"),
            ("shift", self.shift, 1.0, "0..=1"),
            ("deformation_prob", self.deformation_prob, 1.0, "0..=1"),
        ] {
            require((0.0..=most).contains(&value), setting, expected, value)?;
        }
        for (setting, range, [least, most], expected) in [
            ("outline_deformation", self.outline_deformation, [0.0, 64.0], "a range within 0..=64"),
            ("seam", self.seam, [0.3, 40.0], "a range within 0.3..=40 pixels"),
            ("blur", self.blur, [0.1, 20.0], "a range within 0.1..=20 pixels"),
            ("resample", self.resample, [0.05, 1.0], "a range within 0.05..=1"),
            ("sharpen", self.sharpen, [0.0, 10.0], "a range within 0..=10"),
            ("sharpen_sigma", self.sharpen_sigma, [0.1, 20.0], "a range within 0.1..=20 pixels"),
            ("jpeg_quality", self.jpeg_quality, [1.0, 100.0], "a range within 1..=100"),
            ("noise", self.noise, [0.0, 255.0], "a range within 0..=255 gray levels"),
            ("deformation", self.deformation, [0.0, 64.0], "a range within 0..=64 pixels"),
        ] {
            let holds = least <= range[0] && range[0] <= range[1] && range[1] <= most;
            require(holds, setting, expected, format!("{range:?}"))?;
        }
        let sound = |opacity: &f64| *opacity > 0.0 && *opacity <= 1.0;
        let holds = !self.opacities.is_empty() && self.opacities.iter().all(sound);
        require(
            holds,
            "opacities",
            "a list of values above 0, up to 1",
            format!("{:?}", self.opacities),
        )
    }
}

impl RegionWeights {
    fn validate(&self) -> Result<(), SettingError> {
        let weights = self.all().map(|(_, weight)| weight);
        let holds = weights.iter().all(|weight| *weight >= 0.0 && weight.is_finite());
        let holds = holds && weights.iter().sum::<f64>() > 0.0;
        require(
            holds,
            "face",
            "a weight of at least 0, as the others, not all 0",
            format!("{weights:?}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_values_out_of_range_are_named() {
        BlendConfig::default().validate().unwrap();
        let text = |config: BlendConfig| config.validate().unwrap_err().to_string();
        let config = BlendConfig { seam: [6.0, 0.6], ..BlendConfig::default() };
        assert_eq!(text(config), "seam must be a range within 0.3..=40 pixels, got [6.0, 0.6]");
        let config = BlendConfig { opacities: Vec::new(), ..BlendConfig::default() };
        assert!(text(config).starts_with("opacities must be"));
        let config = BlendConfig { source_share: f64::NAN, ..BlendConfig::default() };
        assert!(text(config).starts_with("source_share must be"));
        let none = RegionWeights {
            face: 0.0,
            face_and_forehead: 0.0,
            inner: 0.0,
            lower: 0.0,
            mouth: 0.0,
            eyes: 0.0,
        };
        let config = BlendConfig { regions: none, ..BlendConfig::default() };
        assert!(text(config).starts_with("regions.face must be"));
    }
}
