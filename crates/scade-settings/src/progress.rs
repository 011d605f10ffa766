//! Progress reports of libraries.

/// Receives the progress of work with a known number of steps, from any thread.
///
/// Pieces of work follow one another: `start`, `advance` and `note` in any order, `finish`.
pub trait Progress: Sync {
    /// Work begins: `what` as one word ("train"), counted in `unit` ("steps"), from 0 to `total`.
    fn start(&self, what: &str, unit: &str, total: u64);

    /// `n` more steps are done.
    fn advance(&self, n: u64);

    /// A few words beside the numbers: the current loss, say.
    fn note(&self, text: &str);

    /// The work started last has ended, complete or not.
    fn finish(&self);
}

/// Ignores progress.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn start(&self, _what: &str, _unit: &str, _total: u64) {}

    fn advance(&self, _n: u64) {}

    fn note(&self, _text: &str) {}

    fn finish(&self) {}
}
