//! Defocus maps of a crop.

use scade_defocus::Method;
use scade_image::RgbImage;
use serde_json::{Map, Value, json};

use crate::measure::median_ms;

/// Median milliseconds of each method on one drawn face.
pub(crate) fn run() -> anyhow::Result<Value> {
    let picture = drawn();
    let mut rows = Map::new();
    for name in Method::NAMES {
        let method: Method = name.parse()?;
        method.map(&picture)?;
        let time = median_ms(50, 2, || drop(method.map(&picture)));
        rows.insert(format!("crop256_{}_method", name.replace('-', "_")), json!(time));
    }
    Ok(Value::Object(rows))
}

fn drawn() -> RgbImage {
    let settings = scade_synth::SetSettings { width: 256, height: 256, ..Default::default() };
    scade_synth::render_frame(&settings.clips()[0].spec, 0)
}
