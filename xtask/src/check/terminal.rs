//! Libraries do not depend on terminal crates: no flags, no progress bars, no log output.
//!
//! A package with a library and a program has these behind the feature of its program, which libraries
//! disable.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::tree;

/// Crates that only programs may use.
const TERMINAL: [&str; 6] =
    ["clap", "console", "indicatif", "scade-cli", "tracing-indicatif", "tracing-subscriber"];

/// The library that programs have in common, which needs such crates.
const SHARED_BY_PROGRAMS: &str = "scade-cli";

/// The library for other projects. A CSV parser belongs to the programs that read CSV files.
const FACADE: &str = "scade";
const NOT_IN_FACADE: [&str; 1] = ["csv"];

/// Libraries that still break the rule. A line is removed as soon as the check reports it; none may be
/// added.
const EXCEPTIONS: [&str; 4] = ["scade", "scade-defocus-lab", "scade-preprocess", "scade-train"];

pub(super) fn check(metadata: &Value) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for library in libraries(metadata)? {
        let packages = tree::packages(&library, &["--no-default-features"])?;
        problems.extend(check_library(&library, &packages, EXCEPTIONS.contains(&library.as_str())));
    }
    Ok(problems)
}

/// Names of our packages that others can use as a library.
fn libraries(metadata: &Value) -> Result<Vec<String>> {
    let packages = metadata["packages"].as_array().context("metadata without packages")?;
    let is_library = |package: &&Value| {
        let mut targets = package["targets"].as_array().into_iter().flatten();
        targets.any(|target| {
            target["kind"].as_array().is_some_and(|kinds| kinds.contains(&"lib".into()))
        })
    };
    let name = |package: &Value| package["name"].as_str().map(str::to_owned);
    let names = packages.iter().filter(is_library).filter_map(name);
    Ok(names.filter(|name| name != SHARED_BY_PROGRAMS).collect())
}

fn check_library(library: &str, packages: &BTreeSet<String>, is_exception: bool) -> Option<String> {
    let facade = NOT_IN_FACADE.iter().filter(|_| library == FACADE);
    let forbidden = TERMINAL.iter().chain(facade).filter(|name| packages.contains(**name));
    let found: Vec<&str> = forbidden.copied().collect();
    match (found.first(), is_exception) {
        (None, true) => Some(format!(
            "{library} no longer breaks the rule: remove it from EXCEPTIONS in {}",
            file!()
        )),
        (Some(first), false) => Some(format!(
            "the library {library} depends on {}; to see how, run\n    \
             cargo tree -p {library} --no-default-features -e normal -i {first}",
            found.join(", ")
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_terminal_crate_is_reported_with_the_command_that_finds_it() {
        let problem =
            check_library("scade-data", &set(&["burn", "clap", "indicatif"]), false).unwrap();
        assert!(problem.contains("scade-data depends on clap, indicatif"), "{problem}");
        assert!(problem.contains("-e normal -i clap"), "{problem}");
        assert!(check_library("scade-data", &set(&["burn", "csv"]), false).is_none());
        assert!(check_library("scade", &set(&["burn", "csv"]), false).unwrap().contains("csv"));
    }

    #[test]
    fn an_unneeded_exception_is_reported() {
        assert!(check_library("scade-data", &set(&["clap"]), true).is_none());
        assert!(check_library("scade-data", &set(&["burn"]), true).unwrap().contains("EXCEPTIONS"));
    }

    #[test]
    fn programs_and_their_common_library_are_not_checked() {
        let package = |name: &str, kind: &str| json!({"name": name, "targets": [{"kind": [kind]}]});
        let metadata = json!({"packages": [
            package("scade-bench", "bin"), package("scade", "lib"), package("scade-cli", "lib"),
        ]});
        assert_eq!(libraries(&metadata).unwrap(), ["scade"]);
    }
}
