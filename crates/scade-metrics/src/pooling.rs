//! The pooling rule: from the scores of the faces in a video to one score for the video.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// How the scores of a video's faces become its score, in training, evaluation and inference:
/// a model bundle stores it, so that validation reports the score that inference prints.
///
/// Items are pairs of a track (the number of a person followed through the video; `None` where faces
/// are not tracked) and a score (probability of fake, 0..=1). For finite scores the result is between
/// their minimum and maximum, up to rounding.
///
/// In files: `"mean"`, `"median"`, `{"top-k": {"k": 3}}`, `"max-of-tracks"`,
/// `{"max-of-long-tracks": {"least": 3}}`.
///
/// # Rounding
/// Sums are taken in the order of the items, in double precision. The same items in the same order
/// give the same bits; in another order the means of [`Pooling::Mean`] and of tracks may differ by rounding, at most `n · 2⁻⁵³` relative for n items. [`Pooling::Median`] and [`Pooling::TopK`]
/// sort first, and do not depend on the order at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Pooling {
    /// The mean over all faces of all people.
    Mean,
    /// The median over all faces; for an even number, the mean of the middle two.
    Median,
    /// The mean of the `k` highest scores, or of all if there are fewer.
    TopK {
        /// Number of scores, at least 1.
        k: NonZeroUsize,
    },
    /// The maximum over tracks of the mean score of each track. Without any track it is the mean over all
    /// faces. If only some faces have a track, the others are ignored.
    MaxOfTracks,
    /// As [`Pooling::MaxOfTracks`] over the tracks of at least `least` faces, so that a false alarm of the face
    /// detector in one frame does not decide. Where no track is so long, the mean over all faces.
    MaxOfLongTracks {
        /// Number of faces, at least 1.
        least: NonZeroUsize,
    },
}

impl Default for Pooling {
    /// [`Pooling::MaxOfLongTracks`] of three faces.
    fn default() -> Self {
        Self::MaxOfLongTracks { least: NonZeroUsize::MIN.saturating_add(2) }
    }
}

/// The score of one track.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrackScore {
    /// Number of the person followed through the video.
    pub track: usize,
    /// The pooled score of its faces, 0..=1; see [`Pooling::tracks`].
    pub score: f64,
    /// Number of faces it was pooled from; at least 1.
    pub n_faces: usize,
}

impl Pooling {
    /// The score of a video, from (track, score) of each of its faces; `None` without a face.
    ///
    /// ```
    /// use scade_metrics::Pooling;
    ///
    /// // Person 0 twice, person 1 once.
    /// let faces = [(Some(0), 0.25), (Some(1), 0.75), (Some(0), 0.5)];
    /// assert_eq!(Pooling::MaxOfTracks.pool(faces), Some(0.75));
    /// assert_eq!(Pooling::Mean.pool(faces), Some(0.5));
    /// ```
    #[must_use]
    pub fn pool(&self, items: impl IntoIterator<Item = (Option<usize>, f64)>) -> Option<f64> {
        let items: Vec<_> = items.into_iter().collect();
        if let Some(least) = self.least_faces() {
            let tracks = self.tracks(items.iter().copied()).into_iter();
            let long = tracks.filter(|track| track.n_faces >= least);
            if let Some(most) = long.map(|track| track.score).max_by(f64::total_cmp) {
                return Some(most);
            }
        }
        self.pool_scores(items.into_iter().map(|(_, score)| score).collect())
    }

    /// Faces of a track that may decide alone, where the rule has such tracks.
    #[must_use]
    pub fn least_faces(&self) -> Option<usize> {
        match self {
            Self::Mean | Self::Median | Self::TopK { .. } => None,
            Self::MaxOfTracks => Some(1),
            Self::MaxOfLongTracks { least } => Some(least.get()),
        }
    }

    /// The score of each track, by its number: the rule applied to the faces of that track only. Faces
    /// without a track are ignored.
    #[must_use]
    pub fn tracks(&self, items: impl IntoIterator<Item = (Option<usize>, f64)>) -> Vec<TrackScore> {
        let mut tracks = BTreeMap::<usize, Vec<f64>>::new();
        for (track, score) in items {
            if let Some(track) = track {
                tracks.entry(track).or_default().push(score);
            }
        }
        let pooled = |(track, scores): (usize, Vec<f64>)| {
            let n_faces = scores.len();
            Some(TrackScore { track, score: self.pool_scores(scores)?, n_faces })
        };
        tracks.into_iter().filter_map(pooled).collect()
    }

