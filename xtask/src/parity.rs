//! `cargo xtask parity`: a table of the deviations from reference values, per backend.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{ExitCode, Stdio};

use anyhow::{Context, Result};

use crate::backends::Backends;
use crate::cargo::{cargo, program};
use crate::{process, setup};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    backends: Backends,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if !setup::ensure()? || !args.backends.ensure()? {
        return Ok(ExitCode::FAILURE);
    }
    println!("\nfetching the face detector's weights");
    process::status(&mut program("scade-face", &["weights".into()]))?;
    println!("\nrunning the tests called parity");
    let mut command = cargo("test");
    command.args(["--workspace", "--no-fail-fast", "--lib", "--test", "parity"]);
    args.backends.apply(&mut command);
    command.args(["parity", "--", "--nocapture"]);
    command.stdin(Stdio::null());
    let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo test")?;
    print!("\n{}", Table::read(&String::from_utf8_lossy(&output.stdout)).markdown());
    if !output.status.success() {
        println!("\nsome deviations exceed their tolerance, see above");
    }
    Ok(process::exit_code(output.status))
}

/// The largest deviation and the largest tolerance per part, the former for each device.
#[derive(Default)]
struct Table {
    parts: BTreeMap<String, (f64, BTreeMap<String, f64>)>,
}

impl Table {
    /// Reads the lines `parity`, part, device, name, deviation, tolerance, separated by tabs. A line
    /// may follow what Cargo printed without a line break.
    fn read(printed: &str) -> Self {
        let mut table = Self::default();
        for line in printed.lines() {
            let Some((_, fields)) = line.split_once("parity\t") else { continue };
            let fields: Vec<&str> = fields.split('\t').collect();
            let &[part, device, _, deviation, tolerance] = fields.as_slice() else { continue };
            let number = |text: &str| text.parse().unwrap_or(f64::NAN);
            let entry = table.parts.entry(part.to_owned()).or_default();
            entry.0 = larger_or_nan(number(tolerance), entry.0);
            let worst = entry.1.entry(device.to_owned()).or_default();
            *worst = larger_or_nan(number(deviation), *worst);
        }
        table
    }

    fn markdown(&self) -> String {
        let devices: BTreeSet<&String> =
            self.parts.values().flat_map(|(_, devices)| devices.keys()).collect();
        let row =
            |first: &str, cells: Vec<String>| format!("| {first} | {} |\n", cells.join(" | "));
        let header = devices.iter().map(|device| (*device).clone()).chain(["allowed".to_owned()]);
        let mut text = row("part", header.collect());
        text += &row("---", vec!["---".to_owned(); devices.len() + 1]);
        for (part, (tolerance, worst)) in &self.parts {
            let cell = |device: &&String| {
                worst.get(*device).map_or("-".to_owned(), |value| format!("{value:.1e}"))
            };
            let cells = devices.iter().map(cell).chain([format!("{tolerance:.0e}")]);
            text += &row(part, cells.collect());
        }
        text
    }
}

/// The larger of two numbers; NaN if `a` is NaN.
fn larger_or_nan(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_deviation_of_each_part_and_device_is_shown() {
        let printed = "running 2 tests\n\
                       parity\tlosses\tflex\tbce\t2.0e-7\t1e-5\n\
                       test parity_of_losses ... parity\tlosses\tflex\tfocal\t3.1e-7\t1e-5\n\
                       parity\tlosses\tndarray\tbce\t1.0e-7\t1e-5\n\
                       parity\tnetwork\tflex\tlogits\tNaN\t1e-4\n";
        let expected = "| part | flex | ndarray | allowed |\n\
                        | --- | --- | --- | --- |\n\
                        | losses | 3.1e-7 | 1.0e-7 | 1e-5 |\n\
                        | network | NaN | - | 1e-4 |\n";
        assert_eq!(Table::read(printed).markdown(), expected);
    }
}
