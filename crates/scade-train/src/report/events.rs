//! Scalars of every step and epoch as event files, for TensorBoard.

use super::event_file::EventFile;
use super::{Reporter, StepRecord};
use crate::{EpochRecord, Error, RunFolder};

/// The event file of this part of a run.
#[derive(Debug)]
pub(crate) struct EventFiles {
    file: EventFile,
}

impl EventFiles {
    /// Starts a file for a run that has taken `steps` steps: readers drop what older files hold of later
    /// ones.
    pub(crate) fn create(folder: &RunFolder, steps: u64) -> Result<Self, Error> {
        let next = if steps == 0 { 0 } else { steps + 1 };
        Ok(Self { file: EventFile::create(&folder.events(), next)? })
    }
}

impl Reporter for EventFiles {
    fn steps(&mut self, steps: &[StepRecord]) -> Result<(), Error> {
        for StepRecord { step, learning_rate, losses } in steps {
            let losses = losses.named().map(|(name, value)| (format!("step/{name}"), value));
            let rate = ("step/learning_rate".to_owned(), *learning_rate);
            self.file.scalars(*step, losses.chain([rate]));
        }
        Ok(self.file.flush()?)
    }

    fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        let Some(last) = history.last() else { return Ok(()) };
        let training = [
            ("epoch/loss", last.train.total),
            ("epoch/samples_per_second", last.timing.samples_per_second),
            ("epoch/waiting_for_data", last.timing.waiting_for_data),
        ];
        let validation = [
            ("validation/loss", last.val_loss),
            ("validation/auc", last.val_auc),
            ("validation/video_auc", last.val_video_auc),
            ("validation/accuracy", last.val_accuracy),
        ];
        let known = validation.into_iter().filter_map(|(tag, value)| Some((tag, value?)));
        self.file.scalars(last.steps, training.into_iter().chain(known));
        Ok(self.file.flush()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, StepLosses};

    #[test]
    fn every_loss_of_a_step_has_its_tag() {
        let root = tempfile::tempdir().unwrap();
        let config = Config { output: root.path().to_owned(), ..Config::default() };
        let folder = RunFolder::create(&config).unwrap();
        let mut events = EventFiles::create(&folder, 0).unwrap();
        let losses = StepLosses { total: 0.5, ..StepLosses::default() };
        events.steps(&[StepRecord { step: 1, learning_rate: 1e-3, losses }]).unwrap();
        let record = EpochRecord { epoch: 1, steps: 1, ..EpochRecord::default() };
        events.epoch(&[record]).unwrap();
        let file = std::fs::read_dir(folder.events()).unwrap().next().unwrap().unwrap();
        let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
        for name in StepLosses::NAMES {
            assert!(text.contains(&format!("step/{name}")), "{name}");
        }
        assert!(text.contains("step/learning_rate") && text.contains("epoch/waiting_for_data"));
        assert!(!text.contains("validation/"), "nothing was validated");
        // A part that is resumed has a file of its own.
        drop(EventFiles::create(&folder, 2).unwrap());
        assert_eq!(std::fs::read_dir(folder.events()).unwrap().count(), 2);
    }
}