    /// Applies the rule to the scores of one track or video. A new rule is implemented here.
    fn pool_scores(&self, mut scores: Vec<f64>) -> Option<f64> {
        match self {
            Self::Mean | Self::MaxOfTracks | Self::MaxOfLongTracks { .. } => mean(&scores),
            Self::Median => {
                scores.sort_unstable_by(f64::total_cmp);
                let n = scores.len();
                mean(scores.get(n.saturating_sub(1) / 2..=n / 2)?)
            }
            Self::TopK { k } => {
                scores.sort_unstable_by(|a, b| b.total_cmp(a));
                mean(&scores[..k.get().min(scores.len())])
            }
        }
    }
}

impl fmt::Display for Pooling {
    /// The name in files, with its parameter: `mean`, `top-k (k = 3)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mean => f.pad("mean"),
            Self::Median => f.pad("median"),
            Self::TopK { k } => f.pad(&format!("top-k (k = {k})")),
            Self::MaxOfTracks => f.pad("max-of-tracks"),
            Self::MaxOfLongTracks { least } => {
                f.pad(&format!("max-of-long-tracks (least = {least})"))
            }
        }
    }
}

fn mean(scores: &[f64]) -> Option<f64> {
    (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    type Item = (Option<usize>, f64);

    fn top(k: usize) -> Pooling {
        Pooling::TopK { k: NonZeroUsize::new(k).unwrap() }
    }

    fn long(least: usize) -> Pooling {
        Pooling::MaxOfLongTracks { least: NonZeroUsize::new(least).unwrap() }
    }

    fn rules() -> [Pooling; 8] {
        let [one, three, all] = [1, 3, 1000].map(top);
        [Pooling::Mean, Pooling::Median, one, three, all, Pooling::MaxOfTracks, long(3), long(20)]
    }

    /// Reference implementation: each rule from its definition, independent of the code above.
    fn reference(rule: Pooling, items: &[Item]) -> f64 {
        let mean = |scores: &[f64]| {
            let mut sum = 0.0;
            for score in scores {
                sum += score;
            }
            sum / scores.len() as f64
        };
        let mut all: Vec<f64> = items.iter().map(|item| item.1).collect();
        match rule {
            Pooling::Mean => mean(&all),
            Pooling::Median => {
                all.sort_by(f64::total_cmp);
                let middle = all.len() / 2;
                if all.len() % 2 == 1 { all[middle] } else { (all[middle - 1] + all[middle]) / 2.0 }
            }
            Pooling::TopK { k } => {
                let mut chosen = Vec::new();
                while chosen.len() < k.get() && !all.is_empty() {
                    let highest = (0..all.len()).max_by(|&a, &b| all[a].total_cmp(&all[b]));
                    chosen.push(all.remove(highest.unwrap()));
                }
                mean(&chosen)
            }
            Pooling::MaxOfTracks | Pooling::MaxOfLongTracks { .. } => {
                let least =
                    if let Pooling::MaxOfLongTracks { least } = rule { least.get() } else { 1 };
                let mut most = f64::NEG_INFINITY;
                for number in 0..10 {
                    let of_track = items.iter().filter(|item| item.0 == Some(number));
                    let scores: Vec<f64> = of_track.map(|item| item.1).collect();
                    if scores.len() >= least {
                        most = most.max(mean(&scores));
                    }
                }
                if most.is_finite() { most } else { mean(&all) }
            }
        }
    }

    fn random_items(rng: &mut ChaCha8Rng) -> Vec<Item> {
        let people = rng.random_range(0..5_usize);
        let faces = rng.random_range(1..40);
        let track = |rng: &mut ChaCha8Rng| (people > 0).then(|| rng.random_range(0..people));
        (0..faces).map(|_| (track(rng), rng.random())).collect()
    }

    #[test]
    fn every_rule_agrees_with_its_definition_on_videos_of_several_people() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        for _ in 0..500 {
            let items = random_items(&mut rng);
            for rule in rules() {
                let got = rule.pool(items.iter().copied()).unwrap();
                // Bit-identical where the order of the sum is the same.
                let same_order = !matches!(rule, Pooling::Median | Pooling::TopK { .. });
                let tolerance = if same_order { 0.0 } else { 1e-15 };
                let expected = reference(rule, &items);
                assert!((got - expected).abs() <= tolerance, "{rule}: {got}, {expected}");
            }
        }
    }

    #[test]
    fn the_order_of_the_faces_changes_no_more_than_rounding() {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        for _ in 0..200 {
            let items = random_items(&mut rng);
            for rule in rules() {
                let forward = rule.pool(items.iter().copied()).unwrap();
                let backward = rule.pool(items.iter().rev().copied()).unwrap();
                let sorts = matches!(rule, Pooling::Median | Pooling::TopK { .. });
                let most = if sorts { 0.0 } else { items.len() as f64 * f64::EPSILON };
                assert!((forward - backward).abs() <= most, "{rule}: {forward}, {backward}");
            }
        }
    }

    #[test]
    fn a_track_is_scored_by_the_rule_over_its_own_faces() {
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        for _ in 0..100 {
            let items = random_items(&mut rng);
            for rule in rules() {
                let tracks = rule.tracks(items.iter().copied());
                let numbers: std::collections::BTreeSet<_> =
                    items.iter().filter_map(|item| item.0).collect();
                assert!(tracks.iter().map(|track| track.track).eq(numbers));
                for track in tracks {
                    let own = items.iter().filter(|item| item.0 == Some(track.track));
                    assert_eq!(track.n_faces, own.clone().count());
                    let of_its_own = match rule {
                        Pooling::MaxOfLongTracks { .. } => Pooling::MaxOfTracks,
                        rule => rule,
                    };
                    assert_eq!(Some(track.score), of_its_own.pool(own.copied()));
                }
            }
        }
    }

    #[test]
    fn only_tracks_find_one_forged_person_among_real_ones() {
        let mut items = vec![(Some(0), 0.125); 9];
        items.push((Some(1), 0.875));
        assert_eq!(Pooling::MaxOfTracks.pool(items.iter().copied()), Some(0.875));
        // One face may be a false alarm; three are a person.
        assert_eq!(Pooling::default(), long(3));
        assert_eq!(long(3).pool(items.iter().copied()), Some(0.125));
        let three = [items.clone(), vec![(Some(1), 0.875); 2]].concat();
        assert_eq!(long(3).pool(three), Some(0.875));
        assert_eq!(long(10).pool(items.iter().copied()), Some(0.2));
        assert_eq!(Pooling::Mean.pool(items.iter().copied()), Some(0.2));
        assert_eq!(Pooling::Median.pool(items), Some(0.125));
    }

    #[test]
    fn faces_without_a_track_count_only_where_no_face_has_one() {
        let mixed = [(None, 1.0), (Some(3), 0.25), (Some(3), 0.5)];
        assert_eq!(Pooling::MaxOfTracks.pool(mixed), Some(0.375));
        assert_eq!(Pooling::MaxOfTracks.pool([(None, 0.25), (None, 0.5)]), Some(0.375));
        assert_eq!(Pooling::MaxOfTracks.tracks([(None, 0.25)]), []);
    }

    #[test]
    fn no_face_has_no_score() {
        for rule in rules() {
            assert_eq!(rule.pool([]), None);
            assert_eq!(rule.tracks([]), []);
        }
    }

    #[test]
    fn pooled_extreme_scores_are_probabilities() {
        for rule in rules() {
            assert_eq!(rule.pool((0..100_003).map(|i| (Some(i % 7), 1.0))), Some(1.0));
        }
    }

    #[test]
    fn names_are_kebab_case_and_round_trip_through_json() {
        let names = [
            (Pooling::Mean, r#""mean""#),
            (Pooling::Median, r#""median""#),
            (top(3), r#"{"top-k":{"k":3}}"#),
            (Pooling::MaxOfTracks, r#""max-of-tracks""#),
            (long(3), r#"{"max-of-long-tracks":{"least":3}}"#),
        ];
        for (rule, name) in names {
            assert_eq!(serde_json::to_string(&rule).unwrap(), name);
            assert_eq!(serde_json::from_str::<Pooling>(name).unwrap(), rule);
        }
        assert!(serde_json::from_str::<Pooling>(r#"{"top-k":{"k":0}}"#).is_err());
    }
}
