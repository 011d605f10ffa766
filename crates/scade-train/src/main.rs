//! The program `scade-train`: flags and configuration in, a run folder and a table of metrics out.

mod cli;

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use scade_cli::{HintExt, Outcome, Program, init_logs};
use scade_device::{SharedJob, TrainingKernels};
use scade_image::encode_png;
use scade_metrics::Report;
use scade_train::{
    Config, Error, ProcessRank, Reporter, Run, RunFolder, RunOptions, Trained, Unreadable, preview,
    train,
};

use crate::cli::args::{Args, FLAGS, FORMAT, RENAMED_FLAGS};
use crate::cli::console::Console;

fn main() -> ExitCode {
    cli::memory::keep();
    let program = Program::new()
        .flags(&FLAGS)
        .renamed_flags(&RENAMED_FLAGS)
        .defaults(&Config::default())
        .hints::<Error>()
        .hints::<scade_device::Unavailable>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| work(&args))
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    if args.tui && cfg!(not(feature = "tui")) {
        return Err(anyhow::anyhow!("this build has no dashboard")).hint(
            "build it in with `cargo run -p scade-train --features tui -- --tui …`, or omit --tui",
        );
    }
    if args.tui && !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(anyhow::anyhow!("the dashboard needs a terminal on stdin and on stdout"))
            .hint("omit --tui: progress is then printed line by line");
    }
    if let Some(path) = &args.preview {
        // A slip of the pen must not overwrite a photograph.
        if path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("png")) {
            return Err(anyhow::anyhow!("{} does not end in .png", path.display()))
                .hint("name the new image with --preview, as in pairs.png");
        }
        let sheet = encode_png(&preview(&configured(args)?, PREVIEWED)?)?;
        scade_fs::write(path, sheet).hint("name a file that can be written with --preview")?;
        scade_cli::print(path.display())?;
        return Ok(Outcome::Complete);
    }
    let process = args.ranks.process()?;
    // Before a run folder is made: a missing device must not leave an empty one.
    let devices = scade_device::resolve(&args.device)?;
    let (config, folder) = match &args.resume {
        Some(path) => resumed(args, path)?,
        None => (configured(args)?, None),
    };
    let (trained, folder) = devices.run(Job { args, config, folder, process })?;
    if args.json {
        let mut value = serde_json::to_value(&trained)?;
        value["run"] = folder.path().to_string_lossy().into();
        scade_cli::print(serde_json::to_string_pretty(&value)?)?;
    } else {
        scade_cli::print(table(&trained, &folder))?;
    }
    match trained.unreadable.total() {
        0 => Ok(Outcome::Complete),
        _ => Ok(Outcome::Partial),
    }
}

/// Pairs of a preview.
const PREVIEWED: usize = 12;

/// The settings of a new run: defaults, then the file, then the flags.
fn configured(args: &Args) -> anyhow::Result<Config> {
    let mut config = match &args.config {
        Some(path) => FORMAT.load(path)?,
        None => Config::default(),
    };
    args.apply(&mut config);
    FORMAT
        .set(config, &args.set)
        .hint("keys are those of configs/train/*.toml and of config.toml in a run folder")
}

/// The settings of an earlier run, with what may change, and its folder.
fn resumed(args: &Args, path: &Path) -> anyhow::Result<(Config, Option<RunFolder>)> {
    let output = args.output.clone().unwrap_or(Config::default().output);
    let folder = RunFolder::find(path, &output)
        .hint("name the folder of a run with --resume, or `latest` and its parent with --output")?;
    let mut config = folder.config()?;
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.workers = args.workers.unwrap_or(config.workers);
    config.data = args.data.clone().unwrap_or(config.data);
    Ok((config, Some(folder)))
}

/// A run on the backend of the devices.
struct Job<'a> {
    args: &'a Args,
    config: Config,
    /// That of a resumed run.
    folder: Option<RunFolder>,
    process: Option<ProcessRank>,
}

impl SharedJob for Job<'_> {
    type Output = anyhow::Result<(Trained, RunFolder)>;

    fn run<B: TrainingKernels>(self, devices: &[B::Device]) -> Self::Output {
        let run = Run::<B>::open(self.config, devices.to_vec(), self.process)?;
        if !run.leaks().is_clean() {
            tracing::warn!("{}: metrics of this run are too optimistic", run.leaks());
        }
        let folder = match self.folder {
            Some(folder) => folder,
            None => RunFolder::create(run.config())?,
        };
        tracing::info!("run folder {}", folder.path().display());
        let options = RunOptions { evaluate_test: !self.args.no_eval };
        let train = |reporter: &mut dyn Reporter| train(&run, &folder, options, reporter);
        let trained = watched(self.args.tui, train)?;
        Ok((trained, folder))
    }
}

/// Runs `train` with what shows it to the user.
#[cfg(feature = "tui")]
fn watched(
    dashboard: bool,
    train: impl FnOnce(&mut dyn Reporter) -> Result<Trained, Error>,
) -> Result<Trained, Error> {
    if !dashboard {
        return train(&mut Console::default());
    }
    // Log lines wait until the dashboard has left the screen, and no bar is drawn.
    let _logs = scade_cli::HeldLogs::begin();
    let dashboard = scade_train::Dashboard::new();
    train(&mut scade_train::Reporters::new().with(dashboard).with(Console::default()))
}

/// Runs `train` with what shows it to the user.
#[cfg(not(feature = "tui"))]
fn watched(
    _dashboard: bool,
    train: impl FnOnce(&mut dyn Reporter) -> Result<Trained, Error>,
) -> Result<Trained, Error> {
    train(&mut Console::default())
}

fn table(trained: &Trained, folder: &RunFolder) -> String {
    let subset = |name, report: &Option<Report>| match report {
        Some(report) => format!("{name}\n{report}\n"),
        None => format!("{name}: not evaluated\n"),
    };
    let unreadable = match trained.unreadable {
        none if none.total() == 0 => String::new(),
        Unreadable { train, val, test } => {
            format!("unreadable     {train} training, {val} validation, {test} test samples\n")
        }
    };
    format!(
        "{}{}{unreadable}best epoch     {} of {}\ntime           {:.1} s\ndetector       {}",
        subset("validation", &trained.val),
        subset("test", &trained.test),
        trained.best_epoch,
        trained.epochs,
        trained.seconds,
        folder.path().display()
    )
}
