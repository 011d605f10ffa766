//! Versions of dependencies are in the root manifest's `[workspace.dependencies]` only.
//!
//! `cargo metadata` shows dependencies after inheritance, so the manifests are read as text. The
//! reader accepts the forms that we use, and reports any other as a problem.

use anyhow::{Context, Result};
use serde_json::Value;

pub(super) fn check(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("metadata without packages")?;
    let mut problems = Vec::new();
    for package in packages {
        let path = package["manifest_path"].as_str().context("a package without a manifest")?;
        let manifest =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
        let name = package["name"].as_str().unwrap_or(path);
        problems.extend(not_inherited(&manifest).into_iter().map(|line| {
            format!(
                "{name}: expected `workspace = true` in `{line}`, its version beside the others"
            )
        }));
    }
    Ok(problems)
}

/// The entries of dependency tables that do not take their version from the workspace.
fn not_inherited(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_dependencies = false;
    for statement in statements(manifest) {
        if let Some(header) = statement.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            in_dependencies = header.ends_with("dependencies");
            // `[dependencies.name]`: one form of entry is enough.
            if header.contains("dependencies.") {
                found.push(statement);
            }
        } else if in_dependencies && !is_inherited(&statement) {
            found.push(statement);
        }
    }
    found
}

/// `name.workspace = true` or `name = { workspace = true, … }`.
fn is_inherited(entry: &str) -> bool {
    let Some((key, value)) = entry.split_once('=') else { return false };
    let value: String = value.split_whitespace().collect();
    let table = value.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
    match table {
        Some(inner) => inner.split(',').any(|field| field == "workspace=true"),
        None => key.trim().ends_with(".workspace") && value == "true",
    }
}

/// Headers and entries, without comments, each on one line whatever its line breaks.
fn statements(manifest: &str) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    let mut depth = 0;
    for line in manifest.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match statements.last_mut() {
            Some(open) if depth > 0 => open.push_str(line),
            _ => statements.push(line.to_owned()),
        }
        let count = |signs: [char; 2]| line.matches(signs).count();
        depth = (depth + count(['[', '{'])).saturating_sub(count([']', '}']));
    }
    statements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inherited_versions_pass_in_every_form_that_we_use() {
        let manifest = r#"
            [package]
            version.workspace = true
            edition = "2024"

            [dependencies]
            # why
            burn = { workspace = true, features = [
                "flex",   # a comment
                "autodiff",
            ] }
            serde.workspace = true # another one
            clap = { workspace = true, optional = true }

            [features]
            cli = ["dep:clap"]

            [target.'cfg(unix)'.dev-dependencies]
            tempfile.workspace = true
        "#;
        assert_eq!(not_inherited(manifest), [""; 0]);
    }

    #[test]
    fn own_versions_and_paths_are_reported() {
        let own = |entry: &str| not_inherited(&format!("[dev-dependencies]\n{entry}\n"));
        for entry in [
            "serde = \"1\"",
            "serde = { version = \"1\", features = [\"derive\"] }",
            "scade-fs = { path = \"../scade-fs\" }",
            "serde.workspace = false",
        ] {
            assert_eq!(own(entry), [entry]);
        }
        assert_eq!(
            not_inherited("[dependencies.serde]\nversion = \"1\""),
            ["[dependencies.serde]"]
        );
        assert_eq!(not_inherited("[build-dependencies]\ncc = \"1\"\n[lib]\nx = 1"), ["cc = \"1\""]);
    }
}
