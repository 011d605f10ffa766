//! The flags of `scade-train`, and how they change a configuration.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use scade_cli::config::Format;
use scade_cli::{HintExt, one_of};
use scade_device::Device;
use scade_model::NetworkConfig;
use scade_train::{Config, ProcessRank};

use super::published::from_published;

/// Trains a forgery detector on a prepared dataset.
#[derive(Debug, Parser)]
#[command(name = "scade-train", version)]
pub(crate) struct Args {
    /// Prepared dataset, the output of scade-preprocess.
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Folder for run folders, run-1, run-2, ….
    #[arg(long)]
    pub(crate) output: Option<PathBuf>,
    /// Configuration file: TOML, or YAML with SCADE-Net's keys. Command-line flags take precedence.
    #[arg(long)]
    pub(crate) config: Option<PathBuf>,
    /// Maximum number of epochs.
    #[arg(long)]
    pub(crate) epochs: Option<u64>,
    /// Batch size per device.
    #[arg(long)]
    batch_size: Option<usize>,
    /// Network architecture.
    #[arg(long, value_parser = one_of::<NetworkConfig>())]
    network: Option<NetworkConfig>,
    /// Override a configuration key, as in `--set network.eca=false`; repeatable; applied last.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Train on RGB only, even if the dataset has defocus maps.
    #[arg(long)]
    no_defocus: bool,
    /// Initial learning rate.
    #[arg(long)]
    lr: Option<f64>,
    /// Weight of the single-center loss; 0 disables it.
    #[arg(long)]
    scl_lambda: Option<f64>,
    /// Early-stopping patience in epochs; 0 disables early stopping.
    #[arg(long)]
    patience: Option<u64>,
    /// Resume a run: its folder, or `latest` below --output. Its own configuration is used; only
    /// --epochs, --workers and --data may be changed.
    #[arg(long, conflicts_with_all = [
        "config", "network", "set", "no_defocus", "batch_size", "lr", "scl_lambda", "patience", "seed",
        "shuffle_labels", "allow_leaks",
    ])]
    pub(crate) resume: Option<PathBuf>,
    #[arg(
        long,
        visible_alias = "devices",
        value_delimiter = ',',
        default_value = "auto",
        help = "auto, cpu, ndarray, flex, wgpu[:n] or cuda[:n]; several, as in `cuda:0,cuda:1`, train together, \
                each on a batch of its own"
    )]
    pub(crate) device: Vec<Device>,
    #[command(flatten)]
    pub(crate) ranks: RankArgs,
    /// Random seed.
    #[arg(long)]
    seed: Option<u64>,
    /// Data-loader threads; 0 loads on the training thread.
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
    /// Write an image of twelve self-blended pairs of the training set to this PNG file, and do not train.
    #[arg(long, value_name = "FILE", conflicts_with = "resume")]
    pub(crate) preview: Option<PathBuf>,
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
        // A file may have set other settings of the same network; they are kept.
        if let Some(network) = &self.network
            && network.name() != config.network.name()
        {
            config.network = network.clone();
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

/// Flags, and the settings that they give.
pub(crate) const FLAGS: [(&str, &str); 12] = [
    ("data", "data"),
    ("output", "output"),
    ("epochs", "epochs"),
    ("batch-size", "batch_size"),
    ("network", "network.architecture"),
    ("lr", "optimizer.learning_rate"),
    ("scl-lambda", "loss.lambda"),
    ("patience", "early_stopping.patience"),
    ("resume", "resume"),
    ("seed", "seed"),
    ("workers", "workers"),
    ("allow-leaks", "allow_leaks"),
];

/// Former names of flags, which work for this version.
pub(crate) const RENAMED_FLAGS: [(&str, &str); 3] =
    [("nodes", "nnodes"), ("node", "node-rank"), ("node-timeout", "rendezvous-timeout")];

/// How configuration files are written, with former names.
pub(crate) const FORMAT: Format = Format {
    translate: from_published,
    renamed: &[("optimizer.accumulate", "optimizer.gradient_accumulation")],
    renamed_values: &[("maps", "live", "on-the-fly")],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_help_and_every_listed_one_is_there() {
        use clap::CommandFactory;
        let command = Args::command();
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some() || argument.get_id() == "help", "{argument}");
        }
        for (flag, _) in FLAGS {
            assert!(command.get_arguments().any(|a| a.get_long() == Some(flag)), "{flag}");
        }
    }

    #[test]
    fn the_rank_of_a_process_is_read_from_its_flags() {
        let given = [
            "scade-train",
            "--nnodes",
            "3",
            "--node-rank",
            "2",
            "--rendezvous",
            "a:1",
            "--rendezvous-timeout=7",
        ];
        let process = Args::try_parse_from(given).unwrap().ranks.process().unwrap().unwrap();
        let expected = ProcessRank {
            rank: 2,
            world_size: 3,
            rendezvous: "a:1".into(),
            timeout: Duration::from_secs(7),
        };
        assert_eq!(process, expected);
    }
}
