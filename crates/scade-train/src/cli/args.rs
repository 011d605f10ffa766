//! The flags of `scade-train`, and how they change a configuration.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use scade_cli::HintExt;
use scade_device::Device;
use scade_model::NetworkConfig;
use scade_train::{Config, ProcessRank};

/// Trains a forgery detector on a prepared dataset.
#[derive(Debug, Parser)]
#[command(name = "scade-train", version)]
pub(crate) struct Args {
    /// Prepared dataset, the output of scade-preprocess [default: ./preprocessed].
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Folder for run folders, run-1, run-2, … [default: ./outputs].
    #[arg(long)]
    pub(crate) output: Option<PathBuf>,
    /// Configuration file: TOML, or YAML with SCADE-Net's keys. Command-line flags take precedence.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// Maximum number of epochs [default: 50].
    #[arg(long)]
    pub(crate) epochs: Option<u64>,
    /// Batch size per device [default: 75].
    #[arg(long)]
    batch_size: Option<usize>,
    /// Network architecture [default: scade-net].
    #[arg(long, value_parser = ["scade-net", "meso-4"])]
    network: Option<String>,
    /// Override a configuration key, as in `--set network.eca=false`; repeatable; applied last.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Train on RGB only, even if the dataset has defocus maps.
    #[arg(long)]
    no_defocus: bool,
    /// Initial learning rate [default: 0.001].
    #[arg(long)]
    lr: Option<f64>,
    /// Weight of the single-center loss; 0 disables it [default: 0.1].
    #[arg(long)]
    scl_lambda: Option<f64>,
    /// Early-stopping patience in epochs; 0 disables early stopping [default: 10].
    #[arg(long)]
    patience: Option<u64>,
    /// Resume a run: its folder, or `latest` below --output. Its own configuration is used; only
    /// --epochs, --workers and --data may be changed.
    #[arg(long, conflicts_with_all = [
        "config", "network", "set", "no_defocus", "batch_size", "lr", "scl_lambda", "patience", "seed",
        "shuffle_labels", "allow_leaks",
    ])]
    pub(crate) resume: Option<PathBuf>,
    /// auto, cpu, ndarray, flex, wgpu[:n] or cuda[:n]; several, as in `cuda:0,cuda:1`, train together,
    /// each on a batch of its own.
    #[arg(long, visible_alias = "devices", value_delimiter = ',', default_value = "auto")]
    pub(crate) device: Vec<Device>,
    #[command(flatten)]
    pub(crate) ranks: RankArgs,
    /// Random seed [default: 42].
    #[arg(long)]
    seed: Option<u64>,
    /// Data-loader threads; 0 loads on the training thread [default: 2].
    #[arg(long)]
    pub(crate) workers: Option<usize>,
    /// Skip test-set evaluation.
    #[arg(long)]
    pub(crate) no_eval: bool,
    /// Train on permuted labels (control; test AUC should be about 0.5).
    #[arg(long)]
    shuffle_labels: bool,
    /// Train although subsets of the split share videos, identities or source clips; metrics are then too
    /// optimistic.
    #[arg(long)]
    allow_leaks: bool,
    /// Show Burn's terminal dashboard; q, then s, ends the run after the current epoch. Needs a terminal
    /// and a build with the feature `tui`.
    #[arg(long)]
    pub(crate) tui: bool,
    /// Print metrics as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    /// Applies the flags to the settings of a new run.
    pub(crate) fn apply(&self, config: &mut Config) {
        fn set<T: Clone>(flag: &Option<T>, setting: &mut T) {
            if let Some(value) = flag {
                *setting = value.clone();
            }
        }
        set(&self.data, &mut config.data);
        set(&self.output, &mut config.output);
        set(&self.epochs, &mut config.epochs);
        set(&self.batch_size, &mut config.batch_size);
        set(&self.lr, &mut config.optimizer.learning_rate);
        set(&self.scl_lambda, &mut config.loss.lambda);
        set(&self.patience, &mut config.early_stopping.patience);
        set(&self.seed, &mut config.seed);
        set(&self.workers, &mut config.workers);
        config.shuffle_labels |= self.shuffle_labels;
        let named = self.network.as_deref().and_then(NetworkConfig::named);
        // A file may have set other settings of the same network; they are kept.
        if let Some(network) = named.filter(|network| network.name() != config.network.name()) {
            config.network = network;
        }
        if self.no_defocus {
            config.network.set_input_channels(3);
        }
        config.allow_leaks |= self.allow_leaks;
    }
}

/// Several machines that train together.
#[derive(Debug, clap::Args)]
pub(crate) struct RankArgs {
    /// World size: number of processes that train together, one on each machine, with the same dataset and
    /// settings and as many devices.
    #[arg(long, value_name = "COUNT", requires_all = ["node_rank", "rendezvous"],
        value_parser = clap::value_parser!(u32).range(2..=1024))]
    nnodes: Option<u32>,
    /// Rank of this process, from 0. Rank 0 runs validation and early stopping.
    #[arg(long, value_name = "RANK", requires = "nnodes")]
    node_rank: Option<u32>,
    /// Address on which rank 0 listens and to which the others connect. For trusted networks only: nothing
    /// is encrypted.
    #[arg(long, value_name = "HOST:PORT", requires = "nnodes")]
    rendezvous: Option<String>,
    /// Seconds to wait for another rank, its data loading and validation included.
    #[arg(long, value_name = "SECONDS", default_value_t = 1800, requires = "nnodes",
        value_parser = clap::value_parser!(u64).range(1..))]
    rendezvous_timeout: u64,
}

