//! The split in which no identity and no source clip is in two subsets.
//!
//! Clips are tied by common people and source clips. Groups of tied clips are assigned as a whole;
//! where one group holds nearly all clips, people are assigned and fakes across subsets are dropped.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::assign::{Weight, assign, cost};
use crate::{Error, Label, Result, SplitOutcome, SplitRatios, Subset, VideoKey, VideoRecord};

/// Number of seeded attempts, of which the best is used.
const ATTEMPTS: usize = 32;

/// Cost of dropping all clips, relative to the deviation from the ratios.
const DROPPED: f64 = 1.0;

/// A video and the indices of its ties to others.
struct Clip {
    key: VideoKey,
    ties: Vec<usize>,
}

/// An assignment: the subset of each clip, or none when its ties are in different subsets.
struct Assigned {
    parts: Vec<Option<usize>>,
    loads: [Weight; 3],
    cost: f64,
}

/// What of a video may not be in two subsets: its people, the source clip of a fake, the real clip
/// itself, each with a prefix for its kind.
pub(crate) fn ties_of(record: &VideoRecord) -> BTreeSet<String> {
    let mut ties: BTreeSet<_> =
        record.people().into_iter().map(|person| format!("person {person}")).collect();
    let clip = match record.label {
        Label::Real => Some(&record.video),
        Label::Fake => record.source.as_ref(),
    };
    ties.extend(clip.map(|name| format!("clip {name}")));
    ties
}

/// See [`crate::split()`]; `records` are those with faces.
pub(crate) fn split_by_identity(
    records: &[&VideoRecord],
    ratios: SplitRatios,
    seed: u64,
) -> Result<SplitOutcome> {
    let (clips, ties) = clips_of(records)?;
    let wanted = Subset::ALL.map(|part| ratios.of(part));
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let together = groups(clips.iter(), ties);
    let mut assigned = best_assignment(&clips, &together, wanted, &mut rng);
    if !reaches_ratios(&clips, &assigned.loads, wanted) {
        let reals = clips.iter().filter(|clip| clip.key.label() == Label::Real);
        let apart = best_assignment(&clips, &groups(reals, ties), wanted, &mut rng);
        // A few large groups may miss the ratios and still be the only solution with both classes.
        if !lacks_a_class(&clips, &apart.loads, wanted) {
            assigned = apart;
        }
    }
    if lacks_a_class(&clips, &assigned.loads, wanted) {
        let people: BTreeSet<_> = records.iter().flat_map(|record| record.people()).collect();
        return Err(Error::TooFewIdentities { videos: clips.len(), identities: people.len() });
    }
    Ok(outcome(&clips, &assigned))
}

/// The videos in order, without repetition, and the number of distinct ties.
fn clips_of(records: &[&VideoRecord]) -> Result<(Vec<Clip>, usize)> {
    let mut by_key: BTreeMap<VideoKey, BTreeSet<String>> = BTreeMap::new();
    for record in records {
        by_key.entry(record.key()?).or_default().extend(ties_of(record));
    }
    let names: BTreeSet<_> = by_key.values().flatten().cloned().collect();
    let numbers: BTreeMap<_, _> = names.iter().enumerate().map(|(i, name)| (name, i)).collect();
    let clips = by_key
        .iter()
        .map(|(key, ties)| Clip {
            key: key.clone(),
            ties: ties.iter().map(|tie| numbers[tie]).collect(),
        })
        .collect();
    Ok((clips, names.len()))
}

/// The group of each of `ties` ties when each of `clips` joins its own ties (union-find with path
/// halving).
fn groups<'a>(clips: impl Iterator<Item = &'a Clip>, ties: usize) -> Vec<usize> {
    let mut parents: Vec<_> = (0..ties).collect();
    fn root(parents: &mut [usize], mut tie: usize) -> usize {
        while parents[tie] != tie {
            parents[tie] = parents[parents[tie]];
            tie = parents[tie];
        }
        tie
    }
    for clip in clips {
        for pair in clip.ties.windows(2) {
            let (a, b) = (root(&mut parents, pair[0]), root(&mut parents, pair[1]));
            parents[a.max(b)] = a.min(b);
        }
    }
    (0..ties).map(|tie| root(&mut parents, tie)).collect()
}

/// The assignment of groups with the lowest cost, of some seeded attempts.
fn best_assignment(
    clips: &[Clip],
    groups: &[usize],
    wanted: [f64; 3],
    rng: &mut ChaCha8Rng,
) -> Assigned {
    let mut weights = vec![[0.0; 2]; groups.len()];
    for clip in clips {
        let own: BTreeSet<_> = clip.ties.iter().map(|tie| groups[*tie]).collect();
        for &group in &own {
            weights[group][clip.key.label().index()] += 1.0 / own.len() as f64;
        }
    }
    // Only the representative of each group is assigned.
    let units: Vec<_> = (0..groups.len()).filter(|tie| groups[*tie] == *tie).collect();
    let unit_weights: Vec<_> = units.iter().map(|unit| weights[*unit]).collect();
    let attempts = (0..ATTEMPTS).map(|_| {
        let parts = assign(&unit_weights, wanted, rng);
        let part_of_group: BTreeMap<_, _> = units.iter().copied().zip(parts).collect();
        assign_clips(clips, |tie| part_of_group[&groups[tie]], wanted)
    });
    attempts.min_by(|a, b| a.cost.total_cmp(&b.cost)).expect("there is at least one attempt")
}

