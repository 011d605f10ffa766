//! Checks by external tools: spelling, licenses and sources of dependencies.

use std::process::Command;

use anyhow::Result;

use super::{Outcome, succeeds};
use crate::cargo;
use crate::tools::{DENY, TYPOS, Tool};

/// Spelling, by `typos.toml`, whose exclusions are relative to the checked folder.
pub(super) fn spelling() -> Result<Outcome> {
    with(&TYPOS, |typos| {
        typos.arg("--format").arg("brief").arg("--color").arg("never").arg(".");
    })
}

/// Licenses, sources and banned crates, by `deny.toml`. Advisories need a database from the
/// network, which the public workflow has.
pub(super) fn licenses() -> Result<Outcome> {
    with(&DENY, |deny| {
        deny.arg("--manifest-path").arg(cargo::root().join("Cargo.toml"));
        deny.args(["--log-level", "error", "--all-features", "check", "--hide-inclusion-graph"]);
        deny.args(["bans", "licenses", "sources"]);
    })
}

/// Without the tool the check is skipped on a developer's machine. Continuous integration must not
/// pass by skipping it.
fn with(tool: &Tool, arguments: impl FnOnce(&mut Command)) -> Result<Outcome> {
    let path = match tool.path() {
        Ok(path) => path,
        Err(error) if in_ci() => return Ok(vec![format!("{error:#}")].into()),
        Err(_) => return Ok(Outcome::Skipped(format!("no {}; {}", tool.name, tool.advice()))),
    };
    let mut command = Command::new(path);
    arguments(command.current_dir(cargo::root()));
    succeeds(&mut command)
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
