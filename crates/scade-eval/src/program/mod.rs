//! The parts of the program.

pub(crate) mod args;
pub(crate) mod output;
pub(crate) mod scores;
