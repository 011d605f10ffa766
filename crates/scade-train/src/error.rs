//! Failures of training.

use std::borrow::Cow;
use std::path::PathBuf;

use scade_settings::{Hint, SettingError};

/// A failure of training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is out of its range or contradicts another.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// Settings of the network, or weights that cannot be read or written.
    #[error(transparent)]
    Model(#[from] scade_model::BundleError),
    /// The prepared dataset.
    #[error(transparent)]
    Data(#[from] scade_data::Error),
    /// The dataset was never split into training, validation and test.
    #[error("{} has no splits.json", root.display())]
    NoSplit {
        /// The dataset.
        root: PathBuf,
    },
    /// The training set has samples of one class only, or none at all.
    #[error(
        "the training set of {} has {n_real} real and {n_fake} fake samples; both are needed",
        root.display()
    )]
    OneClass {
        /// The dataset.
        root: PathBuf,
        /// Real samples.
        n_real: usize,
        /// Fake samples.
        n_fake: usize,
    },
    /// Subsets of the split share videos, identities or source clips.
    #[error("the split of {} leaks: {audit}{}", root.display(), example(audit))]
    Leaks {
        /// The dataset.
        root: PathBuf,
        /// What is shared.
        audit: Box<scade_data::Audit>,
    },
    /// There are no pairs to show.
    #[error("the configuration trains on the dataset's forgeries, not on self-blended pairs")]
    NoPairs,
    /// Channels that the network expects and the dataset does not have.
    #[error("the network takes {expected} channels, the samples of {} have {got}", root.display())]
    Channels {
        /// The dataset.
        root: PathBuf,
        /// Channels of the network.
        expected: usize,
        /// Channels of the samples.
        got: usize,
    },
    /// The dataset's settings of defocus maps are invalid.
    #[error("{} has invalid settings of defocus maps", root.display())]
    Defocus {
        /// The dataset.
        root: PathBuf,
        /// Which.
        #[source]
        source: SettingError,
    },
    /// The loss is infinite or NaN.
    #[error("the loss is {loss} in epoch {epoch}, step {step}")]
    Diverged {
        /// Epoch, from 1.
        epoch: u64,
        /// Step of the whole run, from 1.
        step: u64,
        /// The loss.
        loss: f32,
    },
    /// One of several devices failed; the others cannot continue without it.
    #[error("device {index} of the training failed: {reason}")]
    Device {
        /// Its place in the list of devices, from 0.
        index: usize,
        /// Why.
        reason: String,
    },
    /// One of several processes failed, or cannot take part; the others cannot continue without it.
    #[error("rank {rank} of the training: {reason}")]
    Rank {
        /// Its rank, from 0.
        rank: usize,
        /// Why.
        reason: String,
    },
    /// Writing into the run folder.
    #[error(transparent)]
    Write(#[from] scade_fs::Error),
    /// A checkpoint or another file of a run that cannot be used.
    #[error("cannot use {}: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint of another run.
    #[error("cannot continue from {}: {reason}", path.display())]
    OtherRun {
        /// The checkpoint.
        path: PathBuf,
        /// What differs, expected and got.
        reason: String,
    },
    /// The run was killed at the dashboard.
    #[error("the run was killed at the dashboard; the epochs before are kept")]
    Stopped,
    /// Scores that no metric accepts, as a network with broken weights gives them.
    #[error("the scores of the {part} set cannot be evaluated")]
    Scores {
        /// Which subset of the split.
        part: scade_data::Subset,
        /// What is wrong with them.
        #[source]
        source: scade_metrics::InputError,
    },
}

impl Hint for Error {
    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Data(scade_data::Error::NoDataset { .. }) => {
                "prepare a dataset with `cargo xtask preprocess --dataset DIR --output DATA` and name it \
                 with `data`, or run `cargo xtask demo`, which generates one"
            }
            Self::Data(error) => return error.hint(),
            Self::NoSplit { .. } => "run scade-preprocess again, with enough videos of each class",
            Self::Leaks { .. } => {
                "run scade-preprocess again with --split identity, which keeps the samples; or train all \
                 the same with `allow_leaks`"
            }
            Self::Channels { .. } => {
                "set `network.input_channels` to 3 to train without maps, or prepare the dataset with them"
            }
            Self::Diverged { .. } => {
                "try a smaller `optimizer.learning_rate`; finished epochs are kept, `resume` continues \
                 after them"
            }
            Self::NoPairs => "set `self_blend`, as configs/train/self-blended.toml does",
            Self::OneClass { .. } => {
                "prepare more videos; splits.json of the dataset lists those of the training set"
            }
            Self::OtherRun { .. } => {
                "resume with the settings and the dataset that the run was started with, or start a new \
                 run without `resume`"
            }
            Self::Stopped => "continue it with `resume`",
            Self::Checkpoint { .. } => "start a new run, without `resume`",
            Self::Device { .. } => {
                "finished epochs are kept: continue with `resume`, on the same number of devices"
            }
            Self::Rank { .. } => {
                "finished epochs are kept: continue every rank with `resume` and its own run folder, or \
                 start all again with the same settings"
            }
            Self::Write(_) => "name a writable folder with enough space with `output`",
            _ => return None,
        };
        Some(hint.into())
    }
}

/// One example of what is shared.
fn example(audit: &scade_data::Audit) -> String {
    let kinds = [
        ("the video", &audit.shared_videos),
        ("the identity", &audit.shared_identities),
        ("the source clip", &audit.shared_sources),
    ];
    let found = kinds.into_iter().find_map(|(kind, list)| Some((kind, list.first()?)));
    found.map_or_else(String::new, |(kind, shared)| {
        let parts: Vec<_> = shared.parts.iter().map(ToString::to_string).collect();
        format!(", such as {kind} {} in {}", shared.name, parts.join(" and "))
    })
}
