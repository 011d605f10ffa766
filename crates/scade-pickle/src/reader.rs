//! Sequential reader of a pickle's bytes.

/// A pickle is corrupt or contains something other than tensors.
#[derive(Debug, thiserror::Error)]
#[error("{reason} (byte {offset} of the pickle)")]
pub struct PickleError {
    offset: usize,
    reason: String,
}

pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Number of remaining bytes.
    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(super) fn byte(&mut self) -> Result<u8, PickleError> {
        Ok(self.take(1)?[0])
    }

    /// A little-endian number of up to seven bytes.
    pub(super) fn number(&mut self, width: usize) -> Result<usize, PickleError> {
        let bytes = self.take(width)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
    }

    /// A text prefixed by its length in `width` bytes.
    pub(super) fn text(&mut self, width: usize) -> Result<String, PickleError> {
        let len = self.number(width)?;
        Ok(String::from_utf8_lossy(self.take(len)?).into_owned())
    }

    pub(super) fn line(&mut self) -> Result<String, PickleError> {
        let rest = &self.bytes[self.at..];
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = String::from_utf8_lossy(self.take(end)?).into_owned();
        self.take(1)?;
        Ok(line)
    }

    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], PickleError> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| self.error("it ends too early"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    pub(super) fn error(&self, reason: impl Into<String>) -> PickleError {
        PickleError { offset: self.at, reason: reason.into() }
    }
}
