//! Inference on whole videos, on every frame.

use std::time::Instant;

use scade::{Detector, DetectorOptions, VideoOptions};
use scade_data::DatasetSpec;
use scade_kernels::Kernels;
use scade_model::{ModelBundle, NetworkConfig};
use serde_json::{Map, Value, json};

use crate::clips::Clips;

/// Runs per video, of which the fastest counts: the first one fills the file cache.
const RUNS: usize = 3;

/// Frames per second over all frames of each clip, with a randomly initialized detector.
pub(crate) fn run<B: Kernels>(clips: &Clips, device: &B::Device) -> anyhow::Result<Value> {
    let folder = tempfile::tempdir()?;
    let bundle = ModelBundle::new(NetworkConfig::default(), Some(0.5), DatasetSpec::default());
    bundle.save(folder.path(), &bundle.network.init::<B>(device))?;
    let detector = Detector::<B>::load(folder.path(), &DetectorOptions::default(), device)?;
    let options = VideoOptions { max_frames: u64::MAX, ..VideoOptions::default() };
    let mut report = Map::new();
    for path in clips.paths() {
        let (mut frames, mut seconds) = (0, f64::INFINITY);
        for _ in 0..RUNS {
            let started = Instant::now();
            frames = detector.score_video(path, &options)?.num_frames;
            seconds = seconds.min(started.elapsed().as_secs_f64());
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let rate = (frames as f64 / seconds * 10.0).round() / 10.0;
        report.insert(name.into(), json!({"frames": frames, "frames_per_second": rate}));
    }
    Ok(Value::Object(report))
}
