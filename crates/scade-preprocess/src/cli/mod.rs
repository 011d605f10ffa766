//! What the program has and the library has not: flags, and the keys of SCADE-Net's configuration.

pub(crate) mod args;
pub(crate) mod published;
