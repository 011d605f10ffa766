//! A whole run: epochs with their reports, then the best weights evaluated and kept.

use std::time::Instant;

use scade_kernels::TrainingKernels;

use crate::report::{CurveFiles, EventFiles, HistoryFile, Reporter, Reporters};
use crate::run::{Run, RunOptions, Trained};
use crate::{Error, RunFolder, epoch};

/// Trains `run` and leaves the model bundle in `folder`: a fresh one of [`RunFolder::create`], or one with
/// a checkpoint, which is continued.
///
/// The weights that are kept, validated and tested are those of the epoch with the best validation AUC
/// (the lowest validation loss where the validation set has one class; the last epoch without one).
/// Every epoch starts from the seed and its own number, so that an interrupted run that is resumed
/// ends with the same bytes as one that was not. With several devices dropout depends on the threads: such
/// runs agree within rounding only.
///
/// Of several processes each has a run folder of its own. Rank 0 validates, and decides for all which epoch
/// is the best and when to stop. All end with the same weights.
///
/// # Errors
/// See [`Error`]; what was finished before stays in the folder.
pub fn train<B: TrainingKernels>(
    run: &Run<B>,
    folder: &RunFolder,
    options: RunOptions,
    reporter: &mut dyn Reporter,
) -> Result<Trained, Error> {
    let started = Instant::now();
    let state = run.begin(folder)?;
    let mut reporters = Reporters::new()
        .with(HistoryFile(folder))
        .with(EventFiles::create(folder, state.progress.steps)?)
        .with(CurveFiles::new(folder))
        .with(reporter);
    reporters.start(&run.start(&state.progress))?;
    let progress = epoch::all(run, folder, state, &mut reporters)?;
    let best = progress.history.iter().rfind(|record| record.best);
    let best_epoch = best.map_or(0, |record| record.epoch);
    let [val, mut test] = run.evaluate_best(folder, options.evaluate_test)?;
    if !options.evaluate_test {
        // The result of an earlier part of the run holds if it is of the same weights.
        match folder.trained().filter(|earlier| earlier.best_epoch == best_epoch) {
            Some(earlier) => test = earlier.test,
            None => folder.remove_predictions()?,
        }
    }
    let trained = Trained {
        epochs: progress.epochs,
        best_epoch,
        val,
        test,
        unreadable: run.samples.unreadable(),
        seconds: started.elapsed().as_secs_f64(),
    };
    folder.write_json("metrics.json", &trained)?;
    Ok(trained)
}
