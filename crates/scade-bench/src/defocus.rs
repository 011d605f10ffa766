//! Defocus maps of a crop.

use scade_defocus::Method;
use scade_image::RgbImage;
use serde_json::{Value, json};

use crate::measure::median_ms;

/// Median milliseconds of each method on one drawn face.
pub(crate) fn run() -> anyhow::Result<Value> {
    let picture = drawn();
    let method = Method::default();
    method.map(&picture)?;
    let published = median_ms(50, 2, || drop(method.map(&picture)));
    Ok(json!({"crop256_published_method": published}))
}

fn drawn() -> RgbImage {
    let settings = scade_synth::SetSettings { width: 256, height: 256, ..Default::default() };
    scade_synth::render_frame(&settings.clips()[0].spec, 0)
}
