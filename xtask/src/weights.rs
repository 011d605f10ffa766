//! `cargo xtask weights`: the face detector's weights. Runs `scade-face weights`.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::{cargo, process};

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let mut words: Vec<OsString> = vec!["weights".into()];
    words.extend_from_slice(arguments);
    Ok(process::exit_code(process::status(&mut cargo::program("scade-face", &words))?))
}
