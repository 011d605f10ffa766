//! The datasets of single shards below `shards/`, and merging them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scade_data::{FileLayout, Label, PreparedDataset, VideoKey};
use serde::{Deserialize, Serialize};

use crate::{Config, Error, Shard, Source, Split};

/// Folder with the datasets of shards.
const FOLDER: &str = "shards";

/// File in the dataset of a shard that describes the shard.
const MANIFEST: &str = "shard.json";

/// Description of a shard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Manifest {
    shard: Shard,
    /// Number of videos of the input dataset, as found by this shard.
    dataset_videos: usize,
    /// File layout of the merged dataset.
    #[serde(default)]
    layout_version: FileLayout,
    /// How the merged dataset is split.
    split: Split,
    /// Its videos.
    videos: Vec<(Label, String)>,
}

/// Where a run writes: the output itself, or the folder of its shard.
pub(crate) fn store_of(output: &Path, tree: FileLayout, shard: Shard) -> PathBuf {
    if shard.is_whole() {
        return output.to_owned();
    }
    tree.metadata_dir(output).join(FOLDER).join(shard.folder())
}

impl Manifest {
    pub(crate) fn new(config: &Config, own: &[&Source], dataset_videos: usize) -> Self {
        let name = |source: &&Source| (source.key.label(), source.key.name().to_owned());
        let videos = own.iter().map(name).collect();
        let (shard, split) = (config.shard, config.split.clone());
        Self { shard, dataset_videos, layout_version: config.layout_version, split, videos }
    }

    pub(crate) fn write(&self, root: &Path) -> Result<(), Error> {
        // Strings and numbers always have a JSON form.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        Ok(scade_fs::write(&root.join(MANIFEST), text + "\n")?)
    }

    fn read(root: &Path) -> Result<Self, Error> {
        let path = root.join(MANIFEST);
        let problem = |error: &dyn std::fmt::Display| {
            refuse(root, format!("{MANIFEST} cannot be read ({error}): run this shard again"))
        };
        let text = scade_fs::read(path).map_err(|error| problem(&error))?;
        serde_json::from_slice(&text).map_err(|error| problem(&error))
    }

    fn keys(&self) -> Result<Vec<VideoKey>, Error> {
        let key = |(label, name): &(Label, String)| VideoKey::new(*label, &**name);
        Ok(self.videos.iter().map(key).collect::<Result<_, _>>()?)
    }
}

/// An existing shard.
struct ShardData {
    manifest: Manifest,
    store: PreparedDataset,
    keys: Vec<VideoKey>,
}

/// Moves the videos of all shards of `output` into the dataset there, and returns it with the split
/// settings of the shards.
///
/// First it checks that all shards exist and are finished, and that they had the same input dataset and
/// settings. Repeated it changes nothing; after an interruption it can be repeated. What remains below
/// `shards/` may be deleted.
///
/// # Errors
/// [`Error::Merge`] with the problem; settings that differ; a failed move.
pub fn merge(output: &Path) -> Result<(PreparedDataset, Split), Error> {
    let parts = read_parts(output)?;
    check_alike(output, &parts)?;
    let merged = match PreparedDataset::open(output) {
        Err(scade_data::Error::NoDataset { .. }) => None,
        opened => Some(opened?),
    };
    for part in &parts {
        check_finished(part, merged.as_ref())?;
    }
    let Manifest { layout_version, split, .. } = &parts[0].manifest;
    let store = PreparedDataset::create_as(output, *layout_version, parts[0].store.spec())?;
    let _lock = store.lock()?;
    for part in &parts {
        for key in &part.keys {
            store.adopt(&part.store, key)?;
        }
    }
    Ok((store, split.clone()))
}

/// All shards, in order.
fn read_parts(output: &Path) -> Result<Vec<ShardData>, Error> {
    let mut parts = Vec::new();
    let folders =
        [FileLayout::Own, FileLayout::Published].map(|tree| tree.metadata_dir(output).join(FOLDER));
    let listed = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    for entry in listed.flatten().flatten() {
        let root = entry.path();
        if root.is_dir() {
            let manifest = Manifest::read(&root)?;
            let keys = manifest.keys()?;
            parts.push(ShardData { manifest, store: PreparedDataset::open(&root)?, keys });
        }
    }
    parts.sort_by_key(|part| part.manifest.shard);
    let Some(count) = parts.first().map(|part| part.manifest.shard.count()) else {
        let problem = "it has no shards; run scade-preprocess with --shard first";
        return Err(refuse(output, problem.to_owned()));
    };
    if let Some(other) = parts.iter().find(|part| part.manifest.shard.count() != count) {
        let problem = format!(
            "{} and {} are of two runs: delete the folders of one of them",
            parts[0].manifest.shard.folder(),
            other.manifest.shard.folder()
        );
        return Err(refuse(&output.join(FOLDER), problem));
    }
    let there: BTreeSet<_> = parts.iter().map(|part| part.manifest.shard.to_string()).collect();
    let missing = (1..=count).map(|i| format!("{i}/{count}")).filter(|name| !there.contains(name));
    let missing: Vec<_> = missing.collect();
    if missing.is_empty() {
        return Ok(parts);
    }
    let problem = format!("of {count} shards {} did not run", missing.join(", "));
    Err(refuse(output, problem))
}

