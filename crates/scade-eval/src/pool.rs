//! From the frames of a video to one score for it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::InputError;
use crate::scores::check_probability;

/// What makes a video one video.
///
/// A name alone does not: in FaceForensics++ `000_003` is the name of a clip in each of four
/// methods, and pooling by it would merge them into one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct VideoKey<'a> {
    /// Everything that keeps two videos of the same name apart: data set, label, method …,
    /// for example `fake/Face2Face`.
    pub group: &'a str,
    /// Name of the video within its group.
    pub video: &'a str,
}

/// The score of one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameScore<'a> {
    /// The video it was taken from.
    pub key: VideoKey<'a>,
    /// Label of the video.
    pub fake: bool,
    /// Probability of fake, 0..=1.
    pub score: f64,
}

/// The score of one video.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VideoScore<'a> {
    /// Which video.
    pub key: VideoKey<'a>,
    /// Its label.
    pub fake: bool,
    /// Mean of the scores of its frames, 0..=1.
    pub score: f64,
    /// Number of frames it was pooled from; at least 1.
    pub n_frames: usize,
}

/// Averages the frames of each video. The videos come in the order of their keys, whatever the
/// order of the frames.
///
/// # Errors
/// [`InputError::Empty`], [`InputError::NotAProbability`] for the first such frame, or
/// [`InputError::MixedLabels`] when two videos with different labels share a key.
pub fn pool_mean<'a>(frames: &[FrameScore<'a>]) -> Result<Vec<VideoScore<'a>>, InputError> {
    if frames.is_empty() {
        return Err(InputError::Empty);
    }
    let mut videos: BTreeMap<VideoKey<'a>, VideoScore<'a>> = BTreeMap::new();
    for (index, &FrameScore { key, fake, score }) in frames.iter().enumerate() {
        check_probability(index, score)?;
        let video = videos.entry(key).or_insert(VideoScore { key, fake, score: 0.0, n_frames: 0 });
        if video.fake != fake {
            let (group, video) = (key.group.to_owned(), key.video.to_owned());
            return Err(InputError::MixedLabels { group, video });
        }
        // The sum, until the number of frames is known.
        video.score += score;
        video.n_frames += 1;
    }
    let mean =
        |video: VideoScore<'a>| VideoScore { score: video.score / video.n_frames as f64, ..video };
    Ok(videos.into_values().map(mean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(group: &'static str, video: &'static str, score: f64) -> FrameScore<'static> {
        FrameScore { key: VideoKey { group, video }, fake: group.starts_with("fake"), score }
    }

    #[test]
    fn one_name_in_two_groups_is_two_videos() {
        let frames = [
            frame("fake/NeuralTextures", "000_003", 1.0),
            frame("fake/Face2Face", "000_003", 0.25),
            frame("real", "000", 0.125),
            frame("fake/Face2Face", "000_003", 0.75),
        ];
        let videos = pool_mean(&frames).unwrap();
        let got: Vec<_> = videos
            .iter()
            .map(|v| (v.key.group, v.key.video, v.fake, v.score, v.n_frames))
            .collect();
        assert_eq!(
            got,
            [
                ("fake/Face2Face", "000_003", true, 0.5, 2),
                ("fake/NeuralTextures", "000_003", true, 1.0, 1),
                ("real", "000", false, 0.125, 1),
            ]
        );
    }

    #[test]
    fn bad_frames_are_errors() {
        assert_eq!(pool_mean(&[]), Err(InputError::Empty));
        let nan = [frame("real", "a", 0.5), frame("real", "a", f64::NAN)];
        assert!(matches!(pool_mean(&nan), Err(InputError::NotAProbability { index: 1, .. })));
        let mut mixed = [frame("x", "a", 0.5), frame("x", "a", 0.5)];
        mixed[1].fake = true;
        let error = pool_mean(&mixed).unwrap_err();
        assert_eq!(error, InputError::MixedLabels { group: "x".into(), video: "a".into() });
    }

    #[test]
    fn a_mean_of_certain_frames_stays_a_probability() {
        let frames = vec![frame("fake", "a", 1.0); 1_000_003];
        assert_eq!(pool_mean(&frames).unwrap()[0].score, 1.0);
    }
}
