//! Libraries do not know that there is a terminal: no flags, no progress bars, no log output.
//!
//! A package that is library and program in one has these behind the feature of its program, which
//! libraries turn off.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde_json::Value;

use super::tree;

/// What only programs may use.
const TERMINAL: [&str; 6] =
    ["clap", "console", "indicatif", "scade-cli", "tracing-indicatif", "tracing-subscriber"];

/// The library that programs share, which consists of such things.
const SHARED_BY_PROGRAMS: &str = "scade-cli";

/// The library that others build on. A table parser belongs to the programs that read tables.
const FACADE: &str = "scade";
const NOT_IN_FACADE: [&str; 1] = ["csv"];

pub(super) fn check(metadata: &Value) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for library in libraries(metadata)? {
        let packages = tree::packages(&library, &["--no-default-features"])?;
        problems.extend(problem(&library, &packages));
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

fn problem(library: &str, packages: &BTreeSet<String>) -> Option<String> {
    let facade = NOT_IN_FACADE.iter().filter(|_| library == FACADE);
    let forbidden = TERMINAL.iter().chain(facade).filter(|name| packages.contains(**name));
    let found: Vec<&str> = forbidden.copied().collect();
    let first = found.first()?;
    Some(format!(
        "the library {library} depends on {}; to see how, run\n    \
         cargo tree -p {library} --no-default-features -e normal -i {first}",
        found.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_terminal_crate_is_named_with_the_way_to_find_it() {
        let found = problem("scade-data", &set(&["burn", "clap", "indicatif"])).unwrap();
        assert!(found.contains("scade-data depends on clap, indicatif"), "{found}");
        assert!(found.contains("-e normal -i clap"), "{found}");
        assert!(problem("scade-data", &set(&["burn", "csv"])).is_none());
        assert!(problem("scade", &set(&["burn", "csv"])).unwrap().contains("csv"));
    }

    #[test]
    fn programs_are_no_libraries_and_what_they_share_may_print() {
        let package = |name: &str, kind: &str| json!({"name": name, "targets": [{"kind": [kind]}]});
        let metadata = json!({"packages": [
            package("scade-bench", "bin"), package("scade", "lib"), package("scade-cli", "lib"),
        ]});
        assert_eq!(libraries(&metadata).unwrap(), ["scade"]);
    }
}