fn check_alike(output: &Path, parts: &[ShardData]) -> Result<(), Error> {
    let first = &parts[0];
    let mut seen = BTreeSet::new();
    for part in parts {
        part.store.check_spec(first.store.spec())?;
        let [one, other] = [first, part].map(|part| part.manifest.shard);
        if part.manifest.layout_version != first.manifest.layout_version {
            let problem = format!("shards {one} and {other} have different layout versions");
            return Err(refuse(output, problem));
        }
        if part.manifest.split != first.manifest.split {
            let problem = format!("shards {one} and {other} have different split settings");
            return Err(refuse(output, problem));
        }
        if let Some(key) = part.keys.iter().find(|key| !seen.insert((*key).clone())) {
            let problem = format!("{key} is in two shards: they had different input datasets");
            return Err(refuse(output, problem));
        }
        let [wanted, got] = [first, part].map(|part| part.manifest.dataset_videos);
        if wanted != got {
            let problem = format!("shard {one} found {wanted} videos, shard {other} {got}");
            return Err(refuse(output, problem));
        }
    }
    if seen.len() == first.manifest.dataset_videos {
        return Ok(());
    }
    let (held, wanted) = (seen.len(), first.manifest.dataset_videos);
    Err(refuse(output, format!("its shards have {held} of {wanted} videos")))
}

fn check_finished(part: &ShardData, merged: Option<&PreparedDataset>) -> Result<(), Error> {
    let mut open = 0;
    for key in &part.keys {
        let there = part.store.record(key)?.is_some()
            || merged.map(|store| store.record(key)).transpose()?.flatten().is_some();
        open += usize::from(!there);
    }
    if open == 0 {
        return Ok(());
    }
    let (shard, all) = (part.manifest.shard, part.keys.len());
    let problem = format!("shard {shard} lacks {open} of its {all} videos: run it again");
    Err(refuse(part.store.root(), problem))
}

fn refuse(root: &Path, problem: String) -> Error {
    Error::Merge { root: root.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scade_data::{DatasetSpec, VideoRecord};

    /// Shards `i/count` of a dataset of `videos` real videos, with records but without frames.
    fn shards(output: &Path, indices: &[usize], count: usize, videos: usize) {
        for &index in indices {
            let shard = Shard::new(index, count).unwrap();
            let root = store_of(output, FileLayout::Own, shard);
            let store = PreparedDataset::create(&root, &DatasetSpec::default()).unwrap();
            let names = (0..videos).filter(|place| shard.has(*place)).map(|i| format!("v{i}"));
            let videos_of: Vec<_> = names.map(|name| (Label::Real, name)).collect();
            for (label, name) in &videos_of {
                let key = VideoKey::new(*label, &**name).unwrap();
                store.begin_video(&key).unwrap().finish(VideoRecord::new(&key)).unwrap();
            }
            let split = Split::default();
            let manifest = Manifest {
                shard,
                dataset_videos: videos,
                layout_version: FileLayout::Own,
                split,
                videos: videos_of,
            };
            manifest.write(&root).unwrap();
        }
    }

    fn refused(output: &Path) -> String {
        merge(output).unwrap_err().to_string()
    }

    #[test]
    fn finished_shards_are_merged_and_merging_again_changes_nothing() {
        let output = tempfile::tempdir().unwrap();
        shards(output.path(), &[1, 2, 3], 3, 7);
        for _ in 0..2 {
            let (store, split) = merge(output.path()).unwrap();
            assert_eq!(store.records().unwrap().len(), 7);
            assert_eq!(split, Split::default());
        }
    }

    #[test]
    fn missing_and_unfinished_shards_are_reported() {
        let output = tempfile::tempdir().unwrap();
        assert!(refused(output.path()).contains("--shard"));
        shards(output.path(), &[1, 3], 4, 9);
        assert!(refused(output.path()).contains("2/4, 4/4 did not run"));
        shards(output.path(), &[2, 4], 4, 9);
        let record = output.path().join("shards/2-of-4/records/real/v1.json");
        std::fs::remove_file(record).unwrap();
        let error = refused(output.path());
        assert!(error.contains("shard 2/4 lacks 1 of its 2 videos"), "{error}");
        assert!(!output.path().join("records").exists(), "nothing was moved");
    }

    #[test]
    fn shards_with_different_settings_are_not_merged() {
        let output = tempfile::tempdir().unwrap();
        shards(output.path(), &[1, 2], 2, 6);
        shards(output.path(), &[1], 3, 6);
        assert!(
            refused(output.path()).contains("1-of-2 and 1-of-3") || {
                refused(output.path()).contains("1-of-3 and 1-of-2")
            }
        );
        std::fs::remove_dir_all(output.path().join("shards/1-of-3")).unwrap();
        shards(output.path(), &[2], 2, 7);
        assert!(refused(output.path()).contains("found 6 videos, shard 2/2 7"));
        std::fs::remove_dir_all(output.path().join("shards/2-of-2")).unwrap();
        let root = output.path().join("shards/2-of-2");
        PreparedDataset::create(&root, &DatasetSpec { masks: true, ..DatasetSpec::default() })
            .unwrap();
        assert!(refused(output.path()).contains("shard.json cannot be read"));
        let shard = Shard::new(2, 2).unwrap();
        let split = Split::default();
        let manifest = Manifest {
            shard,
            dataset_videos: 6,
            layout_version: FileLayout::Own,
            split,
            videos: Vec::new(),
        };
        manifest.write(&root).unwrap();
        assert!(refused(output.path()).contains("`masks`"));
    }
}
