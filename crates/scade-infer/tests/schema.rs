//! Records are what `docs/prediction.schema.json` says that they are.

use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use scade_synth::{SetSettings, write_set};
use serde_json::Value;

/// Whether `value` fits `schema`, for the keywords that this schema uses; else where it does not.
fn fits(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let target = root.pointer(name.trim_start_matches('#')).ok_or(format!("no {name}"))?;
        return fits(value, target, root, at);
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return allowed.contains(value).then_some(()).ok_or(format!("{at}: {value}"));
    }
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("the type {other}"),
    };
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => vec![one.as_str().ok_or(format!("{at}: no type"))?],
    };
    if !types.into_iter().any(is) {
        return Err(format!("{at}: {value} is no {}", schema["type"]));
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(item, &schema["items"], root, &format!("{at}/{number}"))?;
    }
    if let Some(object) = value.as_object() {
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            object.get(key).ok_or(format!("{at}: no {key}"))?;
        }
        for (key, value) in object {
            let property = schema["properties"].get(key);
            let property = property.ok_or(format!("{at}: {key} is not described"))?;
            fits(value, property, root, &format!("{at}/{key}"))?;
        }
    }
    Ok(())
}

#[test]
#[allow(clippy::print_stderr)]
fn every_record_fits_the_schema() {
    if scade_face::weights::locate_cached_only().is_none() {
        eprintln!("skipped: needs the weights of MTCNN, run `cargo xtask weights`");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let schema = std::fs::read(root.join("docs/prediction.schema.json")).unwrap();
    let schema: Value = serde_json::from_slice(&schema).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let settings = SetSettings { identities: 2, frames: 8, ..SetSettings::default() };
    write_set(&folder.path().join("set"), &settings, |_| {}).unwrap();
    std::fs::write(folder.path().join("text.jpg"), "no image").unwrap();
    let image = root.join("crates/scade-image/fixtures/decode/one_scan.jpg");
    let mut kinds = Vec::new();
    for options in [&["--threshold", "0"][..], &["--threshold", "1"], &["--faces", "largest"]] {
        let mut command = cargo_bin_cmd!("scade-infer");
        command.arg(folder.path()).arg(&image).arg("gone.mp4").args(options);
        let output = command.assert().code(3).get_output().stdout.clone();
        for line in String::from_utf8(output).unwrap().lines() {
            let record: Value = serde_json::from_str(line).unwrap();
            fits(&record, &schema, &schema, "").unwrap_or_else(|why| panic!("{why} in {line}"));
            kinds.push((record["kind"].clone(), record["call"].clone()));
        }
    }
    for (kind, call) in [("video", "evidence"), ("video", "no-evidence")] {
        assert!(kinds.contains(&(kind.into(), call.into())), "{kind} {call}: {kinds:?}");
    }
    assert!(kinds.contains(&(Value::Null, Value::Null)));
    // What is not described is found.
    let wrong = serde_json::json!({ "path": "x", "settings": "", "more": 1 });
    assert!(fits(&wrong, &schema, &schema, "").is_err());
}
