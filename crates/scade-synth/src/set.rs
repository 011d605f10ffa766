//! The clips of a set: target and source identities, and file names.
//!
//! Names follow FaceForensics++ (`NNN`, `TTT_SSS`), so that identities can be read from them.

use std::path::PathBuf;

use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::clip::ClipSpec;
use crate::identity::Identity;

/// Everything a set depends on: equal settings give equal images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSettings {
    /// Version of this crate; the rendered images may change with it.
    pub version: String,
    /// Number of persons, even, 2 to 1000. Each is recorded once and forged once.
    pub identities: u32,
    /// Frames per clip, 1 to 100,000.
    pub frames: u32,
    /// Width in pixels, 64 to 4096.
    pub width: u32,
    /// Height in pixels, 64 to 4096.
    pub height: u32,
    /// Frames per second, 1 to 240.
    pub fps: u32,
    /// Random seed.
    pub seed: u64,
    /// See [`ClipSpec::strength`], 0 to 2.
    pub strength: f32,
}

impl Default for SetSettings {
    fn default() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            identities: 12,
            frames: 75,
            width: 480,
            height: 360,
            fps: 25,
            seed: 1,
            strength: 1.0,
        }
    }
}

impl SetSettings {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that is out of its range.
    pub fn validate(&self) -> Result<(), SettingError> {
        let even = self.identities.is_multiple_of(2) && (2..=1000).contains(&self.identities);
        require(even, "identities", "an even number from 2 to 1000", self.identities)?;
        require((1..=100_000).contains(&self.frames), "frames", "1 to 100000", self.frames)?;
        for (side, value) in [("width", self.width), ("height", self.height)] {
            require((64..=4096).contains(&value), side, "64 to 4096", value)?;
        }
        require((1..=240).contains(&self.fps), "fps", "1 to 240", self.fps)?;
        let strength = (0.0..=2.0).contains(&self.strength);
        require(strength, "strength", "a number from 0 to 2", self.strength)
    }

    /// The clips of the set, first all real ones, then all forgeries.
    ///
    /// Persons are paired as in FaceForensics++: 0 with 1, 2 with 3, …; each is the source of the
    /// other's forgery. The forgery of a person shares the recording with the real clip, so that they
    /// differ in the swap alone.
    #[must_use]
    pub fn clips(&self) -> Vec<PlannedClip> {
        let real = (0..self.identities).map(|target| self.clip(target, None));
        let fake = (0..self.identities).map(|target| self.clip(target, Some(target ^ 1)));
        real.chain(fake).collect()
    }

    fn clip(&self, target: u32, source: Option<u32>) -> PlannedClip {
        let person = |number: u32| Identity::new(mixed(self.seed, u64::from(number)));
        let path = match source {
            None => PathBuf::from(format!("real/{target:03}.mp4")),
            Some(source) => PathBuf::from(format!("fake/{target:03}_{source:03}.mp4")),
        };
        let spec = ClipSpec {
            identity: person(target),
            source: source.map(person),
            seed: mixed(self.seed, (1 << 32) + u64::from(target)),
            frames: self.frames,
            width: self.width,
            height: self.height,
            fps: self.fps,
            strength: self.strength,
        };
        PlannedClip { path, spec }
    }
}

/// A clip of a set and its path.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedClip {
    /// Relative to the folder of the set: `real/NNN.mp4`, or `fake/TTT_SSS.mp4` with target and
    /// source.
    pub path: PathBuf,
    /// What it shows.
    pub spec: ClipSpec,
}

/// An independent seed for each number (the finalizer of SplitMix64, Steele et al. 2014).
fn mixed(seed: u64, number: u64) -> u64 {
    let mut z = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_mutual_and_named_after_target_and_source() {
        let settings = SetSettings { identities: 4, ..SetSettings::default() };
        let clips = settings.clips();
        let paths: Vec<_> = clips.iter().map(|clip| clip.path.to_str().unwrap()).collect();
        let expected = [
            "real/000.mp4",
            "real/001.mp4",
            "real/002.mp4",
            "real/003.mp4",
            "fake/000_001.mp4",
            "fake/001_000.mp4",
            "fake/002_003.mp4",
            "fake/003_002.mp4",
        ];
        assert_eq!(paths, expected);
        let (real, fake) = (&clips[2].spec, &clips[6].spec);
        assert_eq!(fake.source.as_ref(), Some(&clips[3].spec.identity));
        assert_eq!(ClipSpec { source: None, ..fake.clone() }, *real);
    }

    #[test]
    fn persons_and_recordings_are_all_different() {
        let seeds = |seed| {
            let clips = SetSettings { seed, ..SetSettings::default() }.clips();
            clips[..12]
                .iter()
                .flat_map(|c| [c.spec.seed, c.spec.identity.seed()])
                .collect::<Vec<_>>()
        };
        let mut all = [seeds(1), seeds(2)].concat();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 48);
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let default = SetSettings::default();
        assert_eq!(default.validate(), Ok(()));
        let wrong = [
            (
                SetSettings { identities: 3, ..default.clone() },
                "identities must be an even number from 2 to 1000, got 3",
            ),
            (
                SetSettings { identities: 0, ..default.clone() },
                "identities must be an even number from 2 to 1000, got 0",
            ),
            (SetSettings { frames: 0, ..default.clone() }, "frames must be 1 to 100000, got 0"),
            (SetSettings { width: 63, ..default.clone() }, "width must be 64 to 4096, got 63"),
            (
                SetSettings { height: 5000, ..default.clone() },
                "height must be 64 to 4096, got 5000",
            ),
            (SetSettings { fps: 0, ..default.clone() }, "fps must be 1 to 240, got 0"),
            (
                SetSettings { strength: f32::NAN, ..default },
                "strength must be a number from 0 to 2, got NaN",
            ),
        ];
        for (settings, text) in wrong {
            let error = settings.validate().unwrap_err().to_string();
            assert_eq!(error, text);
        }
    }
}
