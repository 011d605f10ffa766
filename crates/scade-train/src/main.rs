//! The program `scade-train`: arguments and configuration in, a run folder and a table out.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use scade_cli::{HintExt, Outcome, config, init_logs, with_hint};
use scade_device::{Device, SharedJob, TrainingKernels};
use scade_eval::Report;
use scade_model::NetworkConfig;
use scade_train::{
    Conduct, Config, Error, NodePlace, RunFolder, Trained, Unreadable, from_published, train,
};

/// Trains a forgery detector on a store of face samples.
#[derive(Debug, Parser)]
#[command(name = "scade-train", version)]
struct Args {
    /// The store that scade-preprocess filled [default: ./preprocessed].
    #[arg(long)]
    data: Option<PathBuf>,
    /// Folder that gets a new run folder, run-1, run-2 … [default: ./outputs].
    #[arg(long)]
    output: Option<PathBuf>,
    /// Settings from a file: TOML, or YAML with the published keys. Flags go before it.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Most passes over the training set [default: 50].
    #[arg(long)]
    epochs: Option<u64>,
    /// Samples in a step [default: 75].
    #[arg(long)]
    batch_size: Option<usize>,
    /// The network [default: scade-net].
    #[arg(long, value_parser = ["scade-net", "meso-4"])]
    network: Option<String>,
    /// Give any setting of a configuration file a value, as in `--set network.eca=false`; after the
    /// other flags, as often as you like.
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Train on colour alone, even if the store has defocus maps.
    #[arg(long)]
    no_defocus: bool,
    /// Initial learning rate [default: 0.001].
    #[arg(long)]
    lr: Option<f64>,
    /// Weight of the single-center loss; 0 leaves it out [default: 0.1].
    #[arg(long)]
    scl_lambda: Option<f64>,
    /// Epochs without a gain before stopping; 0 never stops early [default: 10].
    #[arg(long)]
    patience: Option<u64>,
    /// Continue a run: its folder, or `latest` below --output. Its own configuration counts; only
    /// --epochs, --workers and --data may be given anew, the last for a store that has moved.
    #[arg(long, conflicts_with_all = [
        "config", "network", "set", "no_defocus", "batch_size", "lr", "scl_lambda", "patience", "seed",
        "shuffle_labels", "allow_leaks",
    ])]
    resume: Option<PathBuf>,
    /// auto, cpu, ndarray, flex, wgpu[:n] or cuda[:n]; several, as in `cuda:0,cuda:1`, each take a
    /// batch of every step.
    #[arg(long, visible_alias = "devices", value_delimiter = ',', default_value = "auto")]
    device: Vec<Device>,
    #[command(flatten)]
    nodes: NodeArgs,
    /// Decides initial weights, order, augmentation and dropout [default: 42].
    #[arg(long)]
    seed: Option<u64>,
    /// Threads that prepare batches; 0 does it between the steps [default: 2].
    #[arg(long)]
    workers: Option<usize>,
    /// Leave the test set alone.
    #[arg(long)]
    no_eval: bool,
    /// Control experiment: deal the training labels out at random; the test must end at chance.
    #[arg(long)]
    shuffle_labels: bool,
    /// Train although the parts of the split share videos, identities or source clips, as with the
    /// published split; the figures then flatter the detector.
    #[arg(long)]
    allow_leaks: bool,
    /// Watch the run on Burn's dashboard: charts by the arrow keys; q, then s, ends the run after the
    /// epoch that is under way. Needs a terminal, and a build with the feature `tui`.
    #[arg(long)]
    tui: bool,
    /// Print metrics as JSON.
    #[arg(long)]
    json: bool,
}

