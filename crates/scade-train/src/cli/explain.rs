//! Hints: what the user can do about an error of a run.

use scade_cli::with_hint;
use scade_train::Error;

/// The error, with a hint where there is one.
pub(crate) fn explain(error: Error) -> anyhow::Error {
    let hint = match &error {
        Error::Data(scade_data::Error::NoStore { .. }) => {
            "prepare a dataset with `cargo xtask preprocess --dataset DIR --output DATA` and name it with \
             --data DATA, or run `cargo xtask demo`, which generates one"
        }
        Error::NoSplit { .. } => "run scade-preprocess again, with enough videos of each class",
        Error::Leaks { .. } => {
            "run scade-preprocess again with --split identity, which keeps the samples; or train all the \
             same with --allow-leaks"
        }
        Error::Channels { .. } => {
            "train without the maps by --no-defocus, or prepare the dataset with them"
        }
        Error::Diverged { .. } => {
            "try a smaller --lr; finished epochs are kept, --resume continues after them"
        }
        Error::OneClass { .. } => {
            "prepare more videos; splits.json of the dataset lists those of the training set"
        }
        Error::OtherRun { .. } => {
            "resume with the settings and the dataset that the run was started with, or start a new run \
             without --resume"
        }
        Error::Stopped => "continue it with --resume",
        Error::Checkpoint { .. } => "start a new run, without --resume",
        Error::Device { .. } => {
            "finished epochs are kept: continue with --resume, on the same number of devices"
        }
        Error::Rank { .. } => {
            "finished epochs are kept: continue every rank with --resume and its own run folder, or start \
             all again with the same settings"
        }
        Error::Write(_) => "name a writable folder with enough space with --output",
        _ => return error.into(),
    };
    with_hint(error, hint)
}