impl RankArgs {
    /// This process among several; `None` when it is alone.
    pub(crate) fn process(&self) -> anyhow::Result<Option<ProcessRank>> {
        let (Some(world_size), Some(rank), Some(rendezvous)) =
            (self.nnodes, self.node_rank, &self.rendezvous)
        else {
            return Ok(None);
        };
        if rank >= world_size {
            let last = world_size - 1;
            return Err(anyhow::anyhow!("--node-rank must be 0 to {last}, got {rank}"))
                .hint("--node-rank counts from 0, and --nnodes is the number of processes");
        }
        if rendezvous.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err()) {
            return Err(anyhow::anyhow!("expected HOST:PORT, got `{rendezvous}`"))
                .hint("give --rendezvous as in 10.0.0.1:7700");
        }
        Ok(Some(ProcessRank {
            rank: rank as usize,
            world_size: world_size as usize,
            rendezvous: rendezvous.clone(),
            timeout: Duration::from_secs(self.rendezvous_timeout),
        }))
    }
}

/// Former names of flags, which work for this version.
const RENAMED_FLAGS: [(&str, &str); 3] = [
    ("--nodes", "--nnodes"),
    ("--node", "--node-rank"),
    ("--node-timeout", "--rendezvous-timeout"),
];

/// Former names of keys in `--set`.
const RENAMED_KEYS: [(&str, &str); 1] =
    [("optimizer.accumulate", "optimizer.gradient_accumulation")];

/// A command line with the names of this version, and a warning for each former name in it.
pub(crate) fn with_new_names(
    arguments: impl IntoIterator<Item = OsString>,
) -> (Vec<OsString>, Vec<String>) {
    let mut warnings = Vec::new();
    let mut renamed: Vec<OsString> = Vec::new();
    for argument in arguments {
        let is_assignment = renamed.last().is_some_and(|flag| flag == "--set");
        let text = argument.to_str().unwrap_or_default();
        let (prefix, rest) = match text.strip_prefix("--set=") {
            Some(rest) => ("--set=", rest),
            None => ("", text),
        };
        let names = match is_assignment || !prefix.is_empty() {
            true => RENAMED_KEYS.as_slice(),
            false => RENAMED_FLAGS.as_slice(),
        };
        let (name, value) = match rest.find('=') {
            Some(place) => rest.split_at(place),
            None => (rest, ""),
        };
        match names.iter().find(|(former, _)| *former == name.trim()) {
            Some((former, new)) => {
                warnings.push(format!("`{former}` is deprecated, use `{new}`"));
                renamed.push(OsStr::new(&format!("{prefix}{new}{value}")).to_owned());
            }
            None => renamed.push(argument),
        }
    }
    (renamed, warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(arguments: &[&str]) -> (Vec<String>, usize) {
        let (new, warnings) = with_new_names(arguments.iter().map(OsString::from));
        (new.into_iter().map(|text| text.into_string().unwrap()).collect(), warnings.len())
    }

    #[test]
    fn former_names_are_replaced_with_a_warning_each() {
        let (new, warnings) = renamed(&["scade-train", "--nodes", "2", "--node=1", "--seed", "3"]);
        assert_eq!(new, ["scade-train", "--nnodes", "2", "--node-rank=1", "--seed", "3"]);
        assert_eq!(warnings, 2);
        let (new, warnings) = renamed(&["--set", "optimizer.accumulate=3", "--set=seed=1"]);
        assert_eq!(new, ["--set", "optimizer.gradient_accumulation=3", "--set=seed=1"]);
        assert_eq!(warnings, 1);
        assert_eq!(renamed(&["--nnodes", "2", "--node-rank", "0"]).1, 0);
    }

    #[test]
    fn former_names_reach_the_place_of_the_process() {
        let former = [
            "scade-train",
            "--nodes",
            "3",
            "--node",
            "2",
            "--rendezvous",
            "a:1",
            "--node-timeout=7",
        ];
        let (arguments, _) = with_new_names(former.map(OsString::from));
        let process = Args::try_parse_from(arguments).unwrap().ranks.process().unwrap().unwrap();
        let expected = ProcessRank {
            rank: 2,
            world_size: 3,
            rendezvous: "a:1".into(),
            timeout: Duration::from_secs(7),
        };
        assert_eq!(process, expected);
    }

    /// Help texts name defaults that are defined elsewhere.
    #[test]
    fn the_defaults_in_the_help_are_those_of_the_configuration() {
        use clap::CommandFactory;
        let help = Args::command().render_long_help().to_string();
        let config = Config::default();
        for (flag, value) in [
            ("--data", config.data.display().to_string()),
            ("--output", config.output.display().to_string()),
            ("--epochs", config.epochs.to_string()),
            ("--batch-size", config.batch_size.to_string()),
            ("--network", config.network.name().to_string()),
            ("--lr", config.optimizer.learning_rate.to_string()),
            ("--scl-lambda", config.loss.lambda.to_string()),
            ("--patience", config.early_stopping.patience.to_string()),
            ("--seed", config.seed.to_string()),
            ("--workers", config.workers.to_string()),
        ] {
            let (_, text) = help.split_once(&format!("{flag} <")).unwrap();
            let text = text.split("\n      --").next().unwrap();
            assert!(text.contains(&format!("[default: {value}]")), "{flag}: {text}");
        }
    }
}
