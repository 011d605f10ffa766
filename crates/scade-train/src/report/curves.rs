//! Plots of a run: losses, AUC and learning rate over the epochs.

use std::time::{Duration, Instant};

use scade_viz::{Curves, Epoch, Theme};

use super::{Ending, Reporter};
use crate::{EpochRecord, Error, RunFolder};

/// Least time between two plots of a run that goes on.
const INTERVAL: Duration = Duration::from_secs(30);

/// Writes `curves.svg` and `curves.png` from time to time and at the end.
#[derive(Debug)]
pub(crate) struct CurveFiles<'a> {
    folder: &'a RunFolder,
    plotted: Option<Instant>,
}

impl<'a> CurveFiles<'a> {
    pub(crate) fn new(folder: &'a RunFolder) -> Self {
        Self { folder, plotted: None }
    }

    /// A failed plot is no reason to end a run; a failed write is.
    fn plot(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        let figure = curves(history).figure();
        match figure.png(Theme::Light) {
            Ok(png) => self.folder.write_curves(figure.svg(), png)?,
            Err(error) => tracing::warn!("cannot plot the curves of the run: {error}"),
        }
        self.plotted = Some(Instant::now());
        Ok(())
    }
}

impl Reporter for CurveFiles<'_> {
    fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        if self.plotted.is_none_or(|plotted| plotted.elapsed() > INTERVAL) {
            self.plot(history)?;
        }
        Ok(())
    }

    fn finish(&mut self, history: &[EpochRecord], _: Ending) -> Result<(), Error> {
        self.plot(history)
    }
}

fn curves(history: &[EpochRecord]) -> Curves {
    let epoch = |record: &EpochRecord| Epoch {
        number: record.epoch,
        train_loss: record.train.total,
        train_classification_loss: record.train.classification,
        val_loss: record.val_loss,
        val_auc: record.val_auc,
        val_video_auc: record.val_video_auc,
        learning_rate: record.learning_rate,
    };
    let best = history.iter().rfind(|record| record.best).map(|record| record.epoch);
    Curves { epochs: history.iter().map(epoch).collect(), best }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    #[test]
    fn a_run_leaves_its_curves() {
        let root = tempfile::tempdir().unwrap();
        let config = Config { output: root.path().to_owned(), ..Config::default() };
        let folder = RunFolder::create(&config).unwrap();
        let mut files = CurveFiles::new(&folder);
        let mut history = Vec::new();
        for epoch in 1..=3 {
            let (best, val_auc) = (epoch == 2, (epoch > 1).then_some(0.75));
            let steps = epoch;
            history.push(EpochRecord { epoch, steps, best, val_auc, ..Default::default() });
            files.epoch(&history).unwrap();
        }
        let svg = || std::fs::read_to_string(folder.path().join("curves.svg")).unwrap();
        assert!(svg().contains("1 epoch"), "plotted at once");
        files.finish(&history, Ending::Complete).unwrap();
        assert!(svg().contains("3 epochs, best (dashed): epoch 2"), "{}", svg());
        let png = std::fs::read(folder.path().join("curves.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
    }
}
