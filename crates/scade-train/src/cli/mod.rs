//! The parts of the program that the library does not know: flags, terminal, hints, SCADE-Net's keys.

pub(crate) mod args;
pub(crate) mod console;
pub(crate) mod memory;
pub(crate) mod published;
