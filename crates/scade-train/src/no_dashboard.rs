//! What stands for the dashboard in a build without it.

use crate::watch::StepRecord;
use crate::{EpochRecord, Error};

/// There is none.
#[derive(Debug)]
pub(crate) enum Dashboard {}

impl Dashboard {
    pub(crate) fn open(_epochs: u64, _steps: u64, _done: u64) -> Result<Self, Error> {
        Err(Error::NoDashboard)
    }

    pub(crate) fn should_stop(&self) -> bool {
        match *self {}
    }

    pub(crate) fn steps(&mut self, _records: &[StepRecord]) -> Result<(), Error> {
        match *self {}
    }

    pub(crate) fn epoch(&mut self, _record: &EpochRecord) -> Result<(), Error> {
        match *self {}
    }
}
