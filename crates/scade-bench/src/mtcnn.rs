//! Face detection, one frame at a time.

use scade_face::{Mtcnn, MtcnnConfig, weights};
use scade_kernels::Kernels;
use scade_video::{OpenOptions, Selection, Video};
use serde_json::{Map, Value, json};

use crate::clips::Clips;
use crate::measure::{median, median_ms};

/// Every tenth frame, at most thirty, as in the timings of the compared programs.
const SELECTION: Selection = Selection { every: 10, max: Some(30) };

/// Median milliseconds per frame for each clip, with the detector's default settings.
pub(crate) fn run<B: Kernels>(clips: &Clips, device: &B::Device) -> anyhow::Result<Value> {
    let weights = weights::locate(None)?;
    let detector = Mtcnn::<B>::load(&weights, &MtcnnConfig::default(), device)?;
    let mut rows = Map::new();
    for path in clips.paths() {
        let video = Video::open(path, &OpenOptions::default())?;
        let frames = video.frames(SELECTION).collect::<Result<Vec<_>, _>>()?;
        let mut faces = 0;
        let mut times = Vec::with_capacity(frames.len());
        for frame in &frames {
            faces += detector.detect(&frame.image)?.len();
            // The same call has just succeeded.
            times.push(median_ms(3, 0, || drop(detector.detect(&frame.image))));
        }
        let size = frames.first().map(|frame| frame.image.dimensions());
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let row = json!({"size": size, "faces": faces, "ms_per_frame": median(&mut times)});
        rows.insert(name.into_owned(), row);
    }
    Ok(Value::Object(rows))
}
