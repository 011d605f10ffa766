//! Defocus maps of a crop: time, and agreement with the true blur.

use std::path::Path;

use scade_defocus_lab::{Row, core, methods, of_folder, splice_auc, synthetic};
use scade_image::RgbImage;
use serde_json::{Map, Value, json};

use crate::measure::median_ms;

/// For each method: median milliseconds on one synthetic face, scores on the core benchmark (240
/// synthetic cases), and the AUC of detecting faces blurred by one pixel, synthetic ones and those in
/// the photographs of `faces`.
pub(crate) fn run(faces: Option<&Path>) -> anyhow::Result<Value> {
    let image = image();
    let methods = methods();
    let drawn = splice_auc(&synthetic(), &methods)?;
    let photographs = faces.map(of_folder).transpose()?;
    let in_photographs =
        photographs.as_ref().map(|faces| splice_auc(faces, &methods)).transpose()?;
    let rows = core(&methods);
    let mut report = Map::new();
    for (number, method) in methods.iter().enumerate() {
        let milliseconds = median_ms(50, 2, || drop(method.estimate(&image)));
        let Row { spearman, pearson, affine_error, error, rising } = rows[number];
        let mut row = json!({
            "milliseconds": milliseconds,
            "spearman": spearman,
            "pearson": pearson,
            "affine_error_px": affine_error,
            "error_px": error,
            "rising_steps": rising,
            "splice_auc_drawn": drawn[number],
        });
        if let Some(auc) = &in_photographs {
            row["splice_auc_photographs"] = json!(auc[number]);
        }
        report.insert(method.name.clone(), row);
    }
    report.insert("photographs".into(), json!(photographs.map_or(0, |faces| faces.len())));
    Ok(Value::Object(report))
}

fn image() -> RgbImage {
    let settings = scade_synth::SetSettings { width: 256, height: 256, ..Default::default() };
    scade_synth::render_frame(&settings.clips()[0].spec, 0)
}
