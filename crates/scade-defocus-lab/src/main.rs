//! `scade-defocus-lab`: fits the constants of the recommended defocus map, and plots the figure of
//! its documentation. The benchmark is part of `scade-bench`.

mod source;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use scade_cli::{Outcome, Program, ProgressBar, init_logs};
use scade_defocus::band_energy;
use scade_defocus_lab::{Candidate, Fit, FitSettings, core, figure, fit};
use scade_settings::Progress;

use crate::source::{Fitted, source};

/// Fit defocus maps, and plot what they measure.
#[derive(Debug, Parser)]
#[command(name = "scade-defocus-lab", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fit both networks of the band-energy map on synthetic images, score them, write their constants
    Fit(FitArguments),
    /// Plot scenes of known blur with the map of each method, as PNG
    Figure {
        /// Output file
        #[arg(long, default_value = "docs/defocus.png")]
        output: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct FitArguments {
    /// Number of synthetic images to fit on
    #[arg(long = "pictures", default_value_t = FitSettings::default().images, value_parser = clap::value_parser!(u64).range(1..))]
    images: u64,
    /// Steps of each fit
    #[arg(long, default_value_t = 16_000, value_parser = clap::value_parser!(u32).range(1..))]
    steps: u32,
    /// Number of fits with different initial weights; the best one is kept
    #[arg(long, default_value_t = FitSettings::default().restarts, value_parser = clap::value_parser!(u64).range(1..))]
    restarts: u64,
    /// Random seed
    #[arg(long, default_value_t = FitSettings::default().seed)]
    seed: u64,
    /// Number of this fit; increase it by one when its constants become part of a version
    #[arg(long)]
    number: u32,
    /// Output file of the constants
    #[arg(long, default_value = "crates/scade-defocus/src/band_energy/constants.rs")]
    output: PathBuf,
}

fn main() -> ExitCode {
    let program = Program::new();
    let arguments: Arguments = program.parse();
    init_logs();
    program.run(|| match &arguments.command {
        Command::Fit(arguments) => fit_both(arguments),
        Command::Figure { output } => plot(output),
    })
}

fn fit_both(arguments: &FitArguments) -> anyhow::Result<Outcome> {
    scade_fs::check_writable(&arguments.output)?;
    let &FitArguments { images, steps, restarts, seed, number, .. } = arguments;
    let settings =
        FitSettings { images, steps: steps as usize, restarts, seed, ..FitSettings::default() };
    let progress = ProgressBar::new();
    progress.start("fit", "fits", 2 * restarts);
    let mut fitted = Vec::new();
    for (name, hidden) in [("small", [8].as_slice()), ("large", &[16, 16])] {
        let Fit { network, loss, samples } =
            fit(hidden, &settings, || progress.advance(1))?.expect("at least one restart");
        let scored = network.clone();
        let estimate =
            move |image: &_| band_energy(image, &scored).expect("synthetic images are not empty");
        let row = core(&[Candidate::new(name, estimate)])[0];
        fitted.push(Fitted { name, network, loss, samples, row });
    }
    progress.finish();
    let text = source(&fitted, &settings, number);
    scade_fs::write(&arguments.output, &text)?;
    for line in text.lines().take_while(|line| line.starts_with("//!")).skip(2) {
        scade_cli::print(line.trim_start_matches("//!").trim_start())?;
    }
    Ok(Outcome::Complete)
}

fn plot(output: &std::path::Path) -> anyhow::Result<Outcome> {
    let mut png = std::io::Cursor::new(Vec::new());
    figure().write_to(&mut png, image::ImageFormat::Png)?;
    scade_fs::write(output, png.into_inner())?;
    scade_cli::print(output.display())?;
    Ok(Outcome::Complete)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
