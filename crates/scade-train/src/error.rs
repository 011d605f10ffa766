//! What can end a training run before its time.

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
    /// The store of samples.
    #[error(transparent)]
    Data(#[from] scade_data::Error),
    /// The store was never divided into training, validation and test.
    #[error("{} has no splits.json", root.display())]
    NoSplit {
        /// The store.
        root: PathBuf,
    },
    /// The training set has samples of one class only, or none at all.
    #[error(
        "the training set of {} has {n_real} real and {n_fake} fake samples; both are needed",
        root.display()
    )]
    OneClass {
        /// The store.
        root: PathBuf,
        /// Real samples.
        n_real: usize,
        /// Fake samples.
        n_fake: usize,
    },
    /// The parts of the split share what they should not.
    #[error("the split of {} leaks: {audit}{}", root.display(), example(audit))]
    Leaks {
        /// The store.
        root: PathBuf,
        /// What is shared.
        audit: Box<scade_data::Audit>,
    },
    /// Channels that the network expects and the store does not have.
    #[error("the network takes {expected} channels, the samples of {} have {got}", root.display())]
    Channels {
        /// The store.
        root: PathBuf,
        /// Channels of the network.
        expected: usize,
        /// Channels of the samples.
        got: usize,
    },
    /// The store does not say how defocus maps of its crops are made.
    #[error("{} does not say how defocus maps are made", root.display())]
    Method {
        /// The store.
        root: PathBuf,
        /// What is wrong with its settings.
        #[source]
        source: serde_json::Error,
    },
    /// The store's settings of defocus maps cannot be worked with.
    #[error("{} names settings of defocus maps that cannot be", root.display())]
    Defocus {
        /// The store.
        root: PathBuf,
        /// Which.
        #[source]
        source: scade_defocus::Error,
    },
    /// The loss left the range of numbers.
    #[error("the loss is {loss} in epoch {epoch}, step {step}")]
    Diverged {
        /// Epoch, from 1.
        epoch: u64,
        /// Step of the whole run, from 1.
        step: u64,
        /// The loss.
        loss: f32,
    },
    /// One of several devices fell out; the others cannot go on without it.
    #[error("device number {} of the training failed: {reason}", rank + 1)]
    Peer {
        /// Its place in the list of devices, from 0.
        rank: usize,
        /// Why.
        reason: String,
    },
    /// One of several machines fell out, or cannot take part; the others cannot go on without it.
    #[error("node {number} of the training: {reason}")]
    Node {
        /// Its number, from 0.
        number: usize,
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
    /// A checkpoint of another run: continued, it would end as neither of the two.
    #[error("cannot continue from {}: {reason}", path.display())]
    OtherRun {
        /// What says so.
        path: PathBuf,
        /// What differs, expected and got.
        reason: String,
    },
    /// The dashboard was asked for in a build without it.
    #[error("this build has no dashboard")]
    NoDashboard,
    /// The run was killed at the dashboard.
    #[error("the run was killed at the dashboard; the epochs before are kept")]
    Stopped,
    /// Scores that no metric accepts; a network with broken weights gives such.
    #[error("the scores of the {part} set cannot be judged")]
    Scores {
        /// Which part of the split.
        part: &'static str,
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

/// One thing that is shared, to look at.
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
