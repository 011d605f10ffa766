//! The program `scade-preprocess`: arguments and configuration in, a store and a report out.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use scade_cli::{HintExt, Outcome, config, init_logs, named, with_hint};
use scade_data::{CropFormat, MapFormat, SplitRule, Status, Store, Tree};
use scade_sample::FaceSelection;
use scade_defocus::Method;
use scade_device::{Device, Job, TrainingKernels};
use scade_face::{CropRule, weights};
use scade_preprocess::{
    Config, Division, Error, Layout, Report, Shard, Split, divide, merge, preprocess,
};
use scade_video::Color;

/// Turns folders of real and fake videos into face samples for training.
#[derive(Debug, Parser)]
#[command(name = "scade-preprocess", version, args_conflicts_with_subcommands = true)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// Folder of the dataset, or the list itself with --layout csv [default: ./dataset].
    #[arg(long)]
    dataset: Option<PathBuf>,
    /// How the dataset lies there: flat (real/ and fake/ at any depth), csv, faceforensics, dfd,
    /// celeb-df or dfdc [default: flat].
    #[arg(long)]
    layout: Option<Layout>,
    /// Which of several compressions of FaceForensics++ and DFD: raw, c0, c23 or c40.
    #[arg(long)]
    compression: Option<String>,
    /// Folder with the official train.json, val.json and test.json of FaceForensics++.
    #[arg(long, value_name = "DIR")]
    official_split: Option<PathBuf>,
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
    /// How defocus maps are made: band-energy, gradient-ratio, jeon-woo or published
    /// [default: band-energy].
    #[arg(long, value_name = "METHOD")]
    defocus_method: Option<Method>,
    /// Give any setting of a configuration file a value, as in
    /// `--set preparation.detector.min_face_size=40`; after the other flags, as often as you like.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Make no defocus maps.
    #[arg(long, conflicts_with = "defocus_method")]
    no_defocus: bool,
    /// How faces are cut out: aligned on the landmarks, or as the published code does
    /// [default: aligned].
    #[arg(long, value_parser = ["aligned", "published"])]
    crop: Option<String>,
    /// Which of several faces in a frame are taken: the largest, the best, which the detector is
    /// surest of, or all, each followed through the video [default: largest].
    #[arg(long, value_parser = named::<FaceSelection>)]
    faces: Option<FaceSelection>,
    /// Take only those faces of a fake that the dataset's masks mark as forged, and keep the masks.
    #[arg(long)]
    masks: bool,
    /// Format of crops: jpeg, png or webp, the last two without loss [default: jpeg].
    #[arg(long, value_name = "FORMAT", value_parser = named::<CropFormat>)]
    crop_format: Option<CropFormat>,
    /// Quality of JPEG crops, 1 to 100 [default: 95].
    #[arg(long, value_name = "QUALITY")]
    jpeg_quality: Option<u8>,
    /// Format of defocus maps: npy, float32, or png, 16 bits [default: npy].
    #[arg(long, value_name = "FORMAT", value_parser = named::<MapFormat>)]
    map_format: Option<MapFormat>,
    /// Which files the store holds: 1, ours, or published, exactly the published ones; the others
    /// then lie beside it in <output>.scade [default: 1].
    #[arg(long, value_name = "VERSION", value_parser = named::<Tree>)]
    layout_version: Option<Tree>,
    /// YUV to RGB matrix of frames: cv2-compatible, which is BT.601 as in OpenCV, or
    /// honor-tags, as the video declares [default: cv2-compatible].
    #[arg(long, alias = "colour", value_parser = named::<Color>)]
    color: Option<Color>,
    #[command(flatten)]
    split: SplitArgs,
    /// Prepare one share of the videos, i/n with i from 1, into a store of its own; `merge` puts
    /// them together [default: as SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX say].
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
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

/// What there is to do besides preparing.
#[derive(Debug, Subcommand)]
enum Command {
    /// Put the shards of a store together, once all are done.
    Merge(MergeArgs),
}

