//! Audit of a split: videos, identities and source clips in more than one subset.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::identity_split::ties_of;
use crate::{Label, Splits, Subset, VideoRecord, identities_of};

/// A video, identity or source clip in more than one subset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shared {
    /// Its name; a video as `real/003`.
    pub name: String,
    /// Its subsets.
    pub parts: Vec<Subset>,
}

/// Leaks between the subsets of a split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Videos listed in several subsets.
    pub shared_videos: Vec<Shared>,
    /// Identities in several subsets, as target or source.
    pub shared_identities: Vec<Shared>,
    /// Source clips in several subsets, themselves or through a fake made from them.
    pub shared_sources: Vec<Shared>,
}

impl Audit {
    /// Whether there is no leak. Near-duplicates are not part of the audit: see
    /// [`near_duplicates`](crate::near_duplicates).
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let lists = [&self.shared_videos, &self.shared_identities, &self.shared_sources];
        lists.iter().all(|list| list.is_empty())
    }
}

impl std::fmt::Display for Audit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} videos, {} identities and {} source clips are in more than one subset",
            self.shared_videos.len(),
            self.shared_identities.len(),
            self.shared_sources.len()
        )
    }
}

/// Compares the subsets of `splits`. Without a record, the identities of a video are those of its name.
#[must_use]
pub fn audit(records: &[VideoRecord], splits: &Splits) -> Audit {
    let records: BTreeMap<_, _> =
        records.iter().map(|record| ((record.label, &*record.video), record)).collect();
    let [mut videos, mut people, mut clips] = [(); 3].map(|()| Seen::new());
    for part in Subset::ALL {
        for label in Label::ALL {
            for name in splits.part(part).of(label) {
                videos.entry(format!("{label}/{name}")).or_default().push(part);
                let ties = match records.get(&(label, &**name)) {
                    Some(record) => ties_of(record),
                    None => identities_of(name).iter().map(|id| format!("person {id}")).collect(),
                };
                note(&ties, "person ", part, &mut people);
                note(&ties, "clip ", part, &mut clips);
            }
        }
    }
    Audit {
        shared_videos: shared(videos),
        shared_identities: shared(people),
        shared_sources: shared(clips),
    }
}

type Seen = BTreeMap<String, Vec<Subset>>;

fn note(ties: &BTreeSet<String>, kind: &str, part: Subset, seen: &mut Seen) {
    for name in ties.iter().filter_map(|tie| tie.strip_prefix(kind)) {
        seen.entry(name.to_owned()).or_default().push(part);
    }
}

/// What is in more than one subset. Subsets were visited in order.
fn shared(seen: Seen) -> Vec<Shared> {
    let mut found = Vec::new();
    for (name, mut parts) in seen {
        parts.dedup();
        if parts.len() > 1 {
            found.push(Shared { name, parts });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SubsetVideos, VideoKey};

    fn part(real: &[&str], fake: &[&str]) -> SubsetVideos {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        SubsetVideos { real: owned(real), fake: owned(fake) }
    }

    fn lines(list: &[Shared]) -> Vec<String> {
        list.iter().map(|shared| format!("{} {:?}", shared.name, shared.parts)).collect()
    }

    #[test]
    fn every_kind_of_leak_is_listed() {
        let fake = VideoKey::new(Label::Fake, "copy").unwrap();
        let records = [VideoRecord { source: Some("original".into()), ..VideoRecord::new(&fake) }];
        let real = VideoRecord::new(&VideoKey::new(Label::Real, "original").unwrap());
        let splits = Splits {
            train: part(&["01__a", "01__b", "original"], &["01_02__a__ABCD1234"]),
            val: part(&["03__a"], &["01_02__a__ABCD1234", "03_04__a__ABCD1234"]),
            test: part(&["04__a"], &["copy"]),
        };
        let found = audit(&[records.as_slice(), &[real]].concat(), &splits);
        assert_eq!(lines(&found.shared_videos), ["fake/01_02__a__ABCD1234 [Train, Val]"]);
        let people = ["01 [Train, Val]", "02 [Train, Val]", "04 [Val, Test]"];
        assert_eq!(lines(&found.shared_identities), people);
        assert_eq!(lines(&found.shared_sources), ["original [Train, Test]"]);
        assert!(!found.is_clean());
        let text = "1 videos, 3 identities and 1 source clips are in more than one subset";
        assert_eq!(found.to_string(), text);
    }

    #[test]
    fn separate_subsets_are_clean() {
        let splits = Splits {
            train: part(&["a", "b"], &["c"]),
            val: part(&["d"], &["e"]),
            test: part(&["f"], &["g"]),
        };
        assert!(audit(&[], &splits).is_clean());
    }
}
