//! The project's own commands: `cargo xtask <command>`.
//!
//! One file per command. They inspect the machine and the workspace, and run `cargo` and our programs for
//! heavy work.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod ablation;
mod backends;
mod bench;
mod cargo;
mod check;
mod demo;
mod fit_defocus;
mod jpegs;
mod measure_detector;
mod parity;
mod preprocess;
mod process;
mod reproduce;
mod results;
mod setup;
mod synthetic_set;
mod test;
mod tools;
mod train_detector;
mod try_it;
mod weights;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// In the order in which new users need them.
#[derive(Subcommand)]
enum Command {
    /// Show what building the workspace needs, and install what is missing
    Setup(setup::Args),
    /// Score images and videos with the built-in detector; without any, two rendered clips
    Try(try_it::Args),
    /// Fetch the face detector's weights into the cache (arguments of `scade-face weights`)
    #[command(disable_help_flag = true)]
    Weights(PassedOn),
    /// Turn raw media into face samples (arguments of `scade-preprocess`)
    #[command(disable_help_flag = true)]
    Preprocess(PassedOn),
    /// Run everything end to end on synthetic clips: preprocess, train, evaluate, score
    Demo(demo::Args),
    /// Train variants of the published recipe on synthetic clips, and print what each part adds
    Ablation(ablation::Args),
    /// Train a detector like the built-in one, on photographs of real faces alone
    TrainDetector(train_detector::Args),
    /// Measure a detector on photographs and clips (arguments of `scade-detector-lab measure`)
    #[command(disable_help_flag = true)]
    MeasureDetector(PassedOn),
    /// Run a published recipe on your data, and print our metrics next to the published ones
    Reproduce(reproduce::Args),
    /// Time every part on this machine (arguments of `scade-bench`)
    #[command(disable_help_flag = true)]
    Bench(PassedOn),
    /// Fit the constants of the recommended defocus map anew (arguments of `scade-defocus-lab fit`)
    #[command(disable_help_flag = true)]
    FitDefocus(PassedOn),
    /// Compare how JPEG files are decoded with libjpeg-turbo (arguments of the example `jpegs`)
    #[command(disable_help_flag = true)]
    Jpegs(PassedOn),
    /// Verify architecture, manifests, format, spelling, licenses, lints and documentation
    Check(check::Args),
    /// Run every test, after installing and fetching what they need
    Test(test::Args),
    /// Compare our numbers with PyTorch's and others', and print the deviations per backend
    Parity(parity::Args),
}

/// Arguments for a program, `--help` included.
#[derive(clap::Args)]
struct PassedOn {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    arguments: Vec<OsString>,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Setup(args) => setup::run(&args),
        Command::Weights(args) => weights::run(&args.arguments),
        Command::Preprocess(args) => preprocess::run(&args.arguments),
        Command::Try(args) => try_it::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Ablation(args) => ablation::run(&args),
        Command::Reproduce(args) => reproduce::run(&args),
        Command::Bench(args) => bench::run(&args.arguments),
        Command::TrainDetector(args) => train_detector::run(&args),
        Command::MeasureDetector(args) => measure_detector::run(args.arguments),
        Command::FitDefocus(args) => fit_defocus::run(args.arguments),
        Command::Jpegs(args) => jpegs::run(&args.arguments),
        Command::Check(args) => check::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Parity(args) => parity::run(&args),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_and_flags_of_a_program_reach_it() {
        let parsed = Cli::try_parse_from(["xtask", "weights", "--help", "-q", "--", "x"]).unwrap();
        let Command::Weights(PassedOn { arguments }) = parsed.command else {
            panic!("not the weights command");
        };
        assert_eq!(arguments, ["--help", "-q", "--", "x"]);
    }
}