/// Several machines that train together.
#[derive(Debug, clap::Args)]
struct NodeArgs {
    /// How many processes train together, each on a machine of its own, with the same store and
    /// settings and as many devices.
    #[arg(long, value_name = "COUNT", requires_all = ["node", "rendezvous"],
        value_parser = clap::value_parser!(u32).range(2..=1024))]
    nodes: Option<u32>,
    /// Which of them this is, from 0. Number 0 validates and decides.
    #[arg(long, value_name = "NUMBER", requires = "nodes")]
    node: Option<u32>,
    /// Where number 0 listens and the others find it. Only in a network that is trusted: nothing is
    /// encrypted.
    #[arg(long, value_name = "HOST:PORT", requires = "nodes")]
    rendezvous: Option<String>,
    /// Seconds after which a node that does not answer is given up, loading and validation included.
    #[arg(long, value_name = "SECONDS", default_value_t = 1800, requires = "nodes",
        value_parser = clap::value_parser!(u64).range(1..))]
    node_timeout: u64,
}

impl NodeArgs {
    fn place(&self) -> anyhow::Result<Option<NodePlace>> {
        let (Some(count), Some(number), Some(rendezvous)) =
            (self.nodes, self.node, &self.rendezvous)
        else {
            return Ok(None);
        };
        if number >= count {
            return Err(anyhow::anyhow!("there is no node {number} of {count}"))
                .hint("--node counts from 0");
        }
        if rendezvous.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
            return Err(anyhow::anyhow!("`{rendezvous}` is no host and port"))
                .hint("give --rendezvous as in 10.0.0.1:7700");
        }
        Ok(Some(NodePlace {
            number: number as usize,
            count: count as usize,
            rendezvous: rendezvous.clone(),
            patience: Duration::from_secs(self.node_timeout),
        }))
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    init_logs();
    scade_cli::Program::new().hints::<scade_device::Unavailable>().run(|| work(&args))
}

fn work(args: &Args) -> anyhow::Result<Outcome> {
    if args.tui && cfg!(not(feature = "tui")) {
        return Err(explain(Error::NoDashboard));
    }
    if args.tui && !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(anyhow::anyhow!("the dashboard needs a terminal on stdin and on stdout"))
            .hint("leave out --tui: progress is then printed line by line");
    }
    let node = args.nodes.place()?;
    // Before a run folder is made: a device that is not there must not leave an empty one.
    let devices = scade_device::resolve(&args.device)?;
    let (config, folder) = match &args.resume {
        Some(path) => resume(args, path)?,
        None => begin(args, &devices)?,
    };
    tracing::info!("run folder {}", folder.path().display());
    let conduct = Conduct { test: !args.no_eval, dashboard: args.tui };
    let job = Train { config: &config, folder: &folder, conduct, node: node.as_ref() };
    let trained = scade_device::run_shared(&devices, job)?.map_err(explain)?;
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

/// A new run: defaults, then the file, then the flags.
fn begin(args: &Args, devices: &[Device]) -> anyhow::Result<(Config, RunFolder)> {
    let mut config = match &args.config {
        Some(path) => config::load(path, from_published)?,
        None => Config::default(),
    };
    override_with(args, &mut config);
    let config = scade_cli::set(config, &args.set).hint(
        "settings are called as in configs/train/*.toml and in config.toml of a run folder",
    )?;
    config.validate()?;
    scade_train::check_store(&config).map_err(explain)?;
    scade_device::run_shared(devices, Check(&config))?.map_err(explain)?;
    let folder = RunFolder::create(&config).map_err(explain)?;
    Ok((config, folder))
}

/// An old run: its own configuration, and what may change.
fn resume(args: &Args, path: &std::path::Path) -> anyhow::Result<(Config, RunFolder)> {
    let output = args.output.clone().unwrap_or(Config::default().output);
    let folder = RunFolder::find(path, &output)
        .hint("name the folder of a run with --resume, or `latest` and its parent with --output")?;
    let mut config = folder.config()?;
    config.epochs = args.epochs.unwrap_or(config.epochs);
    config.workers = args.workers.unwrap_or(config.workers);
    config.data = args.data.clone().unwrap_or(config.data);
    config.validate()?;
    Ok((config, folder))
}