#[derive(Debug, clap::Args)]
struct MergeArgs {
    /// Folder of the store, as the shards were told.
    #[arg(long)]
    output: PathBuf,
    #[command(flatten)]
    split: SplitArgs,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// How the store is divided.
#[derive(Debug, clap::Args)]
struct SplitArgs {
    /// What may not be shared between training, validation and test: video, identity, or official
    /// for the dataset's own parts [default: identity].
    #[arg(long = "split", value_name = "RULE")]
    rule: Option<SplitRule>,
    /// Share of the videos for validation [default: 0.15].
    #[arg(long, value_name = "SHARE")]
    val_split: Option<f64>,
    /// Share of the videos for the test [default: 0.15].
    #[arg(long, value_name = "SHARE")]
    test_split: Option<f64>,
    /// Seed of the split [default: 42].
    #[arg(long)]
    seed: Option<u64>,
}

impl SplitArgs {
    fn put_into(&self, split: &mut Split) {
        split.rule = self.rule.unwrap_or(split.rule);
        split.val = self.val_split.unwrap_or(split.val);
        split.test = self.test_split.unwrap_or(split.test);
        split.seed = self.seed.unwrap_or(split.seed);
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    init_logs();
    let program = scade_cli::Program::new()
        .hints::<scade_device::Unavailable>()
        .hints::<scade_face::weights::Error>()
        .hints::<scade_video::Error>();
    program.run(|| match &args.command {
        Some(Command::Merge(args)) => put_together(args),
        None => work(&args),
    })
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    let config = resolve(args)?;
    // Before anything is downloaded: most mistakes are in the dataset's path.
    scade_preprocess::discover(&config).map_err(explain)?;
    let weights = weights::locate(args.weights.as_deref())?;
    let job = Preprocess { config: &config, weights: &weights };
    let (store, report) = scade_device::run(args.device, job)?.map_err(explain)?;
    let whole = config.shard.is_whole();
    let division = if whole { divide(&store, &config.split).map_err(explain)? } else { None };
    if args.json {
        let mut value = serde_json::to_value(&report)?;
        value["split"] = division.as_ref().map(Division::summary).into();
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
            "the reasons stand above and in the records of the store; --min-frames and \
             --sampling-rate decide how many frames a video needs",
        );
    }
    Ok(if report.failed.is_empty() { Outcome::Complete } else { Outcome::Partial })
}

fn put_together(args: &MergeArgs) -> anyhow::Result<Outcome> {
    let (store, mut split) = merge(&args.output).map_err(explain)?;
    args.split.put_into(&mut split);
    split.shares().check()?;
    let division = divide(&store, &split).map_err(explain)?;
    let records = store.records()?;
    let videos = records.len();
    let failed = records.iter().filter(|record| record.status == Status::Error).count();
    if args.json {
        let summary = division.as_ref().map(Division::summary);
        let value = serde_json::json!({"videos": videos, "failed": failed, "split": summary});
        scade_cli::print(serde_json::to_string_pretty(&value)?)?;
    } else {
        scade_cli::print(format_args!("{:14} {videos}", "videos"))?;
        scade_cli::print(format_args!("{:14} {failed}", "failed"))?;
        print_store(&store, division.as_ref())?;
    }
    Ok(if failed == 0 { Outcome::Complete } else { Outcome::Partial })
}

fn print_store(store: &Store, division: Option<&Division>) -> anyhow::Result<()> {
    let row =
        |name, value: &dyn std::fmt::Display| scade_cli::print(format_args!("{name:14} {value}"));
    row("store", &store.root().display())?;
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
    config.dataset = args.dataset.clone().unwrap_or(config.dataset);
    config.output = args.output.clone().unwrap_or(config.output);
    config.jobs = args.jobs.unwrap_or(config.jobs);
    config.layout = args.layout.unwrap_or(config.layout);
    config.compression = args.compression.clone().or(config.compression);
    config.official_split = args.official_split.clone().or(config.official_split);
    config.shard = shard(args)?;
    args.split.put_into(&mut config.split);
    config.preparation.faces = args.faces.unwrap_or(config.preparation.faces);
    config.masks |= args.masks;
    config.layout_version = args.layout_version.unwrap_or(config.layout_version);
    let files = &mut config.preparation.files;
    files.crops = args.crop_format.unwrap_or(files.crops);
    files.maps = args.map_format.unwrap_or(files.maps);
    let quality = &mut config.preparation.jpeg_quality;
    *quality = args.jpeg_quality.unwrap_or(*quality);
    config.preparation.color = args.color.unwrap_or(config.preparation.color);
    let defocus = &mut config.preparation.defocus;
    if args.no_defocus {
        *defocus = None;
    }
    match &args.defocus_method {
        // A file may have set other settings of the same method; they stay.
        Some(method) if defocus.as_ref().map(Method::name) != Some(method.name()) => {
            *defocus = Some(method.clone());
        }
        _ => {}
    }
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
    let config = scade_cli::set(config, &args.set)
        .hint("settings are called as in configs/preprocess/*.toml")?;
    config.validate()?;
    Ok(config)
}

/// The flag, else what the batch system says.
fn shard(args: &Args) -> anyhow::Result<Shard> {
    if let Some(shard) = args.shard {
        return Ok(shard);
    }
    let found = Shard::from_environment(|name| std::env::var(name).ok())
        .hint("give the share with --shard i/n; --shard 1/1 prepares everything")?;
    let Some((shard, variable)) = found else { return Ok(Shard::WHOLE) };
    tracing::info!("shard {shard}, as {variable} says");
    Ok(shard)
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

/// What the user can do about it.
fn explain(error: Error) -> anyhow::Error {
    let hint = match &error {
        Error::NoVideos { .. } => {
            "name the folder of the dataset with --dataset, and how it lies there with --layout"
        }
        Error::Form { .. } => "see docs/data.md for what each --layout expects",
        Error::Compression { .. } => "choose with --compression",
        Error::NoOfficialSplit { layout: Layout::FaceForensics, .. } => {
            "name the folder with train.json, val.json and test.json with --official-split"
        }
        Error::NoOfficialSplit { layout: Layout::CelebDf, .. } => {
            "put List_of_testing_videos.txt beside the folders of videos"
        }
        Error::NoOfficialSplit { layout: Layout::Csv, .. } => "add a column `part` to the list",
        Error::NoOfficialSplit { .. } => "choose --split identity or --split video",
        Error::NoMasks { layout: Layout::Csv, .. } => "add a column `mask` to the list",
        Error::NoMasks { .. } => "leave --masks out; FaceForensics++ and DFD can have masks/videos",
        Error::Data(scade_data::Error::Tree { .. }) => {
            "use the --layout-version of the store, or name another folder with --output"
        }
        Error::Data(scade_data::Error::PreparationDiffers { .. }) => {
            "use the settings of the store, or name another folder with --output"
        }
        Error::Data(scade_data::Error::Busy { .. }) => {
            "wait for the other run, or share the work between runs with --shard i/n"
        }
        Error::Data(scade_data::Error::Write(_) | scade_data::Error::Io { .. })
        | Error::Write(_) => "name a folder that can be written, with enough space, with --output",
        _ => return error.into(),
    };
    with_hint(error, hint)
}
