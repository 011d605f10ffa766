//! From the faces of many videos to one score per track and per video.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::scores::check_probability;
use crate::{InputError, Pooling};

/// The identity of a video.
///
/// The name is not unique: in FaceForensics++ `000_003` is the name of a clip in each of four methods, and
/// pooling by name would merge them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct VideoKey<'a> {
    /// Distinguishes videos of the same name by dataset, label, method …,
    /// for example `fake/Face2Face`.
    pub group: &'a str,
    /// Name of the video within its group.
    pub video: &'a str,
}

/// The score of one face in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrameScore<'a> {
    /// The video it was taken from.
    pub key: VideoKey<'a>,
    /// Number of the person in that video; `None` where faces are not tracked.
    pub track: Option<usize>,
    /// Label of the video.
    pub fake: bool,
    /// Probability of fake, 0..=1.
    pub score: f64,
}

/// The score of one video.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct VideoScore<'a> {
    /// The video.
    pub key: VideoKey<'a>,
    /// Label of the video.
    pub fake: bool,
    /// Pooled score of its faces, 0..=1.
    pub score: f64,
    /// Number of faces it was pooled from; at least 1.
    pub n_frames: usize,
}

/// Pools the faces of each video with `pooling`, in input order. The result is sorted by the videos' keys.
///
/// # Errors
/// [`InputError::Empty`], [`InputError::NotAProbability`] for the first such face, or
/// [`InputError::MixedLabels`] when two videos with different labels have the same key.
pub fn pool_videos<'a>(
    frames: &[FrameScore<'a>],
    pooling: &Pooling,
) -> Result<Vec<VideoScore<'a>>, InputError> {
    let scored = |(key, video): (VideoKey<'a>, Video)| {
        let score = pooling.pool(video.faces.iter().copied())?;
        Some(VideoScore { key, fake: video.fake, score, n_frames: video.faces.len() })
    };
    Ok(group(frames)?.into_iter().filter_map(scored).collect())
}

/// One video: its label, and track and score of each of its faces, at least one.
pub(crate) struct Video {
    pub(crate) fake: bool,
    pub(crate) faces: Vec<(Option<usize>, f64)>,
}

impl Video {
    /// Score of each person in the video. Faces without a track count as one more person; in a dataset with
    /// one face per frame that is the only one.
    pub(crate) fn people(&self, pooling: &Pooling) -> Vec<f64> {
        let tracks = pooling.tracks(self.faces.iter().copied());
        let untracked = self.faces.iter().copied().filter(|(track, _)| track.is_none());
        tracks.iter().map(|track| track.score).chain(pooling.pool(untracked)).collect()
    }
}

/// Validates the scores and groups them by video. Errors as in [`pool_videos`].
pub(crate) fn group<'a>(
    frames: &[FrameScore<'a>],
) -> Result<BTreeMap<VideoKey<'a>, Video>, InputError> {
    if frames.is_empty() {
        return Err(InputError::Empty);
    }
    let mut videos = BTreeMap::new();
    for (index, &FrameScore { key, track, fake, score }) in frames.iter().enumerate() {
        check_probability(index, score)?;
        let video = videos.entry(key).or_insert(Video { fake, faces: Vec::new() });
        if video.fake != fake {
            let (group, video) = (key.group.to_owned(), key.video.to_owned());
            return Err(InputError::MixedLabels { group, video });
        }
        video.faces.push((track, score));
    }
    Ok(videos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(group: &'static str, video: &'static str, score: f64) -> FrameScore<'static> {
        let key = VideoKey { group, video };
        FrameScore { key, track: None, fake: group.starts_with("fake"), score }
    }

    #[test]
    fn one_name_in_two_groups_is_two_videos() {
        let frames = [
            frame("fake/NeuralTextures", "000_003", 1.0),
            frame("fake/Face2Face", "000_003", 0.25),
            frame("real", "000", 0.125),
            frame("fake/Face2Face", "000_003", 0.75),
        ];
        let videos = pool_videos(&frames, &Pooling::default()).unwrap();
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
        assert_eq!(pool_videos(&[], &Pooling::default()), Err(InputError::Empty));
        let nan = [frame("real", "a", 0.5), frame("real", "a", f64::NAN)];
        assert!(matches!(
            pool_videos(&nan, &Pooling::default()),
            Err(InputError::NotAProbability { index: 1, .. })
        ));
        let mut mixed = [frame("x", "a", 0.5), frame("x", "a", 0.5)];
        mixed[1].fake = true;
        let error = pool_videos(&mixed, &Pooling::default()).unwrap_err();
        assert_eq!(error, InputError::MixedLabels { group: "x".into(), video: "a".into() });
    }

    #[test]
    fn people_are_the_tracks_and_the_faces_without_one() {
        let mut frames = ["a"; 4].map(|video| frame("real", video, 0.5));
        for (frame, (track, score)) in
            frames.iter_mut().zip([(Some(1), 0.25), (None, 0.5), (Some(0), 0.75), (Some(1), 0.75)])
        {
            (frame.track, frame.score) = (track, score);
        }
        let videos = group(&frames).unwrap();
        let people = |frames| group(frames).unwrap()[&frames[0].key].people(&Pooling::MaxOfTracks);
        assert_eq!(videos.len(), 1);
        assert_eq!(people(&frames), [0.75, 0.5, 0.5]);
        assert_eq!(people(&frames[1..2]), [0.5]);
    }
}