/// Puts each clip into the subset of all its ties, or drops it where they differ.
fn assign_clips(clips: &[Clip], part_of: impl Fn(usize) -> usize, wanted: [f64; 3]) -> Assigned {
    let mut loads = [[0.0; 2]; 3];
    let mut dropped = 0;
    let mut parts = Vec::with_capacity(clips.len());
    for clip in clips {
        let own: BTreeSet<_> = clip.ties.iter().map(|tie| part_of(*tie)).collect();
        let part = own.first().copied().filter(|_| own.len() == 1);
        match part {
            Some(part) => loads[part][clip.key.label().index()] += 1.0,
            None => dropped += 1,
        }
        parts.push(part);
    }
    let cost = cost(&loads, wanted) + DROPPED * f64::from(dropped) / clips.len() as f64;
    Assigned { parts, loads, cost }
}

/// Whether a subset lacks a class that there is among `clips`.
fn lacks_a_class(clips: &[Clip], loads: &[Weight; 3], wanted: [f64; 3]) -> bool {
    let lacks = |label: Label| {
        let is_empty = |load: &Weight| load[label.index()] == 0.0;
        clips.iter().any(|clip| clip.key.label() == label)
            && loads.iter().zip(wanted).any(|(load, ratio)| ratio > 0.0 && is_empty(load))
    };
    Label::ALL.into_iter().any(lacks)
}

/// Whether every subset has its classes and at least half of the clips of its ratio.
fn reaches_ratios(clips: &[Clip], loads: &[Weight; 3], wanted: [f64; 3]) -> bool {
    let count = |load: &Weight| load[0] + load[1];
    let total: f64 = loads.iter().map(count).sum();
    let enough = loads.iter().zip(wanted).all(|(load, ratio)| count(load) >= 0.5 * ratio * total);
    enough && !lacks_a_class(clips, loads, wanted)
}

