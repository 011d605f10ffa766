//! Training must build on machines without FFmpeg: scade-train does not link it.

use anyhow::Result;

use super::tree;

pub(super) fn check() -> Result<Vec<String>> {
    let packages = tree::packages("scade-train", &[])?;
    let linking = packages.iter().filter(|name| name.contains("ffmpeg"));
    Ok(linking.map(|name| format!("scade-train depends on `{name}`")).collect())
}
