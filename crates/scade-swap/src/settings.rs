//! Everything that a set depends on, apart from its photographs.

use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

/// Settings of a set: with the same photographs, equal settings give equal images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SwapSettings {
    /// Version of this crate; the images may change with it.
    pub version: String,
    /// Largest number of targets; `None` for each photograph that has a partner.
    pub pairs: Option<u32>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Constant rate factors of the clips, 0 to 51; one folder for each. Without any, only stills are made.
    pub crf: Vec<u32>,
    /// Frames per clip, 1 to 10,000.
    pub frames: u32,
    /// Frames per second, 1 to 1000.
    pub fps: u32,
    /// Largest height of clips and stills in pixels, 64 to 2160; the width is at most twice that. Larger
    /// photographs are reduced.
    pub height: u32,
    /// Least score of a face, 0 to 1.
    pub min_score: f32,
    /// Least distance of the eyes in pixels, after reduction; 16 to 1000.
    pub min_eyes: f32,
}

impl Default for SwapSettings {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pairs: None,
            seed: 1,
            crf: Vec::new(),
            frames: 16,
            fps: 25,
            height: 640,
            min_score: 0.95,
            min_eyes: 40.0,
        }
    }
}

impl SwapSettings {
    /// Checks every setting.
    ///
    /// # Errors
    /// Names the first setting that is out of range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let shown = |pairs: Option<u32>| pairs.unwrap_or_default();
        require(self.pairs != Some(0), "pairs", "at least 1", shown(self.pairs))?;
        let sound = self.crf.iter().all(|crf| *crf <= 51)
            && self.crf.iter().enumerate().all(|(i, crf)| !self.crf[..i].contains(crf));
        require(sound, "crf", "different values from 0 to 51", format!("{:?}", self.crf))?;
        require((1..=10_000).contains(&self.frames), "frames", "1 to 10000", self.frames)?;
        require((1..=1000).contains(&self.fps), "fps", "1 to 1000", self.fps)?;
        require((64..=2160).contains(&self.height), "height", "64 to 2160", self.height)?;
        require((0.0..=1.0).contains(&self.min_score), "min_score", "0 to 1", self.min_score)?;
        let eyes = (16.0..=1000.0).contains(&self.min_eyes);
        require(eyes, "min_eyes", "16 to 1000 pixels", self.min_eyes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_valid_and_values_out_of_range_are_named() {
        SwapSettings::default().validate().unwrap();
        let path = |change: fn(&mut SwapSettings)| {
            let mut settings = SwapSettings::default();
            change(&mut settings);
            settings.validate().unwrap_err().path
        };
        assert_eq!(path(|s| s.pairs = Some(0)), "pairs");
        assert_eq!(path(|s| s.crf = vec![23, 52]), "crf");
        assert_eq!(path(|s| s.crf = vec![23, 23]), "crf");
        assert_eq!(path(|s| s.frames = 0), "frames");
        assert_eq!(path(|s| s.fps = 1001), "fps");
        assert_eq!(path(|s| s.height = 63), "height");
        assert_eq!(path(|s| s.min_score = f32::NAN), "min_score");
        assert_eq!(path(|s| s.min_eyes = 0.0), "min_eyes");
    }
}
