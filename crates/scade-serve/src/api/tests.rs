//! `openapi.json` describes the routes, and no others.

use std::collections::BTreeSet;

use serde_json::Value;
use strum::VariantArray;

use super::routes;
use crate::Reason;

fn document() -> Value {
    serde_json::from_str(include_str!("../../openapi.json")).unwrap()
}

/// Whether it has their methods is a matter of tests/openapi.rs.
#[test]
fn the_document_has_all_paths_but_those_of_the_page() {
    let document = document();
    let described: BTreeSet<&str> =
        document["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let is_page = |path: &str| matches!(path, "/" | "/style.css" | "/icon.svg" | "/js/{name}");
    let served = routes().into_iter().map(|(path, _)| path).filter(|path| !is_page(path));
    assert_eq!(served.collect::<BTreeSet<_>>(), described);
}

#[test]
fn the_document_lists_all_reasons() {
    let document = document();
    let listed = &document["components"]["schemas"]["Reason"]["enum"];
    let listed: BTreeSet<&str> =
        listed.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    let reasons: BTreeSet<&str> = Reason::VARIANTS.iter().map(|reason| reason.code()).collect();
    assert_eq!(listed, reasons);
}

#[test]
fn references_of_the_document_lead_somewhere() {
    fn check(value: &Value, document: &Value) {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(to)) = map.get("$ref") {
                    let pointer = to.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{to}");
                }
                map.values().for_each(|value| check(value, document));
            }
            Value::Array(values) => values.iter().for_each(|value| check(value, document)),
            _ => {}
        }
    }
    let document = document();
    check(&document, &document);
}
