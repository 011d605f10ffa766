//! Steps after all videos are preprocessed: lists, the split, its audit, and the contact sheets.

use std::fmt;

use scade_data::{
    Audit, NearDuplicates, PreparedDataset, SplitRule, Splits, Status, Subset, audit,
    near_duplicates, split,
};
use serde::Serialize;

use crate::{Error, Split, contact};

/// Report of a split: `audit.json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitReport {
    /// The rule of the split.
    pub rule: SplitRule,
    /// Lengths of the lists below.
    pub counts: Counts,
    /// Videos, identities and source clips in several subsets.
    #[serde(flatten)]
    pub leaks: Audit,
    /// Videos in different subsets with almost equal crops.
    pub near_duplicates: NearDuplicates,
    /// Fakes dropped because their identities are in different subsets.
    pub dropped_fakes: Vec<String>,
    /// Videos that the official split does not list.
    pub unlisted: Vec<String>,
    /// The split itself, which is stored in `splits.json`.
    #[serde(skip)]
    pub splits: Splits,
}

/// Lengths of the lists of a [`SplitReport`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Videos in several subsets.
    pub shared_videos: usize,
    /// Identities in several subsets.
    pub shared_identities: usize,
    /// Source clips in several subsets.
    pub shared_sources: usize,
    /// Pairs of videos in different subsets with almost equal crops.
    pub near_duplicates: usize,
    /// Dropped fakes.
    pub dropped_fakes: usize,
    /// Videos in no subset.
    pub unlisted: usize,
}

/// Writes `metadata.json` and the contact sheets, splits the videos by `chosen`, and writes
/// `splits.json` and `audit.json`.
///
/// `None`, with a warning, where the videos cannot be split, for example because they are too few: the
/// samples are kept.
///
/// # Errors
/// A record or crop that cannot be read, a file that cannot be written.
pub fn split_dataset(
    store: &PreparedDataset,
    chosen: &Split,
) -> Result<Option<SplitReport>, Error> {
    let _lock = store.lock()?;
    store.write_metadata()?;
    let records = store.records()?;
    contact::write_sheets(store, &records)?;
    let outcome = match split(&records, chosen.rule, chosen.ratios(), chosen.seed) {
        Ok(outcome) => outcome,
        Err(error) => {
            let usable = records.iter().filter(|record| record.status == Status::Success).count();
            tracing::warn!("no split was written: {error} ({usable} videos have samples)");
            // A split of an earlier run may have other videos or another rule.
            store.remove_splits()?;
            return Ok(None);
        }
    };
    let leaks = audit(&records, &outcome.splits);
    let near_duplicates = near_duplicates(store, &outcome.splits)?;
    let unlisted: Vec<_> = outcome.unlisted.iter().map(ToString::to_string).collect();
    let counts = Counts {
        shared_videos: leaks.shared_videos.len(),
        shared_identities: leaks.shared_identities.len(),
        shared_sources: leaks.shared_sources.len(),
        near_duplicates: near_duplicates.count,
        dropped_fakes: outcome.dropped_fakes.len(),
        unlisted: unlisted.len(),
    };
    let division = SplitReport {
        rule: chosen.rule,
        counts,
        leaks,
        near_duplicates,
        dropped_fakes: outcome.dropped_fakes,
        unlisted,
        splits: outcome.splits,
    };
    // The audit first, and no older split beside it, so that an existing split is always audited.
    store.remove_splits()?;
    store.write_audit(&division)?;
    store.write_splits(&division.splits)?;
    Ok(Some(division))
}

impl SplitReport {
    /// Rule, sizes of the subsets and counts, without the lists.
    #[must_use]
    pub fn summary(&self) -> serde_json::Value {
        let size = |part: &Subset| {
            let part_of = self.splits.part(*part);
            let sizes = serde_json::json!({"real": part_of.real.len(), "fake": part_of.fake.len()});
            (part.to_string(), sizes)
        };
        let parts: serde_json::Map<_, _> = Subset::ALL.iter().map(size).collect();
        serde_json::json!({"rule": self.rule, "parts": parts, "counts": self.counts})
    }
}

impl fmt::Display for SplitReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:14} {}", "split", self.rule)?;
        for part in Subset::ALL {
            let part_of = self.splits.part(part);
            let (real, fake) = (part_of.real.len(), part_of.fake.len());
            writeln!(f, "{:14} {real} real, {fake} fake", part.to_string())?;
        }
        if !self.dropped_fakes.is_empty() {
            let count = self.dropped_fakes.len();
            writeln!(f, "{:14} {count} fakes with identities in different subsets", "dropped")?;
        }
        if !self.unlisted.is_empty() {
            let count = self.unlisted.len();
            writeln!(f, "{:14} {count} videos that the official split does not list", "unlisted")?;
        }
        if self.leaks.is_clean() {
            writeln!(
                f,
                "{:14} none: no video, identity or source clip is in two subsets",
                "leaks"
            )?;
        } else {
            writeln!(f, "{:14} {}", "leaks", self.leaks)?;
        }
        let (count, bits) = (self.near_duplicates.count, self.near_duplicates.most_distance);
        write!(
            f,
            "{:14} {count} pairs of videos, at most {bits} of 256 bits apart",
            "near-duplicate"
        )
    }
}
