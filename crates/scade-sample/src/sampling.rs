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
#[derive(Debug, Clone, Copy, PartialEq)]
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
        /// How dense they are at most.
        pace: Pace,
    },
}

/// How far apart sampled frames are at least.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Pace {
    /// Every frame may be sampled.
    #[default]
    Any,
    /// Every n-th frame may be; 0 counts as 1.
    Every(u64),
    /// So many frames per second may be. In a video without a rate it is every frame.
    PerSecond(f64),
}

impl Pace {
    /// The distance between frames in a video with so many frames per second; 0 where that is unknown.
    fn distance(self, fps: f64) -> u64 {
        match self {
            Self::Any => 1,
            Self::Every(every) => every.max(1),
            // A cast saturates; a rate of 0 is one frame of the video.
            Self::PerSecond(rate) => (fps / rate.max(0.0)).round().max(1.0) as u64,
        }
    }
}

impl Frames {
    /// The selection for a video of `count` frames at `fps` frames per second, 0 where that is unknown.
    pub(crate) fn of(self, count: u64, fps: f64) -> Selection {
        match self {
            Self::Stride { every, max } => Selection { every, max: Some(max) },
            Self::Spread { max, pace } => {
                let max = max.max(1);
                let every = count.div_ceil(max).max(pace.distance(fps));
                Selection { every, max: Some(max) }
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
            let selection = Frames::Spread { max, pace: Pace::Any }.of(count, 25.0);
            assert_eq!(selection, Selection { every, max: Some(max.max(1)) }, "{count} {max}");
        }
        let stride = Frames::from(FrameSampling::default()).of(7, 25.0);
        assert_eq!(stride, Selection { every: 10, max: Some(100) });
    }

    #[test]
    fn a_pace_makes_a_spread_sparser_and_never_denser() {
        let every = |pace, fps| Frames::Spread { max: 10, pace }.of(100, fps).every;
        assert_eq!(every(Pace::Every(25), 30.0), 25);
        assert_eq!(every(Pace::Every(3), 30.0), 10);
        assert_eq!(every(Pace::PerSecond(1.0), 29.97), 30);
        assert_eq!(every(Pace::PerSecond(2.0), 29.97), 15);
        assert_eq!(every(Pace::PerSecond(2.0), 0.0), 10);
        assert_eq!(every(Pace::PerSecond(0.0), 30.0), u64::MAX);
        assert_eq!(every(Pace::PerSecond(f64::NAN), 30.0), u64::MAX);
    }
}
