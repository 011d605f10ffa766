//! `cargo xtask check`: static checks of the workspace, cheapest first.

mod arrows;
mod documentation;
mod ffmpeg;
mod manifests;
mod matrix;
mod opening;
mod terminal;
mod tools;
mod tree;

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::Result;
use serde_json::Value;

use crate::cargo::{FEATURES, cargo};
use crate::{process, setup};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Instead compile every relevant combination of features, 64-bit ARM, and with the oldest supported
    /// compiler; what is not installed is skipped
    #[arg(long)]
    matrix: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let metadata = process::output(cargo("metadata").args(["--no-deps", "--format-version", "1"]))?;
    let metadata: Value = serde_json::from_str(&metadata)?;
    let holds = if args.matrix { matrix::run(&metadata)? } else { checks(&metadata)? };
    Ok(if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Result of one check.
enum Outcome {
    /// The problems found; empty if the check passed.
    Found(Vec<String>),
    /// Something is not installed: what, and the command that installs it.
    Skipped(String),
}

impl From<Vec<String>> for Outcome {
    fn from(problems: Vec<String>) -> Self {
        Self::Found(problems)
    }
}

fn checks(metadata: &Value) -> Result<bool> {
    // These are fast, so all are run and reported.
    let quick = [
        step("allowed dependencies", || arrows::check(metadata).map(Into::into))?,
        step("first line of each file", || opening::check().map(Into::into))?,
        step("versions in one place", || manifests::check(metadata).map(Into::into))?,
        step("no FFmpeg in scade-train", || ffmpeg::check().map(Into::into))?,
        step("no terminal in libraries", || terminal::check(metadata).map(Into::into))?,
        step("format", || succeeds(cargo("fmt").args(["--all", "--check"])))?,
        step("spelling", tools::spelling)?,
        step("licenses and sources", tools::licenses)?,
    ];
    if quick.contains(&false) {
        println!("lints and documentation are skipped until these pass");
        return Ok(false);
    }
    // Both compile against FFmpeg.
    Ok(setup::complete()?
        && step("lints", || succeeds(&mut clippy()))?
        && step("documentation", || succeeds(&mut documentation::command()))?)
}

fn clippy() -> Command {
    let mut command = cargo("clippy");
    command.args(["--workspace", "--all-targets", "--features", FEATURES]);
    command.args(["--", "-D", "warnings"]);
    command
}

/// Runs one check and prints its result. Returns whether it passed.
fn step(name: &str, check: impl FnOnce() -> Result<Outcome>) -> Result<bool> {
    let start = Instant::now();
    let outcome = check()?;
    let seconds = start.elapsed().as_secs_f64();
    let problems = match outcome {
        Outcome::Skipped(why) => {
            println!("{name:<28} skipped: {why}");
            return Ok(true);
        }
        Outcome::Found(problems) => problems,
    };
    let result = if problems.is_empty() { "ok" } else { "FAILED" };
    println!("{name:<28} {result:<8} {seconds:.1} s");
    for problem in &problems {
        println!("  {problem}");
    }
    Ok(problems.is_empty())
}

fn succeeds(command: &mut Command) -> Result<Outcome> {
    if process::status(command)?.success() {
        return Ok(Vec::new().into());
    }
    Ok(vec![format!("see the output of `{}` above", process::shown(command))].into())
}