fn override_with(args: &Args, config: &mut Config) {
    fn set<T: Clone>(flag: &Option<T>, setting: &mut T) {
        if let Some(value) = flag {
            *setting = value.clone();
        }
    }
    set(&args.data, &mut config.data);
    set(&args.output, &mut config.output);
    set(&args.epochs, &mut config.epochs);
    set(&args.batch_size, &mut config.batch_size);
    set(&args.lr, &mut config.optimizer.learning_rate);
    set(&args.scl_lambda, &mut config.loss.lambda);
    set(&args.patience, &mut config.early_stopping.patience);
    set(&args.seed, &mut config.seed);
    set(&args.workers, &mut config.workers);
    config.shuffle_labels |= args.shuffle_labels;
    let named = args.network.as_deref().and_then(NetworkConfig::named);
    // A file may have set other settings of the same network; they stay.
    if let Some(network) = named.filter(|network| network.name() != config.network.name()) {
        config.network = network;
    }
    if args.no_defocus {
        config.network.set_input_channels(3);
    }
    config.allow_leaks |= args.allow_leaks;
}

/// Whether the devices can compute what a configuration asks for.
struct Check<'a>(&'a Config);

impl SharedJob for Check<'_> {
    type Output = Result<(), Error>;

    fn run<B: TrainingKernels>(self, devices: &[B::Device]) -> Self::Output {
        scade_train::check_devices::<B>(self.0, devices)
    }
}

struct Train<'a> {
    config: &'a Config,
    folder: &'a RunFolder,
    conduct: Conduct,
    node: Option<&'a NodePlace>,
}

impl SharedJob for Train<'_> {
    type Output = Result<Trained, Error>;

    fn run<B: TrainingKernels>(self, devices: &[B::Device]) -> Self::Output {
        train::<B>(self.config, self.folder, self.conduct, devices, self.node)
    }
}

/// What the user can do about it.
fn explain(error: Error) -> anyhow::Error {
    let hint = match &error {
        Error::Data(scade_data::Error::NoStore { .. }) => {
            "make samples with `cargo xtask preprocess --dataset DIR --output STORE` and name the \
             store with --data, or run `cargo xtask demo`, which draws its own dataset"
        }
        Error::NoSplit { .. } => {
            "run scade-preprocess on the store again, with enough videos of each class"
        }
        Error::Leaks { .. } => {
            "run scade-preprocess again with --split identity, which keeps what is prepared; or \
             train all the same with --allow-leaks"
        }
        Error::Channels { .. } => {
            "train without the maps by --no-defocus, or prepare the samples with them"
        }
        Error::Diverged { .. } => "try a smaller --lr; the epochs before are kept, see --resume",
        Error::OneClass { .. } => {
            "prepare more videos; splits.json of the store says which ones are trained on"
        }
        Error::OtherRun { .. } => {
            "give the run the settings and the data that it was begun with, or start a new one \
             without --resume"
        }
        Error::NoDashboard => {
            "build it in with `cargo run -p scade-train --features tui -- --tui …`, or leave out --tui"
        }
        Error::Stopped => "continue it with --resume",
        Error::Checkpoint { .. } => "start a new run, without --resume",
        Error::Peer { .. } => {
            "the epochs before are kept: continue with --resume, on these or on other devices of \
             the same number"
        }
        Error::Node { .. } => {
            "the epochs before are kept: continue every node with --resume and its own run folder, or \
             start all anew with the same settings"
        }
        Error::Write(_) => "name a folder that can be written, with enough space, with --output",
        _ => return error.into(),
    };
    with_hint(error, hint)
}

fn table(trained: &Trained, folder: &RunFolder) -> String {
    let part = |name, report: &Option<Report>| match report {
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
        part("validation", &trained.val),
        part("test", &trained.test),
        trained.best_epoch,
        trained.epochs,
        trained.seconds,
        folder.path().display()
    )
}
