//! Reporting a run while it goes on: one trait, and a file for each kind of report.
//!
//! [`train`](crate::train) writes event files, history and curves into the run folder, and hands the same
//! records to the reporter of its caller: a progress bar, a dashboard, a test.

mod curves;
#[cfg(feature = "tui")]
mod dashboard;
mod event_file;
mod events;
mod history;

use std::net::SocketAddr;

pub(crate) use curves::CurveFiles;
#[cfg(feature = "tui")]
pub use dashboard::Dashboard;
pub(crate) use events::EventFiles;
pub(crate) use history::HistoryFile;

use crate::{EpochRecord, Error, StepLosses};

/// A step that was taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepRecord {
    /// From 1, over the whole run.
    pub step: u64,
    /// Learning rate that it used.
    pub learning_rate: f64,
    /// Its losses and the norm of its gradient.
    pub losses: StepLosses,
}

/// What is known of a run before its first step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunStart {
    /// Maximum number of epochs.
    pub epochs: u64,
    /// Optimizer steps in an epoch.
    pub steps_per_epoch: u64,
    /// Epochs that were finished before; more than 0 in a resumed run.
    pub finished_epochs: u64,
    /// Steps that were finished before.
    pub finished_steps: u64,
    /// Real samples in the training set.
    pub n_real: usize,
    /// Fake samples in the training set.
    pub n_fake: usize,
}

/// Why there are no further epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The last epoch is finished.
    Complete,
    /// No gain for so many epochs.
    EarlyStopping {
        /// The patience of the configuration.
        patience: u64,
    },
    /// A reporter asked for it: see [`Reporter::should_stop`].
    Requested,
}

/// Something that happened while the ranks of a run find each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendezvous<'a> {
    /// This is rank 0, and it waits for the other ranks.
    Listening {
        /// TCP port.
        port: u16,
        /// How many other ranks.
        others: usize,
    },
    /// Another rank has connected.
    Joined {
        /// Its rank.
        rank: usize,
        /// Its address.
        from: SocketAddr,
    },
    /// This is another rank, and it connects to rank 0.
    Connecting {
        /// Address of rank 0.
        address: &'a str,
    },
}

/// Receives the progress of a run. Every method has a default that does nothing. An error ends the run
/// after the checkpoint of the last finished epoch.
pub trait Reporter {
    /// The ranks of a run find each other; only with several processes.
    fn rendezvous(&mut self, _event: &Rendezvous<'_>) {}

    /// The run begins or continues.
    ///
    /// # Errors
    /// As the reporter has them.
    fn start(&mut self, _start: &RunStart) -> Result<(), Error> {
        Ok(())
    }

    /// One more step is taken. Its losses are reported later, by [`Self::steps`].
    fn advance(&mut self) {}

    /// Losses of the steps that were read back from the device since the last call; one or more.
    ///
    /// # Errors
    /// As the reporter has them.
    fn steps(&mut self, _steps: &[StepRecord]) -> Result<(), Error> {
        Ok(())
    }

    /// An epoch is finished and validated: the last one of `history`, which is not empty.
    ///
    /// # Errors
    /// As the reporter has them.
    fn epoch(&mut self, _history: &[EpochRecord]) -> Result<(), Error> {
        Ok(())
    }

    /// Whether the run shall end after the current epoch.
    fn should_stop(&self) -> bool {
        false
    }

    /// There are no further epochs; the best one is evaluated next.
    ///
    /// # Errors
    /// As the reporter has them.
    fn finish(&mut self, _history: &[EpochRecord], _ending: Ending) -> Result<(), Error> {
        Ok(())
    }
}

/// Reports nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReport;

impl Reporter for NoReport {}

impl<R: Reporter + ?Sized> Reporter for &mut R {
    fn rendezvous(&mut self, event: &Rendezvous<'_>) {
        (**self).rendezvous(event);
    }
    fn start(&mut self, start: &RunStart) -> Result<(), Error> {
        (**self).start(start)
    }
    fn advance(&mut self) {
        (**self).advance();
    }
    fn steps(&mut self, steps: &[StepRecord]) -> Result<(), Error> {
        (**self).steps(steps)
    }
    fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        (**self).epoch(history)
    }
    fn should_stop(&self) -> bool {
        (**self).should_stop()
    }
    fn finish(&mut self, history: &[EpochRecord], ending: Ending) -> Result<(), Error> {
        (**self).finish(history, ending)
    }
}

/// Several reporters as one, each called in turn.
#[derive(Default)]
pub struct Reporters<'a>(Vec<Box<dyn Reporter + 'a>>);

impl<'a> Reporters<'a> {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, reporter: impl Reporter + 'a) -> Self {
        self.0.push(Box::new(reporter));
        self
    }
}

impl Reporter for Reporters<'_> {
    fn rendezvous(&mut self, event: &Rendezvous<'_>) {
        self.0.iter_mut().for_each(|reporter| reporter.rendezvous(event));
    }
    fn start(&mut self, start: &RunStart) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|reporter| reporter.start(start))
    }
    fn advance(&mut self) {
        self.0.iter_mut().for_each(|reporter| reporter.advance());
    }
    fn steps(&mut self, steps: &[StepRecord]) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|reporter| reporter.steps(steps))
    }
    fn epoch(&mut self, history: &[EpochRecord]) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|reporter| reporter.epoch(history))
    }
    fn should_stop(&self) -> bool {
        self.0.iter().any(|reporter| reporter.should_stop())
    }
    fn finish(&mut self, history: &[EpochRecord], ending: Ending) -> Result<(), Error> {
        self.0.iter_mut().try_for_each(|reporter| reporter.finish(history, ending))
    }
}

impl std::fmt::Debug for Reporters<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reporters").field(&self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter<'a> {
        calls: &'a std::cell::Cell<usize>,
        stop: bool,
    }

    impl Reporter for Counter<'_> {
        fn advance(&mut self) {
            self.calls.set(self.calls.get() + 1);
        }
        fn should_stop(&self) -> bool {
            self.stop
        }
    }

    #[test]
    fn every_reporter_is_called_and_any_can_stop_the_run() {
        let calls = std::cell::Cell::new(0);
        let counter = |stop| Counter { calls: &calls, stop };
        let mut reporters = Reporters::new().with(counter(false)).with(counter(false));
        reporters.advance();
        assert_eq!(calls.get(), 2);
        assert!(!reporters.should_stop());
        assert!(reporters.with(counter(true)).should_stop());
    }
}
