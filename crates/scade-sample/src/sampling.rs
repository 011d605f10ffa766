//! Which frames of a video are looked at.

use scade_video::Selection;
use serde::{Deserialize, Serialize};

/// The frames that preprocessing samples: 0, `every`, 2·`every` ….
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FrameSampling {
    /// Distance between sampled frames, at least 1.
    pub every: u64,
    /// Maximum number of sampled frames per video, at least 1.
    pub max: u64,
    /// Videos with fewer sampled frames are skipped; images, of one frame each, are not.
    pub min: u64,
}

impl Default for FrameSampling {
    fn default() -> Self {
        Self { every: 10, max: 100, min: 10 }
    }
}

/// The frames of one video that a [`crate::FrameQueue`] delivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    /// Frames 0, `every`, 2·`every` …, at most `max`.
    Stride {
        /// Distance between frames; 0 counts as 1.
        every: u64,
        /// Maximum number of frames.
        max: u64,
    },
    /// At most `max` frames, spread evenly over the whole video, so that an edit near its end is seen.
    Spread {
        /// Maximum number of frames; 0 counts as 1.
        max: u64,
    },
}

impl Frames {
    /// The selection for a video of `count` frames.
    pub(crate) fn of(self, count: u64) -> Selection {
        match self {
            Self::Stride { every, max } => Selection { every, max: Some(max) },
            Self::Spread { max } => {
                let max = max.max(1);
                Selection { every: count.div_ceil(max).max(1), max: Some(max) }
            }
        }
    }
}

impl From<FrameSampling> for Frames {
    fn from(sampling: FrameSampling) -> Self {
        Self::Stride { every: sampling.every, max: sampling.max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_covers_the_whole_video() {
        for (count, max, every) in [(100, 10, 10), (101, 10, 11), (5, 10, 1), (0, 10, 1), (7, 0, 7)]
        {
            let selection = Frames::Spread { max }.of(count);
            assert_eq!(selection, Selection { every, max: Some(max.max(1)) }, "{count} {max}");
        }
        let stride = Frames::from(FrameSampling::default()).of(7);
        assert_eq!(stride, Selection { every: 10, max: Some(100) });
    }
}
