//! The program `scade-preprocess`: arguments and configuration in, a store and a report out.
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use scade_cli::{HintExt, Outcome, config, init_logs};
use scade_data::{Audit, SplitOutcome, SplitRule, Status, Store, audit, split};
use scade_device::{Device, Job, TrainingKernels};
use scade_face::{CropRule, weights};
use scade_preprocess::{Config, Error, Report, preprocess};

/// Turns folders of real and fake videos into face samples for training.
#[derive(Debug, Parser)]
#[command(name = "scade-preprocess", version)]
struct Args {
    /// Folder with real/ and fake/, searched at any depth [default: ./dataset].
    #[arg(long)]
    dataset: Option<PathBuf>,
    /// Folder of the store to fill or to complete [default: ./preprocessed].
    #[arg(long)]
    output: Option<PathBuf>,
    /// Settings from a file: TOML, or YAML with the published keys. Flags go before it.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Most frames of a video [default: 100].
    #[arg(long)]
    max_frames: Option<u64>,
    /// Look at one frame in this many [default: 10].
    #[arg(long)]
    sampling_rate: Option<u64>,
    /// Skip videos with fewer sampled frames [default: 10].
    #[arg(long)]
    min_frames: Option<u64>,
    /// Make no defocus maps.
    #[arg(long)]
    no_defocus: bool,
    /// How faces are cut out: aligned on the landmarks, or as the published code does
    /// [default: aligned].
    #[arg(long, value_parser = ["aligned", "published"])]
    crop: Option<String>,
    /// What may not be shared between training, validation and test: video or identity
    /// [default: video].
    #[arg(long)]
    split: Option<SplitRule>,
    /// Share of the videos for validation [default: 0.15].
    #[arg(long)]
    val_split: Option<f64>,
    /// Share of the videos for the test [default: 0.15].
    #[arg(long)]
    test_split: Option<f64>,
    /// Seed of the split [default: 42].
    #[arg(long)]
    seed: Option<u64>,
    /// Videos in work at the same time [default: one per core].
    #[arg(long)]
    jobs: Option<usize>,
    /// Folder with the weights of the face detector, instead of the cache.
    #[arg(long)]
    weights: Option<PathBuf>,
    /// auto, cpu, ndarray, flex, wgpu[:n] or cuda[:n].
    #[arg(long, default_value = "auto")]
    device: Device,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    init_logs();
    scade_cli::run(|| work(&args))
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    let config = resolve(args)?;
    // Before anything is downloaded: most mistakes are in the dataset's path.
    scade_preprocess::discover(&config.dataset)
        .hint("name the folder that holds real/ and fake/ with --dataset")?;
    let weights = weights::locate(args.weights.as_deref())?;
    let job = Preprocess { config: &config, weights: &weights };
    let (store, report) = scade_device::run(args.device, job)?.map_err(explain)?;
    let outcome = divide(&store, &config)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
        println!("{:14} {}", "store", store.root().display());
        if let Some((outcome, audit)) = &outcome {
            print_split(outcome, audit);
        }
    }
    Ok(if report.failed.is_empty() { Outcome::Complete } else { Outcome::Partial })
}

/// Defaults, then the file, then the flags.
fn resolve(args: &Args) -> anyhow::Result<Config> {
    let mut config = match &args.config {
        Some(path) => config::load(path, Config::from_published)?,
        None => Config::default(),
    };
    let set = |value: &Option<u64>, into: &mut u64| *into = value.unwrap_or(*into);
    set(&args.max_frames, &mut config.frames.max);
    set(&args.sampling_rate, &mut config.frames.every);
    set(&args.min_frames, &mut config.frames.min);
    set(&args.seed, &mut config.split.seed);
    config.dataset = args.dataset.clone().unwrap_or(config.dataset);
    config.output = args.output.clone().unwrap_or(config.output);
    config.jobs = args.jobs.unwrap_or(config.jobs);
    config.split.rule = args.split.unwrap_or(config.split.rule);
    config.split.val = args.val_split.unwrap_or(config.split.val);
    config.split.test = args.test_split.unwrap_or(config.split.test);
    config.preparation.compute_defocus &= !args.no_defocus;
    match args.crop.as_deref() {
        // A file may have set other margins of the same rule; they stay.
        Some("published") if !matches!(config.preparation.crop, CropRule::Published { .. }) => {
            config.preparation.crop = CropRule::Published { margin_px: 76 };
        }
        Some("aligned") if !matches!(config.preparation.crop, CropRule::Aligned { .. }) => {
            config.preparation.crop = CropRule::default();
        }
        _ => {}
    }
    config.validate()?;
    Ok(config)
}

struct Preprocess<'a> {
    config: &'a Config,
    weights: &'a Path,
}

impl Job for Preprocess<'_> {
    type Output = Result<(Store, Report), Error>;

    fn run<B: TrainingKernels>(self, device: &B::Device) -> Self::Output {
        preprocess::<B::InnerBackend>(self.config, self.weights, device)
    }
}

fn explain(error: Error) -> anyhow::Error {
    let hint = match &error {
        Error::Data(scade_data::Error::PreparationDiffers { .. }) => {
            "use the settings of the store, or name another folder with --output"
        }
        Error::Data(_) => "name a folder that can be written, with enough space, with --output",
        _ => return error.into(),
    };
    Err::<(), _>(error).hint(hint).unwrap_err()
}

/// Divides what the store holds. Too few videos to divide are worth a warning, not the run.
fn divide(store: &Store, config: &Config) -> anyhow::Result<Option<(SplitOutcome, Audit)>> {
    let records = store.records()?;
    let chosen = &config.split;
    match split(&records, chosen.rule, chosen.shares(), chosen.seed) {
        Ok(outcome) => {
            store
                .write_splits(&outcome.splits)
                .context("the samples are made, but not the split")?;
            let audit = audit(&records, &outcome.splits);
            Ok(Some((outcome, audit)))
        }
        Err(error) => {
            let usable = records.iter().filter(|record| record.status == Status::Success).count();
            tracing::warn!("no split was written: {error} ({usable} videos have samples)");
            Ok(None)
        }
    }
}

fn print_split(outcome: &SplitOutcome, audit: &Audit) {
    let part = |part| {
        let part = outcome.splits.part(part);
        format!("{} real, {} fake", part.real.len(), part.fake.len())
    };
    for (name, which) in [
        ("train", scade_data::Part::Train),
        ("val", scade_data::Part::Val),
        ("test", scade_data::Part::Test),
    ] {
        println!("{name:14} {}", part(which));
    }
    if !outcome.dropped_fakes.is_empty() {
        println!("{:14} {} fakes that cross the split", "dropped", outcome.dropped_fakes.len());
    }
    let identities = audit.shared_identities.len();
    if identities > 0 {
        println!("{:14} {identities} identities are in more than one part", "leaks");
    } else {
        println!("{:14} none: no identity is in two parts", "leaks");
    }
}
