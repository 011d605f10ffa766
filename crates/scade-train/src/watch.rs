//! What people watch of a run: event files for TensorBoard and the dashboard as it goes, and a picture
//! of its curves.

use std::time::{Duration, Instant};

use scade_viz::{Curves, Epoch};

use crate::dashboard::Dashboard;
use crate::event_file::EventFile;
use crate::{EpochRecord, Error, RunFolder};

/// Time between two pictures of a run that goes on.
const REDRAW: Duration = Duration::from_secs(30);

/// A step that was taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StepRecord {
    /// From 1, over the whole run.
    pub(crate) step: u64,
    pub(crate) learning_rate: f64,
    /// Total, classification, single-center, norm of the gradient.
    pub(crate) losses: [f64; 4],
}

/// Writes down a run for those who watch it.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    folder: &'a RunFolder,
    events: EventFile,
    dashboard: Option<Dashboard>,
    /// When the curves were drawn.
    drawn: Option<Instant>,
}

impl<'a> Watch<'a> {
    /// For a run that has taken `steps` steps: what is on record of later ones no longer counts.
    pub(crate) fn open(
        folder: &'a RunFolder,
        steps: u64,
        dashboard: Option<Dashboard>,
    ) -> Result<Self, Error> {
        let next = if steps == 0 { 0 } else { steps + 1 };
        let events = EventFile::create(&folder.events(), next)?;
        Ok(Self { folder, events, dashboard, drawn: None })
    }

    /// Whether someone who watches wants the run to end after the epoch that is under way.
    pub(crate) fn should_stop(&self) -> bool {
        self.dashboard.as_ref().is_some_and(Dashboard::should_stop)
    }

    pub(crate) fn steps(&mut self, records: &[StepRecord]) -> Result<(), Error> {
        if records.is_empty() {
            return Ok(());
        }
        for StepRecord { step, learning_rate, losses } in records {
            let [total, classification, single_center, gradient_norm] = *losses;
            let values = [
                ("step/loss", total),
                ("step/classification_loss", classification),
                ("step/single_center_loss", single_center),
                ("step/gradient_norm", gradient_norm),
                ("step/learning_rate", *learning_rate),
            ];
            self.events.scalars(*step, values);
        }
        self.events.flush()?;
        self.dashboard.as_mut().map_or(Ok(()), |dashboard| dashboard.steps(records))
    }

    /// The last epoch of `history`.
    pub(crate) fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        let Some(last) = history.last() else { return Ok(()) };
        let validation = [
            ("validation/loss", last.val_loss),
            ("validation/auc", last.val_auc),
            ("validation/video_auc", last.val_video_auc),
            ("validation/accuracy", last.val_accuracy),
        ];
        let known = validation.into_iter().filter_map(|(tag, value)| Some((tag, value?)));
        let training = [
            ("epoch/loss", last.train_loss),
            ("epoch/samples_per_second", last.samples_per_second),
            ("epoch/waiting_for_data", last.waiting),
        ];
        self.events.scalars(last.steps, training.into_iter().chain(known));
        self.events.flush()?;
        if let Some(dashboard) = &mut self.dashboard {
            dashboard.epoch(last)?;
        }
        if self.drawn.is_none_or(|drawn| drawn.elapsed() > REDRAW) {
            self.draw(history)?;
        }
        Ok(())
    }

    /// Draws the curves. That they cannot be drawn is no reason to end a run.
    pub(crate) fn draw(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        let curves = curves(history);
        match curves.svg().and_then(|svg| Ok((svg, curves.png()?))) {
            Ok((svg, png)) => self.folder.write_curves(svg, png)?,
            Err(error) => tracing::warn!("the curves of the run cannot be drawn: {error}"),
        }
        self.drawn = Some(Instant::now());
        Ok(())
    }
}

fn curves(history: &[EpochRecord]) -> Curves {
    let epoch = |record: &EpochRecord| Epoch {
        number: record.epoch,
        train_loss: record.train_loss,
        train_classification_loss: record.train_classification_loss,
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
    fn a_run_leaves_events_and_curves() {
        let root = tempfile::tempdir().unwrap();
        let config = Config { output: root.path().to_owned(), ..Config::default() };
        let folder = RunFolder::create(&config).unwrap();
        let mut history = Vec::new();
        let mut watch = Watch::open(&folder, 0, None).unwrap();
        for epoch in 1..=3 {
            let step = StepRecord { step: epoch, learning_rate: 1e-3, losses: [0.5; 4] };
            watch.steps(&[step]).unwrap();
            let (best, val_auc) = (epoch == 2, (epoch > 1).then_some(0.75));
            let steps = epoch;
            history.push(EpochRecord { epoch, steps, best, val_auc, ..Default::default() });
            watch.epoch(&history).unwrap();
        }
        watch.draw(&history).unwrap();
        assert_eq!(curves(&history).best, Some(2));
        let svg = std::fs::read_to_string(folder.path().join("curves.svg")).unwrap();
        assert!(svg.contains("3 epochs, best (dashed): epoch 2"), "{svg}");
        let png = std::fs::read(folder.path().join("curves.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
        let events: Vec<_> = std::fs::read_dir(folder.events()).unwrap().collect();
        assert_eq!(events.len(), 1);
        drop(Watch::open(&folder, 2, None).unwrap());
        assert_eq!(std::fs::read_dir(folder.events()).unwrap().count(), 2);
    }
}
