//! A run on stderr: a progress bar, and a line for each epoch.

use scade_cli::ProgressBar;
use scade_settings::Progress;
use scade_train::{Ending, EpochRecord, Error, Rendezvous, Reporter, RunStart};

/// Shows a run to the person who started it.
#[derive(Debug, Default)]
pub(crate) struct Console {
    bar: ProgressBar,
    epochs: u64,
}

impl Reporter for Console {
    fn rendezvous(&mut self, event: &Rendezvous<'_>) {
        match event {
            Rendezvous::Listening { port, others } => {
                tracing::info!("rank 0 is waiting for {others} other ranks on port {port}");
            }
            Rendezvous::Joined { rank, from } => {
                tracing::info!("rank {rank} connected from {from}")
            }
            Rendezvous::Connecting { address } => {
                tracing::info!("connecting to rank 0 at {address}");
            }
        }
    }

    fn start(&mut self, start: &RunStart) -> Result<(), Error> {
        let RunStart { epochs, steps_per_epoch, finished_epochs, n_real, n_fake, .. } = *start;
        tracing::info!(
            "training on {n_real} real and {n_fake} fake samples, {steps_per_epoch} steps per epoch"
        );
        if finished_epochs > 0 {
            tracing::info!("resuming after epoch {finished_epochs}");
        }
        let steps = epochs.saturating_sub(finished_epochs).saturating_mul(steps_per_epoch);
        self.bar.start("train", "steps", steps);
        self.epochs = epochs;
        Ok(())
    }

    fn advance(&mut self) {
        self.bar.advance(1);
    }

    fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        let Some(record) = history.last() else { return Ok(()) };
        self.bar.note(&format!("epoch {}, loss {:.3}", record.epoch, record.train.total));
        tracing::info!("{}", line(record, self.epochs));
        Ok(())
    }

    fn finish(&mut self, _: &[EpochRecord], ending: Ending) -> Result<(), Error> {
        self.bar.finish();
        match ending {
            Ending::Complete => {}
            Ending::EarlyStopping { patience } => {
                tracing::info!("early stopping: no gain for {patience} epochs");
            }
            Ending::Requested => tracing::info!("stopped at the dashboard; --resume continues"),
        }
        Ok(())
    }
}

/// An epoch in one line.
fn line(record: &EpochRecord, epochs: u64) -> String {
    let auc = record.val_auc.map_or("undefined".into(), |auc| format!("{auc:.3}"));
    format!(
        "epoch {}/{epochs} · loss {:.3} · validation AUC {auc} · learning rate {:.1e} · \
         {:.1} samples/s · {:.0} % waiting for data{}",
        record.epoch,
        record.train.total,
        record.learning_rate,
        record.timing.samples_per_second,
        100.0 * record.timing.waiting_for_data,
        if record.best { " · best so far" } else { "" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_an_epoch_names_what_is_undefined_and_what_is_best() {
        let mut record = EpochRecord { epoch: 2, best: true, ..EpochRecord::default() };
        record.train.total = 0.25;
        let text = line(&record, 9);
        assert!(text.starts_with("epoch 2/9 · loss 0.250 · validation AUC undefined"), "{text}");
        assert!(text.ends_with("best so far"), "{text}");
    }
}
