//! Preprocessing of videos to a prepared dataset.

use std::path::Path;

use scade_face::weights;
use scade_kernels::Kernels;
use scade_preprocess::{Config, preprocess};
use scade_settings::NoProgress;
use serde_json::{Map, Value, json};

use crate::clips::Clips;

/// Seconds for each clip, and for all as one dataset if there are several, with the published frame
/// sampling (every tenth, at most a hundred).
pub(crate) fn run<B: Kernels>(
    clips: &Clips,
    jobs: usize,
    device: &B::Device,
) -> anyhow::Result<Value> {
    let mut report = Map::new();
    for path in clips.paths() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        report.insert(name.into(), prepare::<B>(&[path], jobs, device)?);
    }
    if clips.paths().len() > 1 {
        let all: Vec<&Path> = clips.paths().iter().map(AsRef::as_ref).collect();
        report.insert("all".into(), prepare::<B>(&all, jobs, device)?);
    }
    Ok(Value::Object(report))
}

fn prepare<B: Kernels>(
    paths: &[impl AsRef<Path>],
    jobs: usize,
    device: &B::Device,
) -> anyhow::Result<Value> {
    let weights = weights::locate(None)?;
    let folder = tempfile::tempdir()?;
    let dataset = folder.path().join("dataset");
    let real = dataset.join("real");
    std::fs::create_dir_all(&real)?;
    for (index, path) in paths.iter().enumerate() {
        let ending = path.as_ref().extension().unwrap_or_default().to_string_lossy();
        std::fs::copy(path, real.join(format!("{index}.{ending}")))?;
    }
    let mut config =
        Config { dataset, output: folder.path().join("store"), jobs, ..Config::default() };
    config.frames.min = 1;
    let (_, report) = preprocess::<B>(&config, &(&*weights).into(), device, &NoProgress)?;
    Ok(json!({
        "seconds": (report.seconds * 1e3).round() / 1e3,
        "faces": report.faces,
        "faces_per_second": (report.faces as f64 / report.seconds * 10.0).round() / 10.0,
    }))
}
