//! Splitting videos into training, validation and test subset.
//!
//! Only videos with faces are split; a dataset may have one class alone. The split depends only on names
//! and seed, not on the order in which a file system lists them.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use scade_settings::{SettingError, require};
use serde::{Deserialize, Serialize};

use crate::identity_split::split_by_identity;
use crate::{Error, Label, Result, Splits, Status, Subset, VideoKey, VideoRecord};

/// What may not be in two subsets of a split.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SplitRule {
    /// No video in two subsets, as in SCADE-Net: actors, scenes and a fake's source clip are shared.
    Video,
    /// No identity and no source clip in two subsets.
    #[default]
    Identity,
    /// The official split of the dataset, as recorded in [`VideoRecord::part`].
    Official,
}

/// Ratio of each class that is held out; the rest is for training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SplitRatios {
    /// For validation, 0..1; 0.15 in SCADE-Net.
    pub val: f64,
    /// For the test, 0..1; 0.15 in SCADE-Net.
    pub test: f64,
}

impl Default for SplitRatios {
    fn default() -> Self {
        Self { val: 0.15, test: 0.15 }
    }
}

impl SplitRatios {
    /// The ratio of one subset; those of all subsets sum to 1.
    #[must_use]
    pub fn of(&self, part: Subset) -> f64 {
        match part {
            Subset::Train => 1.0 - self.val - self.test,
            Subset::Val => self.val,
            Subset::Test => self.test,
        }
    }

    /// Number of subsets with a ratio above 0.
    fn parts(&self) -> usize {
        Subset::ALL.iter().filter(|part| self.of(**part) > 0.0).count()
    }

    /// Checks that videos remain for training.
    ///
    /// # Errors
    /// Ratios outside their range; the error has both.
    pub fn validate(&self) -> Result<(), SettingError> {
        let holds = self.val >= 0.0 && self.test >= 0.0 && self.val + self.test < 1.0;
        let got = format!("{} and {}", self.val, self.test);
        require(holds, "val and test", "at least 0 and below 1 together", got)
    }
}

/// A split and the videos it excludes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SplitOutcome {
    /// The split.
    pub splits: Splits,
    /// Names of the fakes dropped because their identities are in different subsets; only by
    /// [`SplitRule::Identity`].
    pub dropped_fakes: Vec<String>,
    /// Videos with faces that the official split does not list; only by [`SplitRule::Official`].
    pub unlisted: Vec<VideoKey>,
}

/// Splits the videos with faces among `records`.
///
/// `Video`: per class, a seeded shuffle of the sorted names, then `val` and `test` ratios, rounded, but
/// at least one video each.
///
/// `Identity`: videos with a common person or source clip stay together. Where a subset would be far
/// below its ratio, because nearly all videos are connected through fakes (as in DeepFakeDetection),
/// identities are assigned instead, and fakes across subsets are dropped.
///
/// `Official`: as recorded; ratios and seed are not used, and subsets may lack a class.
///
/// With the other rules a subset with ratio 0 stays empty, and any other gets both classes. A dataset that
/// has one class alone is split by that class; a class whose videos all failed is an error.
///
/// # Errors
/// [`Error::TooFewVideos`] with their number; [`Error::TooFewIdentities`] when no assignment has every
/// class in every subset; [`Error::NoOfficialSplit`] when no video has a recorded subset;
/// [`Error::Setting`] for ratios that leave nothing for training; [`Error::VideoName`].
pub fn split(
    records: &[VideoRecord],
    rule: SplitRule,
    ratios: SplitRatios,
    seed: u64,
) -> Result<SplitOutcome> {
    ratios.validate()?;
    let usable: Vec<_> = records.iter().filter(|r| r.status == Status::Success).collect();
    if rule == SplitRule::Official {
        return official(&usable);
    }
    let keys = usable.iter().map(|record| record.key()).collect::<Result<BTreeSet<_>>>()?;
    let is_there = |label: &Label| records.iter().any(|record| record.label == *label);
    for label in Label::ALL.into_iter().filter(|label| records.is_empty() || is_there(label)) {
        let found = keys.iter().filter(|key| key.label() == label).count();
        let needed = ratios.parts();
        if found < needed {
            return Err(Error::TooFewVideos { label, found, needed });
        }
    }
    match rule {
        SplitRule::Identity => split_by_identity(&usable, ratios, seed),
        _ => Ok(SplitOutcome { splits: split_by_video(&keys, ratios, seed), ..Default::default() }),
    }
}

