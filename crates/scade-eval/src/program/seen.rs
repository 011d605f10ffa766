//! Refusing to test a detector on what it was trained or calibrated with.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use scade_cli::HintExt;
use scade_data::{PreparedDataset, Subset, audit};
use serde::Deserialize;

use super::args::Args;
use super::datasets::{Content, Dataset, Prepared};

/// What of a run's `config.toml` is needed.
#[derive(Deserialize)]
struct RunConfig {
    data: Option<PathBuf>,
}

/// What of a detector's description is needed.
#[derive(Deserialize)]
struct Description {
    calibration: Option<Calibrated>,
}

#[derive(Deserialize)]
struct Calibrated {
    set: String,
    sha256: String,
}

/// Checks every model against every dataset. Returns what the report must say.
pub(crate) fn check(args: &Args, datasets: &[Dataset]) -> anyhow::Result<Vec<String>> {
    let mut seen = Vec::new();
    let mut notes = Vec::new();
    for dataset in datasets {
        for model in &args.what.model {
            seen.extend(calibrated(model, dataset)?);
            seen.extend(trained(model, dataset)?);
        }
        if let Content::Prepared(prepared) = &dataset.content {
            notes.push(audited(&dataset.name, prepared));
        }
    }
    refuse(&seen, args.running.allow_seen)?;
    notes.extend(seen.into_iter().map(|text| format!("{text} (--allow-seen)")));
    Ok(notes)
}

/// The same for a calibration, which may repeat an earlier one.
pub(crate) fn trained_only(
    models: &[PathBuf],
    datasets: &[Dataset],
    allowed: bool,
) -> anyhow::Result<()> {
    let mut seen = Vec::new();
    for dataset in datasets {
        for model in models {
            seen.extend(trained(model, dataset)?);
        }
    }
    refuse(&seen, allowed)
}

fn refuse(seen: &[String], allowed: bool) -> anyhow::Result<()> {
    if seen.is_empty() || allowed {
        return Ok(());
    }
    let error = anyhow::anyhow!("{}", seen.join("; "));
    Err(error).hint("use other data, or accept it with --allow-seen: the report will say so")
}

fn calibrated(model: &Path, dataset: &Dataset) -> anyhow::Result<Option<String>> {
    let path = model.join("detector.json");
    let Ok(text) = scade_fs::read(&path) else { return Ok(None) };
    // Anything else that is wrong with the file is reported when the detector is loaded.
    let Ok(Description { calibration: Some(found) }) = serde_json::from_slice(&text) else {
        return Ok(None);
    };
    let same = found.sha256 == dataset.sha256()?;
    Ok(same.then(|| {
        let (name, set) = (&dataset.name, found.set);
        format!("{} was calibrated with {name} (as {set})", model.display())
    }))
}

/// The dataset of the run, where it is still at hand, against this one, by class, name and size of the videos.
fn trained(model: &Path, dataset: &Dataset) -> anyhow::Result<Option<String>> {
    let Content::Prepared(prepared) = &dataset.content else { return Ok(None) };
    let Ok(text) = scade_fs::read_to_string(model.join("config.toml")) else { return Ok(None) };
    let Ok(RunConfig { data: Some(root) }) = toml::from_str(&text) else { return Ok(None) };
    let Ok(store) = PreparedDataset::open(&root) else {
        tracing::warn!(
            "{} was trained on {}, which is not here: whether {} was seen is unknown",
            model.display(),
            root.display(),
            dataset.name
        );
        return Ok(None);
    };
    let Some(splits) = store.splits()? else { return Ok(None) };
    let train = Prepared::with(store, Subset::Train, splits)?;
    let known: HashSet<_> = train.videos.iter().map(|video| train.identity_of(video)).collect();
    let shared =
        prepared.videos.iter().filter(|video| known.contains(&prepared.identity_of(video))).count();
    Ok((shared > 0).then(|| {
        let (name, of) = (&dataset.name, prepared.videos.len());
        format!("{} was trained with {shared} of the {of} videos of {name}", model.display())
    }))
}

/// The audit of the split that the subset is from.
fn audited(name: &str, prepared: &Prepared) -> String {
    let records: Vec<_> = prepared.records.values().cloned().collect();
    format!("{name}: split audit: {}", audit(&records, &prepared.splits))
}
