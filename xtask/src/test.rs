//! `cargo xtask test`: all tests of the workspace, with what they need fetched first.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{ExitCode, ExitStatus, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::backends::Backends;
use crate::cargo::{cargo, program};
use crate::{process, setup};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    backends: Backends,
    /// Passed on to `cargo test`
    #[arg(last = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !setup::ensure()? || !args.backends.ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    println!("\nfetching the face detector's weights");
    let weights = process::status(&mut program("scade-face", &["weights".into()]))?.success();
    println!("\nrunning the tests");
    let start = Instant::now();
    let (status, tally) = cargo_test(args)?;
    println!("\nsummary");
    let weights = if weights { "found" } else { "MISSING: tests that need them were skipped" };
    println!("  weights  {weights}");
    println!("  tests    {tally}, {:.0} s including the build", start.elapsed().as_secs_f64());
    println!("  result   {}", if status.success() { "ok" } else { "FAILED" });
    Ok(process::exit_code(status))
}

/// Runs all tests even if one fails; prints and counts results as they come.
fn cargo_test(args: &Args) -> Result<(ExitStatus, Tally)> {
    let mut command = cargo("test");
    command.args(["--workspace", "--no-fail-fast"]);
    args.backends.apply(&mut command);
    command.args(&args.arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let shown = process::shown(&command);
    let mut child = command.spawn().with_context(|| format!("cannot run `{shown}`"))?;
    let mut tally = Tally::default();
    let stdout = child.stdout.take().context("cargo test has no output")?;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line.context("cannot read what cargo test prints")?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.add(&line);
    }
    Ok((child.wait().context("cannot wait for cargo test")?, tally))
}

/// Sums of the lines `test result: …`, one of which ends each test program.
#[derive(Debug, Default, PartialEq)]
struct Tally {
    programs: u32,
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Tally {
    fn add(&mut self, line: &str) {
        let Some(counts) = line.strip_prefix("test result: ") else { return };
        let words: Vec<&str> = counts.split_whitespace().collect();
        let count = |name: &str| {
            let at = words.iter().position(|&word| word == name)?;
            words.get(at.checked_sub(1)?)?.parse::<u32>().ok()
        };
        self.programs += 1;
        self.passed += count("passed;").unwrap_or(0);
        self.failed += count("failed;").unwrap_or(0);
        self.ignored += count("ignored;").unwrap_or(0);
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { programs, passed, failed, ignored } = self;
        write!(f, "{passed} passed, {failed} failed, {ignored} ignored in {programs} programs")
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn results_are_added_up() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished",
            "test a_test_with_result: ... ok",
            "test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out;",
        ] {
            tally.add(line);
        }
        assert_eq!(tally, Tally { programs: 2, passed: 13, failed: 2, ignored: 1 });
    }

    #[test]
    fn arguments_after_the_dashes_reach_cargo_test() {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            args: Args,
        }
        let line = Line::parse_from(["test", "--", "--doc", "--", "--nocapture"]);
        assert_eq!(line.args.arguments, ["--doc", "--", "--nocapture"]);
    }
}
