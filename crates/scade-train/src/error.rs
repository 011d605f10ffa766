//! Failures of training.

use std::path::PathBuf;

/// A failure of training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is out of its range or contradicts another.
    #[error("{setting} must be {expected}, got {got}")]
    Setting {
        /// The setting, as a configuration file names it.
        setting: &'static str,
        /// The allowed values.
        expected: &'static str,
        /// The value it has.
        got: String,
    },
    /// Settings of the network, or weights that cannot be read or written.
    #[error(transparent)]
    Model(#[from] scade_model::ArtefactError),
    /// Settings of a loss.
    #[error(transparent)]
    Loss(#[from] scade_loss::Error),
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
        source: scade_defocus::Error,
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
        part: scade_data::Part,
        /// What is wrong with them.
        #[source]
        source: scade_eval::InputError,
    },
}

pub(crate) fn require(
    holds: bool,
    setting: &'static str,
    expected: &'static str,
    got: f64,
) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Setting { setting, expected, got: got.to_string() }) }
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
