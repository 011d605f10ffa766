//! The threshold in a run folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::Value;

const DESCRIPTION: &str = "detector.json";

/// The threshold above which a share of the scores lies.
pub(crate) fn at(scores: &[f64], share: f64) -> anyhow::Result<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let above = (share * sorted.len() as f64).floor() as usize;
    match sorted.len().checked_sub(above + 1) {
        // A score is called fake above the threshold, not at it.
        Some(place) if above > 0 => Ok(sorted[place]),
        _ => bail!("{} scores are too few for a share of {share}", scores.len()),
    }
}

/// The threshold of the detector in a folder, if it has one.
pub(crate) fn stored(folder: Option<&PathBuf>) -> anyhow::Result<Option<f64>> {
    let Some(folder) = folder else { return Ok(None) };
    Ok(read(folder)?["threshold"].as_f64())
}

/// Replaces the threshold of the detector in a folder.
pub(crate) fn store(folder: &Path, threshold: f64) -> anyhow::Result<()> {
    let mut description = read(folder)?;
    description["threshold"] = threshold.into();
    let text = serde_json::to_string_pretty(&description)? + "\n";
    Ok(scade_fs::write(&folder.join(DESCRIPTION), text)?)
}

fn read(folder: &Path) -> anyhow::Result<Value> {
    let path = folder.join(DESCRIPTION);
    let text = scade_fs::read_to_string(&path)
        .with_context(|| format!("{} holds no trained detector", folder.display()))?;
    serde_json::from_str(&text).with_context(|| format!("cannot use {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_scores_lies_above_the_threshold() {
        let scores: Vec<f64> = (0..200).map(|i| f64::from((i * 37) % 200) / 200.0).collect();
        let threshold = at(&scores, 0.05).unwrap();
        assert_eq!(scores.iter().filter(|score| **score > threshold).count(), 10);
        assert!(at(&scores[..10], 0.05).is_err());
    }

    #[test]
    fn a_stored_threshold_is_read_and_the_rest_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_owned();
        std::fs::write(folder.join(DESCRIPTION), r#"{"threshold": null, "other": [1]}"#).unwrap();
        assert_eq!(stored(Some(&folder)).unwrap(), None);
        store(&folder, 0.25).unwrap();
        assert_eq!(stored(Some(&folder)).unwrap(), Some(0.25));
        assert_eq!(read(&folder).unwrap()["other"][0], 1);
        assert!(stored(Some(&folder.join("none"))).is_err());
    }
}