/// The recorded subsets.
fn official(records: &[&VideoRecord]) -> Result<SplitOutcome> {
    let mut outcome = SplitOutcome::default();
    for record in records {
        match record.part {
            Some(part) => outcome.splits.part_mut(part).push(&record.key()?),
            None => outcome.unlisted.push(record.key()?),
        }
    }
    if outcome.unlisted.len() == records.len() {
        return Err(Error::NoOfficialSplit { videos: records.len() });
    }
    outcome.splits.sort();
    Ok(outcome)
}

fn split_by_video(keys: &BTreeSet<VideoKey>, ratios: SplitRatios, seed: u64) -> Splits {
    let mut splits = Splits::default();
    for label in Label::ALL {
        let mut keys: Vec<_> = keys.iter().filter(|key| key.label() == label).collect();
        // One stream per class: additional fakes do not change the split of real videos.
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(label.index() as u64);
        keys.shuffle(&mut rng);
        let [val, test] = held_out(keys.len(), ratios);
        for (i, key) in keys.iter().enumerate() {
            let part = match i {
                i if i < val => Subset::Val,
                i if i < val + test => Subset::Test,
                _ => Subset::Train,
            };
            splits.part_mut(part).push(key);
        }
    }
    splits.sort();
    splits
}

/// Validation and test videos of `count`: rounded ratios, at least one each, one left for training; none
/// of a class without videos.
fn held_out(count: usize, ratios: SplitRatios) -> [usize; 2] {
    if count == 0 {
        return [0, 0];
    }
    let wanted = |ratio: f64| {
        if ratio > 0.0 { ((count as f64 * ratio).round() as usize).max(1) } else { 0 }
    };
    let least_test = usize::from(ratios.test > 0.0);
    let val = wanted(ratios.val).min(count - 1 - least_test);
    [val, wanted(ratios.test).min(count - 1 - val)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit;

    fn record(label: Label, name: &str) -> VideoRecord {
        VideoRecord::new(&VideoKey::new(label, name).unwrap())
    }

    fn records(real: usize, fake: usize) -> Vec<VideoRecord> {
        let named = |label, count| (0..count).map(move |i| record(label, &format!("clip{i:04}")));
        named(Label::Real, real).chain(named(Label::Fake, fake)).collect()
    }

    fn sizes(splits: &Splits) -> Vec<[usize; 2]> {
        let size = |part: &Subset| Label::ALL.map(|label| splits.part(*part).of(label).len());
        Subset::ALL.iter().map(size).collect()
    }

    fn by_video(records: &[VideoRecord], seed: u64) -> Splits {
        split(records, SplitRule::Video, SplitRatios::default(), seed).unwrap().splits
    }

    #[test]
    fn ratios_hold_per_class_and_every_video_is_in_one_subset() {
        let records = records(40, 200);
        let splits = by_video(&records, 42);
        assert_eq!(sizes(&splits), [[28, 140], [6, 30], [6, 30]]);
        assert!(audit(&records, &splits).shared_videos.is_empty());
        assert_ne!(splits, by_video(&records, 43));
    }

    #[test]
    fn listing_order_repetitions_and_the_other_class_do_not_matter() {
        let straight = records(20, 20);
        let mut shuffled: Vec<_> = straight.iter().rev().cloned().collect();
        shuffled.push(straight[3].clone());
        assert_eq!(by_video(&straight, 42), by_video(&shuffled, 42));
        let real = |splits: Splits| [splits.train.real, splits.val.real, splits.test.real];
        assert_eq!(real(by_video(&straight, 42)), real(by_video(&records(20, 500), 42)));
    }

    #[test]
    fn every_subset_has_both_classes_down_to_three_videos() {
        for count in 3..30 {
            for size in sizes(&by_video(&records(count, count), 42)) {
                assert!(size[0] >= 1 && size[1] >= 1, "{count} videos: {size:?}");
            }
        }
        let heavy = SplitRatios { val: 0.45, test: 0.45 };
        let splits = split(&records(3, 4), SplitRule::Video, heavy, 1).unwrap().splits;
        assert_eq!(sizes(&splits), [[1, 1], [1, 2], [1, 1]]);
        let no_test = SplitRatios { val: 0.5, test: 0.0 };
        let splits = split(&records(2, 2), SplitRule::Video, no_test, 1).unwrap().splits;
        assert_eq!(sizes(&splits), [[1, 1], [1, 1], [0, 0]]);
    }

    #[test]
    fn a_dataset_of_one_class_is_split_by_it() {
        for rule in [SplitRule::Video, SplitRule::Identity] {
            for (real, fake) in [(40, 0), (0, 40), (3, 0)] {
                let records = records(real, fake);
                let outcome = split(&records, rule, SplitRatios::default(), 42).unwrap();
                let size = |part: &[usize; 2]| part[0] + part[1];
                let got: Vec<_> = sizes(&outcome.splits).iter().map(size).collect();
                let expected = if real + fake == 3 { [1, 1, 1] } else { [28, 6, 6] };
                assert_eq!(got, expected, "{rule} {real} {fake}");
                assert!(audit(&records, &outcome.splits).is_clean());
            }
        }
        // Fakes that all failed are not a dataset without fakes.
        let mut failed = records(9, 1);
        failed[9].status = Status::Error;
        let error = split(&failed, SplitRule::Video, SplitRatios::default(), 42).unwrap_err();
        assert!(error.to_string().starts_with("cannot split 0 fake videos"), "{error}");
        let none = split(&[], SplitRule::Identity, SplitRatios::default(), 42);
        assert!(matches!(none, Err(Error::TooFewVideos { found: 0, .. })));
    }

    #[test]
    fn too_few_videos_and_invalid_ratios_are_errors() {
        let mut few = records(3, 3);
        few[0].status = Status::Skipped;
        for rule in [SplitRule::Video, SplitRule::Identity] {
            let error = split(&few, rule, SplitRatios::default(), 42).unwrap_err();
            let text = "cannot split 2 real videos with faces: at least 3 are needed";
            assert_eq!(error.to_string(), text);
        }
        for (val, test) in [(0.5, 0.5), (-0.1, 0.1), (f64::NAN, 0.1), (2.0, 0.0)] {
            let outcome = split(&records(9, 9), SplitRule::Video, SplitRatios { val, test }, 42);
            assert!(matches!(outcome, Err(Error::Setting(_))), "{val} {test}");
        }
    }

    #[test]
    fn the_official_split_is_used_unchanged() {
        let mut videos = records(2, 3);
        for (video, part) in videos.iter_mut().zip([Subset::Test, Subset::Train, Subset::Train]) {
            video.part = Some(part);
        }
        let by_list =
            |videos: &[VideoRecord]| split(videos, SplitRule::Official, SplitRatios::default(), 42);
        let outcome = by_list(&videos).unwrap();
        assert_eq!(sizes(&outcome.splits), [[1, 1], [0, 0], [1, 0]]);
        let unlisted: Vec<_> = outcome.unlisted.iter().map(ToString::to_string).collect();
        assert_eq!(unlisted, ["fake/clip0001", "fake/clip0002"]);
        let error = by_list(&records(4, 4)).unwrap_err();
        assert!(matches!(error, Error::NoOfficialSplit { videos: 8 }), "{error}");
    }

    #[test]
    fn rules_have_the_same_name_in_every_format() {
        use strum::VariantNames;
        for name in SplitRule::VARIANTS {
            let rule: SplitRule = name.parse().unwrap();
            assert_eq!(rule.to_string().parse::<SplitRule>().unwrap(), rule);
            assert_eq!(serde_json::to_string(&rule).unwrap(), format!("\"{rule}\""));
        }
        assert!("actor".parse::<SplitRule>().is_err());
    }
}
