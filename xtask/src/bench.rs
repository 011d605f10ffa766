//! `cargo xtask bench`: how fast every part is on this machine. What is timed is scade-bench's affair.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::{cargo, process};

pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    Ok(process::exit_code(process::status(&mut cargo::program("scade-bench", arguments))?))
}
