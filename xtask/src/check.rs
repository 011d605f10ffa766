//! `cargo xtask check`: what holds of the tree without running it, cheapest first.

mod arrows;
mod ffmpeg;
mod manifests;
mod opening;

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Result;
use serde_json::Value;

use crate::cargo::{FEATURES, cargo};
use crate::{process, setup};

pub(crate) fn run() -> Result<ExitCode> {
    let metadata = process::output(cargo("metadata").args(["--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    // These take no time and report together.
    let quick = [
        step("arrows between our crates", || arrows::check(&metadata))?,
        step("first line of each file", opening::check)?,
        step("versions in one place", || manifests::check(&metadata))?,
        step("no FFmpeg in scade-train", ffmpeg::check)?,
    ];
    if quick.contains(&false) {
        println!("format and lints wait until these hold");
        return Ok(ExitCode::FAILURE);
    }
    // The lints compile against FFmpeg.
    let holds = step("format", || succeeds(cargo("fmt").args(["--all", "--check"])))?
        && setup::complete()?
        && step("lints", || succeeds(&mut clippy()))?;
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn clippy() -> Command {
    let mut command = cargo("clippy");
    command.args(["--workspace", "--all-targets", "--features", FEATURES]);
    command.args(["--", "-D", "warnings"]);
    command
}

/// Runs one check and prints what it found. Whether it found nothing.
fn step(name: &str, check: impl FnOnce() -> Result<Vec<String>>) -> Result<bool> {
    let start = Instant::now();
    let problems = check()?;
    let verdict = if problems.is_empty() { "ok" } else { "FAILED" };
    println!("{name:<28} {verdict:<8} {:.1} s", start.elapsed().as_secs_f64());
    for problem in &problems {
        println!("  {problem}");
    }
    Ok(problems.is_empty())
}

fn succeeds(command: &mut Command) -> Result<Vec<String>> {
    if process::status(command)?.success() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("see above, from `{}`", process::shown(command))])
}
