//! The program `scade-preprocess`: flags and configuration in, a prepared dataset and a report out.

mod cli;

use std::process::ExitCode;

use scade_cli::{HintExt, Outcome, Program, ProgressBar, init_logs};
use scade_data::{PreparedDataset, Status};
use scade_device::{Job, TrainingKernels};
use scade_face::{DetectorFiles, weights};
use scade_preprocess::{Config, Error, Report, SplitReport, merge, preprocess, split_dataset};

use crate::cli::args::{Args, Command, FLAGS, MergeArgs, RENAMED_FLAGS};

fn main() -> ExitCode {
    let program = Program::new()
        .flags(&FLAGS)
        .renamed_flags(&RENAMED_FLAGS)
        .defaults(&Config::default())
        .hints::<Error>()
        .hints::<scade_sample::Error>()
        .hints::<scade_data::Error>()
        .hints::<weights::Error>()
        .hints::<scade_device::Unavailable>();
    let args: Args = program.parse();
    init_logs();
    program.run(|| match &args.command {
        Some(Command::Merge(args)) => merge_shards(args),
        None => work(&args),
    })
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    let config = args.config()?;
    // Before anything is downloaded: most mistakes are in the dataset's path.
    scade_preprocess::discover(&config)?;
    let files = weights::locate_for(args.weights.as_deref(), config.preparation.fallback)?;
    let job = Preprocess { config: &config, files: &files };
    let (store, report) = scade_device::run(args.device, job)??;
    let whole = config.shard.is_whole();
    let division = if whole { split_dataset(&store, &config.split)? } else { None };
    if args.json {
        let mut value = serde_json::to_value(&report)?;
        value["split"] = division.as_ref().map(SplitReport::summary).into();
        scade_cli::print(serde_json::to_string_pretty(&value)?)?;
    } else {
        scade_cli::print(&report)?;
        print_store(&store, division.as_ref())?;
        if !whole {
            let output = config.output.display();
            let next =
                format_args!("when all shards are done: scade-preprocess merge --output {output}");
            scade_cli::print(next)?;
        }
    }
    if whole && report.real_videos + report.fake_videos == 0 {
        let count = report.skipped.len() + report.failed.len();
        return Err(anyhow::anyhow!("none of {count} videos gave a sample")).hint(
            "the reasons are listed above and in the records of the dataset; --min-frames and \
             --frame-stride decide how many frames a video needs",
        );
    }
    Ok(if report.is_partial() { Outcome::Partial } else { Outcome::Complete })
}

fn merge_shards(args: &MergeArgs) -> anyhow::Result<Outcome> {
    let (store, mut split) = merge(&args.output)?;
    args.split.apply(&mut split);
    split.ratios().validate()?;
    let division = split_dataset(&store, &split)?;
    let records = store.records()?;
    let videos = records.len();
    let failed = records.iter().filter(|record| record.status == Status::Error).count();
    if args.json {
        let summary = division.as_ref().map(SplitReport::summary);
        let value = serde_json::json!({"videos": videos, "failed": failed, "split": summary});
        scade_cli::print(serde_json::to_string_pretty(&value)?)?;
    } else {
        scade_cli::print(format_args!("{:14} {videos}", "videos"))?;
        scade_cli::print(format_args!("{:14} {failed}", "failed"))?;
        print_store(&store, division.as_ref())?;
    }
    Ok(if failed == 0 { Outcome::Complete } else { Outcome::Partial })
}

fn print_store(store: &PreparedDataset, division: Option<&SplitReport>) -> anyhow::Result<()> {
    let row =
        |name, value: &dyn std::fmt::Display| scade_cli::print(format_args!("{name:14} {value}"));
    row("dataset", &store.root().display())?;
    let Some(division) = division else { return Ok(()) };
    scade_cli::print(division)?;
    row("audit", &store.audit_path().display())?;
    if !division.leaks.is_clean() {
        let refused =
            "scade-train refuses this split without --allow-leaks; --split identity has none";
        row("note", &refused)?;
    }
    Ok(())
}

struct Preprocess<'a> {
    config: &'a Config,
    files: &'a DetectorFiles,
}

impl Job for Preprocess<'_> {
    type Output = Result<(PreparedDataset, Report), Error>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        let progress = ProgressBar::new();
        preprocess::<B::InnerBackend>(self.config, self.files, device, &progress)
    }
}
