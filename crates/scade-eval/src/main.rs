//! The program `scade-eval`: scores in, an honest report out.

mod program;

use std::cell::Cell;
use std::process::ExitCode;

use scade_cli::{Outcome, Program, ProgressBar, init_logs};
use scade_eval::{Error, Evaluation, FileFacts, Settings, System, Unit, evaluate};

use crate::program::args::Args;
use crate::program::{output, scores};

/// Flags, and the settings that hints name.
const FLAGS: [(&str, &str); 4] =
    [("output", "output"), ("model", "model"), ("weights", "weights"), ("threshold", "threshold")];

fn main() -> ExitCode {
    let program = Program::new().flags(&FLAGS).hints::<Error>();
    #[cfg(feature = "detector")]
    let program = program.hints::<scade::Error>().hints::<scade_device::Unavailable>();
    let args: Args = program.parse();
    init_logs();
    let is_bad_input = Cell::new(false);
    let code = program.run(|| {
        work(&args).inspect_err(|error| {
            let is_bad = |error: &Error| error.is_bad_input();
            is_bad_input.set(error.downcast_ref().is_some_and(is_bad));
        })
    });
    // Files that are not as described are wrong usage, not a failure.
    if is_bad_input.get() { ExitCode::from(2) } else { code }
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    #[cfg(feature = "detector")]
    if let Some(program::args::Command::Calibrate(args)) = &args.command {
        return program::calibrate::run(args);
    }
    if let Some(folder) = &args.output {
        output::check(folder)?;
    }
    #[cfg(feature = "detector")]
    if !args.what.data.is_empty() {
        return run_detectors(args);
    }
    let systems = scores::systems(args)?;
    let facts =
        |_: &str, path: &str| FileFacts::read(&args.files.join(path), &program::video_facts).ok();
    report(args, &systems, &facts)
}

#[cfg(feature = "detector")]
fn run_detectors(args: &Args) -> anyhow::Result<Outcome> {
    use program::{datasets, models, seen};

    let datasets = datasets::opened(&args.what.data, args.running.subset)?;
    let notes = seen::check(args, &datasets)?;
    let run = models::Run { args, datasets: &datasets };
    let mut systems = scade_device::run(args.running.device, run)??;
    for system in &mut systems {
        system.notes.extend(notes.iter().cloned());
    }
    let facts =
        |name: &str, path: &str| datasets.iter().find(|dataset| dataset.name == name)?.facts(path);
    report(args, &systems, &facts)
}

/// Evaluates, writes and prints.
fn report(
    args: &Args,
    systems: &[System],
    facts: &dyn Fn(&str, &str) -> Option<FileFacts>,
) -> anyhow::Result<Outcome> {
    for system in systems {
        system.table.check()?;
        if !args.one_class {
            system.table.check_classes()?;
        }
    }
    let settings = Settings {
        missing: args.missing,
        seed: args.seed,
        draws: args.draws as usize,
        seeds: args.seeds,
        min_coverage: args.min_coverage,
    };
    let mut evaluation = evaluate(systems, &settings, facts, &ProgressBar::new())?;
    evaluation.command = Some(command());
    for note in &evaluation.notes {
        tracing::warn!("{note}");
    }
    if let Some(folder) = &args.output {
        output::write(folder, args, systems, &evaluation)?;
    }
    output::print(&evaluation, args.json)?;
    Ok(outcome(&evaluation))
}

/// The command line, without the path of the program.
fn command() -> String {
    let arguments = std::env::args().skip(1).map(|argument| {
        if argument.contains(char::is_whitespace) { format!("'{argument}'") } else { argument }
    });
    std::iter::once("scade-eval".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
}

/// Partial where too little has a score; each dataset was reported.
fn outcome(evaluation: &Evaluation) -> Outcome {
    let datasets = evaluation.systems.iter().flat_map(|system| &system.datasets);
    let mut videos =
        datasets.flat_map(|dataset| &dataset.units).filter(|unit| unit.unit == Unit::Video);
    let is_low = videos.any(|unit| unit.coverage.ratio() < evaluation.settings.min_coverage);
    if is_low { Outcome::Partial } else { Outcome::Complete }
}