fn outcome(clips: &[Clip], assigned: &Assigned) -> SplitOutcome {
    let mut outcome = SplitOutcome::default();
    for (clip, part) in clips.iter().zip(&assigned.parts) {
        match part {
            Some(part) => outcome.splits.part_mut(Subset::ALL[*part]).push(&clip.key),
            None => outcome.dropped_fakes.push(clip.key.name().to_owned()),
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SplitRule, Splits, audit, split};
    use rand::RngExt;

    fn record(label: Label, name: String) -> VideoRecord {
        VideoRecord::new(&VideoKey::new(label, name).unwrap())
    }

    fn by_identity(records: &[VideoRecord], seed: u64) -> Result<SplitOutcome> {
        split(records, SplitRule::Identity, SplitRatios::default(), seed)
    }

    fn count(splits: &Splits, part: Subset, label: Label) -> usize {
        splits.part(part).of(label).len()
    }

    /// Checks the invariants of every split by identity.
    fn check(records: &[VideoRecord], outcome: &SplitOutcome) {
        let found = audit(records, &outcome.splits);
        assert!(found.is_clean(), "{found:?}");
        for part in Subset::ALL {
            for label in Label::ALL {
                assert!(count(&outcome.splits, part, label) > 0, "no {label} in {part}");
            }
        }
        let total =
            |label| Subset::ALL.iter().map(|p| count(&outcome.splits, *p, label)).sum::<usize>();
        let has = |label| records.iter().filter(|r| r.label == label).count();
        assert_eq!(total(Label::Real), has(Label::Real), "no real video is dropped");
        assert_eq!(total(Label::Fake) + outcome.dropped_fakes.len(), has(Label::Fake));
    }

    /// As FaceForensics++: pairs `a_b` and `b_a`, so groups of two identities.
    #[test]
    fn separate_pairs_lose_nothing_and_meet_the_ratios() {
        let mut records = Vec::new();
        for pair in 0..100 {
            let (a, b) = (format!("{:03}", 2 * pair), format!("{:03}", 2 * pair + 1));
            records.push(record(Label::Fake, format!("{a}_{b}")));
            records.push(record(Label::Fake, format!("{b}_{a}")));
            records.extend([a, b].map(|name| record(Label::Real, name)));
        }
        let outcome = by_identity(&records, 42).unwrap();
        check(&records, &outcome);
        assert_eq!(outcome.dropped_fakes, [""; 0]);
        for label in Label::ALL {
            let sizes = Subset::ALL.map(|part| count(&outcome.splits, part, label));
            assert_eq!(sizes, [140, 30, 30]);
        }
        assert_eq!(outcome, by_identity(&records, 42).unwrap());
        assert_ne!(outcome, by_identity(&records, 43).unwrap());
    }

    /// As DeepFakeDetection: 28 actors, nearly all connected through fakes.
    #[test]
    fn one_connected_cast_is_split_and_crossing_fakes_are_counted() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut records = Vec::new();
        for actor in 1..=28 {
            for scene in 0..13 {
                records.push(record(Label::Real, format!("{actor:02}__scene{scene}")));
            }
        }
        for id in 0..3068 {
            let (target, source) = (rng.random_range(1..=28), rng.random_range(1..=27));
            let source = if source >= target { source + 1 } else { source };
            records.push(record(Label::Fake, format!("{target:02}_{source:02}__scene__{id:08}")));
        }
        let outcome = by_identity(&records, 42).unwrap();
        check(&records, &outcome);
        let dropped = outcome.dropped_fakes.len();
        assert!((1000..2000).contains(&dropped), "{dropped} dropped");
        assert!(count(&outcome.splits, Subset::Test, Label::Fake) >= 20);
    }

    #[test]
    fn random_casts_never_leak() {
        for seed in 0..40 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let people = rng.random_range(9..40);
            let mut records: Vec<_> =
                (0..people).map(|i| record(Label::Real, format!("{i:03}"))).collect();
            for _ in 0..rng.random_range(10..200) {
                let (a, b) = (rng.random_range(0..people), rng.random_range(0..people));
                let mut fake = record(Label::Fake, format!("{a:03}_{b:03}"));
                fake.source = rng.random_bool(0.3).then(|| format!("{b:03}"));
                records.push(fake);
            }
            records.sort_by(|a, b| (a.label, &a.video).cmp(&(b.label, &b.video)));
            records.dedup_by(|a, b| (a.label, &a.video) == (b.label, &b.video));
            match by_identity(&records, seed) {
                Ok(outcome) => check(&records, &outcome),
                Err(error) => assert!(matches!(error, Error::TooFewIdentities { .. }), "{error}"),
            }
        }
    }

    /// As DFDC: arbitrary names; only the recorded source ties a fake to its real clip.
    #[test]
    fn a_fake_stays_with_the_clip_it_was_made_from() {
        let mut records = Vec::new();
        for i in 0..20 {
            records.push(record(Label::Real, format!("real clip {i}")));
            let source = Some(format!("real clip {i}"));
            records.push(VideoRecord { source, ..record(Label::Fake, format!("fake clip {i}")) });
        }
        let outcome = by_identity(&records, 1).unwrap();
        check(&records, &outcome);
        for part in Subset::ALL {
            let part = outcome.splits.part(part);
            let numbers = |names: &[String]| -> BTreeSet<String> {
                names.iter().map(|name| name[10..].trim().to_owned()).collect()
            };
            assert_eq!(numbers(&part.real), numbers(&part.fake));
        }
    }

    /// Three pairs for three subsets: far from the ratios, and the only solution.
    #[test]
    fn a_few_groups_are_assigned_as_a_whole() {
        let mut records = Vec::new();
        for (a, b) in [("000", "001"), ("002", "003"), ("004", "005")] {
            records.extend([a, b].map(|name| record(Label::Real, name.into())));
            let fakes = [format!("{a}_{b}"), format!("{b}_{a}")];
            records.extend(fakes.map(|name| record(Label::Fake, name)));
        }
        let outcome = by_identity(&records, 42).unwrap();
        check(&records, &outcome);
        assert_eq!(outcome.dropped_fakes, [""; 0]);
    }

    /// Images of people in folders, without forgeries.
    #[test]
    fn people_of_a_dataset_of_one_class_stay_together() {
        let people = |person: u32| (0..=person % 5).map(move |image| (person, image));
        let of = |(person, image): (u32, u32)| {
            let identities = vec![format!("p{person}")];
            VideoRecord { identities, ..record(Label::Real, format!("p{person} {image}")) }
        };
        let records: Vec<_> = (0..40).flat_map(people).map(of).collect();
        let outcome = by_identity(&records, 42).unwrap();
        assert!(audit(&records, &outcome.splits).is_clean());
        let sizes = Subset::ALL.map(|part| count(&outcome.splits, part, Label::Real));
        assert_eq!(sizes, [84, 18, 18]);
        assert_eq!(Subset::ALL.map(|part| count(&outcome.splits, part, Label::Fake)), [0; 3]);
        let one: Vec<_> = records.into_iter().filter(|r| r.identities == ["p4"]).collect();
        let error = by_identity(&one, 42).unwrap_err();
        assert!(matches!(error, Error::TooFewIdentities { identities: 1, .. }), "{error}");
    }

    #[test]
    fn too_few_people_are_an_error() {
        let names = ["01__a", "01__b", "02__a", "02__b"];
        let mut records = names.map(|name| record(Label::Real, name.into())).to_vec();
        for id in 0..5 {
            records.push(record(Label::Fake, format!("01_02__a__{id:08}")));
        }
        let error = by_identity(&records, 42).unwrap_err();
        assert!(matches!(error, Error::TooFewIdentities { videos: 9, identities: 2 }), "{error}");
    }
}
